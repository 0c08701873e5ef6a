/** `pct exec`, `push` and `pull`: the ways into a running container (B3, B11, B63–B65). What runs inside is `guest-run.ts`'s. */

import { type Call, refuse, type Work } from './call.ts';
import { dirOf, type Files, isDir, isFile, normalPath, putFile } from './files.ts';
import { guestRun } from './guest-run.ts';
import { findGuest, loadGuest } from './guests.ts';
import { workTime } from './latency.ts';
import type { Given } from './options.ts';
import type { FileEntry } from './state.ts';

export function* pctExec(call: Call, { values, rest }: Given): Work {
  const id = values.get('vmid') ?? '';
  const guest = loadGuest(call, id);
  if (!guest.state.running) refuse(`container '${id}' not running!`);
  if (rest.length === 0) refuse('missing command at /usr/share/perl5/PVE/CLI/pct.pm line 239.');
  yield workTime('pct exec');
  const ms = guestRun(call, id, rest);
  if (ms > 0) yield ms;
}

export function* pctPush(call: Call, { values }: Given): Work {
  const guest = findGuest(call, values.get('vmid') ?? '');
  if (!guest?.state.running) return refuse('can only push files to a running CT');
  yield workTime('pct push');
  const from = values.get('file') ?? '';
  const { files } = call.state;
  const source = normalPath(from);
  if (!isFile(files, source) && !isDir(files, source))
    return warn(call, `failed to open ${from} for reading`);
  const tree = loadGuest(call, guest.id).state.tree;
  const owner = ownerOf(tree.files, values);
  if (owner.problem) return warn(call, owner.problem);
  const mode = modeOf(values.get('perms'));
  if (mode === undefined) return warn(call, wrongMode(values.get('perms')));
  const asked = values.get('destination') ?? '';
  const target = normalPath(asked, '/');
  if (isDir(tree.files, target)) return warn(call, `failed to create file: ${asked}: Is a directory`);
  if (!isDir(tree.files, dirOf(target)))
    return warn(call, `failed to create file: ${asked}: No such file or directory`);
  if (target.startsWith('/proc/') || target.startsWith('/sys/'))
    return warn(call, `failed to create file: ${asked}: Permission denied`);
  putFile(
    tree.files,
    target,
    files[source]?.dir ? '' : (files[source]?.text ?? ''),
    mode === 'keep' ? undefined : mode,
  );
  const entry = tree.files[target];
  if (entry && owner.text) entry.owner = owner.text;
}

export function* pctPull(call: Call, { values }: Given): Work {
  const guest = findGuest(call, values.get('vmid') ?? '');
  if (!guest?.state.running)
    return refuse('can only pull files from a running VM at /usr/share/perl5/PVE/CLI/pct.pm line 657.');
  yield workTime('pct push');
  const { files } = call.state;
  const from = values.get('path') ?? '';
  const asked = values.get('destination') ?? '';
  const target = normalPath(asked);
  // Whoever pulls names users of the node (source).
  const owner = ownerOf(files, values);
  if (owner.problem) return warn(call, owner.problem);
  const mode = modeOf(values.get('perms'));
  if (mode === undefined) return warn(call, wrongMode(values.get('perms')));
  if (isDir(files, target)) return warn(call, `failed to create file: ${asked}: Is a directory`);
  if (!isDir(files, dirOf(target)))
    return warn(call, `failed to create file: ${asked}: No such file or directory`);
  const source: FileEntry | undefined = loadGuest(call, guest.id).state.tree.files[normalPath(from, '/')];
  putFile(files, target, source && !source.dir ? source.text : '', mode === 'keep' ? undefined : mode);
  if (!source) warn(call, `failed to open ${from}: No such file or directory`);
}

/** An error inside the transfer: said on stderr, exit 0 (B3). */
function warn(call: Call, text: string): void {
  call.err(`${text}\n`);
}

function modeOf(perms: string | undefined): number | 'keep' | undefined {
  if (perms === undefined) return 'keep';
  if (/^0x[0-9a-f]+$/i.test(perms)) return Number.parseInt(perms, 16);
  return /^[0-7]*$/.test(perms) ? Number.parseInt(perms || '0', 8) : undefined;
}

function wrongMode(perms = ''): string {
  return `invalid mode: '${perms.startsWith('0') ? '' : '0'}${perms}'`;
}

function ownerOf(files: Files, values: ReadonlyMap<string, string>): { problem?: string; text?: string } {
  const ids: string[] = [];
  for (const [option, kind] of [
    ['user', 'uid'],
    ['group', 'gid'],
  ] as const) {
    const name = values.get(option) ?? '0';
    const id = /^\d+$/.test(name) ? name : idIn(files, kind, name);
    if (id === undefined) return { problem: `failed to get ${kind} for: ${name}` };
    ids.push(id);
  }
  return values.has('user') || values.has('group') ? { text: ids.join(':') } : {};
}

function idIn(files: Files, kind: 'uid' | 'gid', name: string): string | undefined {
  if (name === 'root') return '0';
  const list = kind === 'gid' ? (files['/etc/group'] ?? files['/etc/passwd']) : files['/etc/passwd'];
  const line = list?.text.split('\n').find((one) => one.startsWith(`${name}:`));
  return line?.split(':')[2];
}
