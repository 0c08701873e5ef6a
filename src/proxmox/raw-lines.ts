/**
 * Edits of a conf file that `pct set` has no option for: raw lxc lines, and an `env` of more than one variable. Builds
 * the new text and the command that puts it in place; runs nothing.
 */

import { normalLine } from './lxc-keys.ts';

export interface LineEdit {
  /** Raw lines in normal form: to be put there, to be taken out. */
  readonly add: readonly string[];
  readonly remove: readonly string[];
  /** The whole value of `env`, its variables separated by NUL (F30); null takes it out, undefined leaves it. */
  readonly env?: string | null;
}

/** The text with the edit in its live section: before the first pending or snapshot section. All else stays as it is. */
export function editConf(text: string, { add, remove, env }: LineEdit): string {
  const lines = text.split('\n');
  const head = lines.findIndex((line) => /^\[[a-z][a-z0-9_:-]+\]\s*$/i.test(line));
  const end = head < 0 ? lines.length : head;
  const live = lines.slice(0, end).filter((line) => {
    if (env !== undefined && /^env:/.test(line)) return false;
    return !(/^lxc\./.test(line) && remove.includes(normalLine(line)));
  });
  let last = live.length;
  while (last > 0 && (live[last - 1] ?? '').trim() === '') last--;
  const own = live.slice(0, last);
  const lead = own.findIndex((line) => /^lxc\./.test(line));
  own.splice(lead < 0 ? own.length : lead, 0, ...(env ? [`env: ${env}`] : []));
  const blank = live.slice(last);
  const rest = [...blank, ...lines.slice(end)];
  return [...own, ...add, ...(rest.length > 0 ? rest : [''])].join('\n');
}

/** The text with one key of its live section set, or taken out. All else stays as it is. */
export function setConfKey(text: string, key: string, value: string | undefined): string {
  const lines = text.split('\n');
  const head = lines.findIndex((line) => /^\[[a-z][a-z0-9_:-]+\]\s*$/i.test(line));
  const end = head < 0 ? lines.length : head;
  const live = lines.slice(0, end).filter((line) => !line.startsWith(`${key}:`));
  const place = live.findIndex((line) => line === '' || /^lxc\./.test(line));
  live.splice(place < 0 ? live.length : place, 0, ...(value === undefined ? [] : [`${key}: ${value}`]));
  return [...live, ...lines.slice(end)].join('\n');
}

/**
 * Puts a text in place of a container's conf, if that is still the one it was made from: by writing beside it and
 * renaming, so that no reader sees half a file (B112, B117). Its arguments: id, former SHA-1, file with the new text.
 */
export const replaceConfScript = replaceScript('lxc');
/** The same for a VM. */
export const replaceVmConfScript = replaceScript('qemu-server');

function replaceScript(folder: string): string {
  return `set -e
conf=/etc/pve/${folder}/$1.conf
if [ "$(sha1sum <"$conf" | cut -c 1-40)" != "$2" ]; then
  echo 'detected modified configuration - file changed by other user? Try again.' >&2
  exit 1
fi
cat "$3" >"$conf.tmp.phx"
mv "$conf.tmp.phx" "$conf"`;
}

/** The same under Proxmox's own lock (F2c), which is waited for as long as Proxmox waits (B21). */
export function replaceConf(id: number, digest: string, file: string): string[] {
  return [
    ...['flock', '--verbose', '-w', '10', `/run/lock/lxc/pve-config-${id}.lock`],
    ...['sh', '-c', replaceConfScript, 'sh', String(id), digest, file],
  ];
}

/** The same for a VM, under the lock of VMs. */
export function replaceVmConf(id: number, digest: string, file: string): string[] {
  return [
    ...['flock', '--verbose', '-w', '10', `/var/lock/qemu-server/lock-${id}.conf`],
    ...['sh', '-c', replaceVmConfScript, 'sh', String(id), digest, file],
  ];
}
