/** `exportfs`: built from its manual and exports(5); nothing was recorded. What is exported is in `state.exports`. */

import { type Call, type Program, refuse } from './call.ts';
import { namesIn } from './files.ts';
import { nodeFile, nodeHas } from './node-files.ts';
import { packaged } from './packaged.ts';
import type { TwinState } from './state.ts';

const keywords = new Set([
  ...['ro', 'rw', 'sync', 'async', 'wdelay', 'no_wdelay', 'secure', 'insecure', 'hide', 'nohide', 'crossmnt'],
  ...[
    'subtree_check',
    'no_subtree_check',
    'secure_locks',
    'insecure_locks',
    'auth_nlm',
    'no_auth_nlm',
    'acl',
  ],
  ...[
    'no_acl',
    'root_squash',
    'no_root_squash',
    'all_squash',
    'no_all_squash',
    'pnfs',
    'no_pnfs',
    'mountpoint',
  ],
  ...[
    'mp',
    'fsid',
    'anonuid',
    'anongid',
    'sec',
    'refer',
    'replicas',
    'security_label',
    'rdirplus',
    'nordirplus',
  ],
  ...['xprtsec'],
]);
const numbers = new Set(['anonuid', 'anongid']);

interface Export {
  readonly path: string;
  readonly client: string;
  readonly options: readonly string[];
}

/** Every export of /etc/exports and /etc/exports.d; `say` gets what exportfs warns of, a bad option ends it. */
function readExports(state: TwinState, say: (line: string) => void): Export[] {
  const found: Export[] = [];
  const more = namesIn(state.files, '/etc/exports.d').filter((name) => /^[^.].*\.exports$/.test(name));
  for (const file of ['/etc/exports', ...more.map((name) => `/etc/exports.d/${name}`)]) {
    const lines = (nodeFile(state, file) ?? '').split('\n');
    for (let at = 0; at < lines.length; at++) {
      let line = lines[at] ?? '';
      const number = at + 1;
      while (line.endsWith('\\') && at + 1 < lines.length) line = `${line.slice(0, -1)} ${lines[++at]}`;
      for (const one of readLine(line, file, number, say)) {
        if (found.some((other) => other.path === one.path && other.client === one.client))
          say(
            `exportfs: duplicated export entries:\nexportfs: \t${one.client}:${one.path}\nexportfs: \t${one.client}:${one.path}`,
          );
        else found.push(one);
      }
    }
  }
  return found;
}

function readLine(text: string, file: string, line: number, say: (line: string) => void): Export[] {
  const match = /^\s*(?:"([^"]+)"|([^\s#"]\S*))\s*(.*?)\s*$/.exec(text.replace(/(^|\s)#.*$/, ''));
  if (!match) return [];
  const path = (match[1] ?? match[2] ?? '').replace(/\\040/g, ' ');
  const clients = (match[3] ?? '').split(/\s+/).filter((word) => word !== '');
  let standard: readonly string[] = [];
  const found: Export[] = [];
  if (clients.length === 0)
    say(`exportfs: No host name given with ${path} (ro,sync,...), suggest *(ro,sync,...) to avoid warning`);
  for (const word of clients.length === 0 ? ['*'] : clients) {
    const parts = /^([^()]*)(?:\(([^()]*)\))?$/.exec(word);
    if (!parts) refuse(`exportfs: syntax error: bad option list at ${file}:${line}`, 1);
    const options = (parts[2] ?? '').split(',').filter((one) => one !== '');
    if (word.startsWith('-')) {
      standard = word.slice(1).split(',');
      checkOptions(standard, file, line);
      continue;
    }
    checkOptions(options, file, line);
    const all = [...standard, ...options];
    if (!all.some((one) => /^(no_)?subtree_check$/.test(one)))
      say(
        `exportfs: ${file} [${line}]: Neither 'subtree_check' or 'no_subtree_check' specified for export "${parts[1] || '*'}:${path}".\n  Assuming default behaviour ('no_subtree_check').\n  NOTE: this default has changed since nfs-utils version 1.0.x\n`,
      );
    found.push({ path, client: parts[1] || '*', options: all });
  }
  return found;
}

function checkOptions(options: readonly string[], file: string, line: number): void {
  for (const option of options) {
    const [name = '', value] = option.split('=');
    if (!keywords.has(name)) refuse(`exportfs: ${file}:${line}: unknown keyword "${option}"`, 1);
    if (numbers.has(name) && !/^-?\d+$/.test(value ?? ''))
      refuse(`exportfs: ${file}: ${line}: bad ${name} "${option}"`, 1);
  }
}

/** `exportfs -r` (all anew), `-a` (all), `-u` (none, or one), `-v` and `-s` (list). */
const exportfs: Program = (call: Call) => {
  const letters = call.args.filter((arg) => /^-[a-z]+$/.test(arg)).join('');
  const operand = call.args.find((arg, at) => !arg.startsWith('-') && call.args[at - 1] !== '-o');
  const before = call.state.exports ?? [];
  if (letters.includes('u')) {
    const kept = letters.includes('a')
      ? []
      : before.filter((line) => !line.startsWith(`${address(operand ?? '')}\t`));
    call.state.exports = kept;
    return undefined;
  }
  if (letters.includes('r') || letters.includes('a')) {
    const wished = readExports(call.state, (line) => call.err(`${line}\n`));
    const good = wished.filter(({ path }) => {
      if (nodeHas(call.state, path, 'any')) return true;
      call.err(`exportfs: Failed to stat ${path}: No such file or directory\n`);
      call.exit(1);
      return false;
    });
    const lines = good.map(shown);
    call.state.exports = letters.includes('r') ? lines : [...new Set([...before, ...lines])];
    if (letters.includes('v')) for (const { client, path } of good) call.out(`exporting ${client}:${path}\n`);
    return undefined;
  }
  for (const line of before) {
    const [path = '', client = '', options = ''] = line.split('\t');
    if (letters.includes('s')) call.out(`${path}  ${client}(${options})\n`);
    else if (letters.includes('v')) call.out(`${path.padEnd(15)}\t${client}(${options})\n`);
    else call.out(`${path.padEnd(15)}\t${client === '*' ? '<world>' : client}\n`);
  }
  return undefined;
};

/** `client:/path` as the beginning of a listed line. */
function address(operand: string): string {
  const slash = operand.indexOf(':/');
  return `${operand.slice(slash + 1)}\t${operand.slice(0, slash)}`;
}

/** Path, client, and the options with the defaults that the kernel adds. */
function shown({ path, client, options }: Export): string {
  const given = (...names: readonly string[]) => options.find((one) => names.includes(one));
  const effective = [
    given('async', 'sync') ?? 'sync',
    given('no_wdelay', 'wdelay') ?? 'wdelay',
    given('nohide', 'hide') ?? 'hide',
    ...(given('crossmnt') ? ['crossmnt'] : []),
    given('subtree_check', 'no_subtree_check') ?? 'no_subtree_check',
    ...options.filter((one) => one.includes('=') && !one.startsWith('sec=')),
    options.find((one) => one.startsWith('sec=')) ?? 'sec=sys',
    given('rw', 'ro') ?? 'ro',
    given('insecure', 'secure') ?? 'secure',
    given('no_root_squash', 'root_squash') ?? 'root_squash',
    given('all_squash', 'no_all_squash') ?? 'no_all_squash',
  ];
  return `${path}\t${client}\t${effective.join(',')}`;
}

export const nfsTools: Readonly<Record<string, Program>> = {
  exportfs: packaged(['nfs-kernel-server'], exportfs),
};
