/** Downloads and checksums on the node: a download's content is only a note of its url. From the programs' manuals. */

import { createHash } from 'node:crypto';
import type { Call, Program, Work } from './call.ts';
import { baseOf, dirOf, isDir, normalPath } from './files.ts';
import { workTime } from './latency.ts';
import { nodeFile, writeNodeFile } from './node-files.ts';
import { asksForRelease, releaseDocument } from './releases.ts';
import { fail, words } from './words.ts';

/** `curl -o FILE URL` and `wget -O FILE URL`: the file appears, its content is a note of the url. */
function* download(call: Call): Work {
  const curl = call.program.endsWith('curl');
  const takes = curl
    ? [
        '-o',
        '--output',
        '-H',
        '--header',
        '-m',
        '--max-time',
        '--retry',
        '--connect-timeout',
        '-w',
        '-d',
        '-X',
        '-u',
      ]
    : ['-O', '--output-document', '-T', '--timeout', '-t', '--tries', '--header'];
  const { flags, operands, value } = words(call, takes);
  const url = operands.find((one) => /^(https?|ftp):\/\//.test(one));
  if (url === undefined)
    return fail(
      call,
      curl ? 'curl: (3) URL rejected: No host part in the URL' : 'wget: missing URL',
      curl ? 3 : 1,
    );
  const clustered = flags.find((flag) => curl && /^-[a-zA-Z]+o$/.test(flag));
  const rest = operands.filter((one) => one !== url);
  const named = value.get('-o') ?? value.get('--output') ?? value.get('-O') ?? value.get('--output-document');
  const file =
    named ??
    (clustered ? rest[0] : undefined) ??
    (curl && !flags.some((flag) => /^-[a-zA-Z]*O/.test(flag)) ? undefined : baseOf(url));
  if (asksForRelease(url) && releaseDocument(url) === undefined)
    return fail(call, 'curl: (22) The requested URL returned error: 404', 22);
  const text = releaseDocument(url) ?? `phx-twin download ${url}\n`;
  if (file === undefined || file === '-') {
    call.out(text);
    return;
  }
  const path = normalPath(file);
  if (!isDir(call.state.files, dirOf(path)))
    return curl
      ? fail(call, `curl: (23) Failure writing output to destination`, 23)
      : fail(call, `${file}: No such file or directory`, 1);
  yield workTime('download');
  writeNodeFile(call.state, path, text);
  const entry = call.state.files[path];
  if (entry && path.endsWith('.run')) entry.size = 300_000_000;
}

function checksum(algorithm: 'sha1' | 'sha256' | 'sha512'): Program {
  return (call) => {
    const { flags, operands } = words(call);
    const digest = (text: string) => createHash(algorithm).update(text).digest('hex');
    if (flags.some((flag) => flag === '-c' || flag === '--check'))
      return checkSums(call, algorithm, digest, operands);
    for (const path of operands) {
      const text = nodeFile(call.state, path);
      if (text === undefined) fail(call, `${algorithm}sum: ${path}: No such file or directory`);
      else call.out(`${digest(text)}  ${path}\n`);
    }
    return undefined;
  };
}

/** `-c`: a download is believed, since its content is only a note; other files must match. */
function checkSums(
  call: Call,
  algorithm: string,
  digest: (text: string) => string,
  operands: readonly string[],
): undefined {
  const list =
    operands.length > 0 && operands[0] !== '-' ? nodeFile(call.state, operands[0] ?? '') : call.stdin;
  for (const line of (list ?? '').split('\n')) {
    const match = /^([0-9a-f]+) [ *](.+)$/.exec(line);
    if (!match) continue;
    const text = nodeFile(call.state, match[2] ?? '');
    if (text === undefined) fail(call, `${algorithm}sum: ${match[2]}: No such file or directory`);
    else if (text.startsWith('phx-twin ') || digest(text) === match[1]) call.out(`${match[2]}: OK\n`);
    else {
      call.out(`${match[2]}: FAILED\n`);
      fail(call, `${algorithm}sum: WARNING: 1 computed checksum did NOT match`);
    }
  }
  return undefined;
}

export const downloadTools: Readonly<Record<string, Program>> = {
  curl: download,
  sha1sum: checksum('sha1'),
  sha256sum: checksum('sha256'),
  sha512sum: checksum('sha512'),
  wget: download,
};
