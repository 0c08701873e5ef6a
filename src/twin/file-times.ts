/** `touch`, `rmdir`, and `perl -e` with a call of utime: from their manuals; the times of leases as recorded (B113 to B116). */

import type { Call, Program } from './call.ts';
import { isDir, namesIn, normalPath, removeTree } from './files.ts';
import { seconds, setTime } from './leases.ts';
import { nodeHas, writeNodeFile } from './node-files.ts';
import { fail, words } from './words.ts';

const texts = { EACCES: 'Permission denied', ENOENT: 'No such file or directory' };

/** Seconds that `-d` means; undefined when the text is no time. */
function timeOf(text: string | undefined, now: number): number | undefined {
  if (text === undefined || text === 'now') return seconds(now);
  const plain = /^@(-?\d+)(\.\d+)?$/.exec(text)?.[1];
  const time = plain === undefined ? seconds(Date.parse(text)) : Number(plain);
  return Number.isNaN(time) ? undefined : time;
}

const touch: Program = (call) => {
  const joined = call.args.flatMap((arg) => /^(--date)=(.*)$/s.exec(arg)?.slice(1) ?? arg);
  const { flags, operands, value } = words({ ...call, args: joined }, ['-d', '--date', '-t', '-r']);
  const wish = value.get('-d') ?? value.get('--date');
  const time = timeOf(wish, call.now());
  if (time === undefined) return fail(call, `touch: invalid date format '${wish}'`);
  const letters = flags.filter((flag) => !flag.startsWith('--')).join('');
  const keep = /c/.test(letters) || flags.includes('--no-create');
  for (const operand of operands) {
    const path = normalPath(operand);
    if (!nodeHas(call.state, path, 'any')) {
      if (!keep) writeNodeFile(call.state, path, '');
      continue;
    }
    // The library below the cluster file system hands on both times together or none (libfuse 2).
    if (/a/.test(letters) !== /m/.test(letters)) continue;
    const error = setTime(call.state, path, time, call.now());
    // With -c a file that is not there is no failure.
    if (error && !(keep && error === 'ENOENT') && isDirOrGone(call, path, error))
      fail(call, `touch: setting times of '${operand}': ${texts[error]}`);
  }
  return undefined;
};

/** What has no entry of its own, such as a view of /proc, has no time either. */
function isDirOrGone({ state }: Call, path: string, error: 'EACCES' | 'ENOENT'): boolean {
  return error === 'EACCES' || !nodeHas(state, path, 'any');
}

const rmdir: Program = (call) => {
  const { files } = call.state;
  for (const operand of words(call).operands) {
    const path = normalPath(operand);
    const problem = !nodeHas(call.state, path, 'any')
      ? 'No such file or directory'
      : !isDir(files, path)
        ? 'Not a directory'
        : namesIn(files, path).length > 0
          ? 'Directory not empty'
          : undefined;
    if (problem) fail(call, `rmdir: failed to remove '${operand}': ${problem}`);
    else removeTree(files, path);
  }
  return undefined;
};

const utime =
  /^\s*utime\s*\(?\s*(undef|time|\d+)\s*,\s*(undef|time|\d+)\s*,\s*(?:@ARGV|\$ARGV\[0\]|shift)\s*\)?\s*(?:(?:or|\|\|)\s*die\s*\(?\s*("\$!\\n"|\$!|"\$!")?\s*\)?)?\s*;?\s*$/;

const errnos = { EACCES: 13, ENOENT: 2 };

/** Of Perl the twin knows one word: `perl -e 'utime 0, time, $ARGV[0] or die "$!\n"' PATH`. */
const perl: Program = (call) => {
  const [option, script = '', ...paths] = call.args;
  const [whole, , mtime = '', die] = utime.exec(script) ?? [];
  if (option !== '-e' || whole === undefined)
    return fail(call, 'perl: the simulated node knows only utime of it', 255);
  const dies = /\bdie\b/.test(script);
  const time = /^\d+$/.test(mtime) ? Number(mtime) : seconds(call.now());
  let last: keyof typeof errnos | undefined;
  let done = 0;
  for (const path of script.includes('@ARGV') ? paths : paths.slice(0, 1)) {
    const error = setTime(call.state, normalPath(path), time, call.now());
    if (error) last = error;
    else done++;
  }
  if (!dies || done > 0 || !last) return undefined;
  const text = die === undefined ? 'Died' : texts[last];
  return fail(call, die === '"$!\\n"' ? text : `${text} at -e line 1.`, errnos[last]);
};

export const fileTimes: Readonly<Record<string, Program>> = { perl, rmdir, touch };
