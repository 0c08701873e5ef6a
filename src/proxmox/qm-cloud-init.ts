/** What a VM's conf says of its cloud-init drive, and argv of the `qm` commands about it. Pure; it knows no document. */

import { parseProperties, printProperties } from './conf.ts';

/** Key → value of one section of a VM's conf; the first one without a name. */
function section(conf: string, name?: string): Map<string, string> {
  const keys = new Map<string, string>();
  let here: string | undefined;
  for (const line of conf.split('\n')) {
    const head = /^\[([^\]]+)\]\s*$/.exec(line)?.[1];
    if (head !== undefined) here = head.toLowerCase();
    const [, key = '', value = ''] = /^([a-z][a-z0-9_-]*):\s*(.+?)\s*$/.exec(line) ?? [];
    if (key !== '' && here === name) keys.set(key, value);
  }
  return keys;
}

/** The keys that hold from the next start on: what waits for it counts. */
export function comingKeys(conf: string): Map<string, string> {
  const pending = section(conf, 'pending');
  const keys = new Map([...section(conf), ...pending]);
  for (const gone of (pending.get('delete') ?? '').split(/[,;\s]+/)) keys.delete(gone);
  keys.delete('delete');
  return keys;
}

/** The key of the drive, such as `ide2`: by the name of its volume, as Proxmox itself knows it. */
export function cloudInitDrive(keys: ReadonlyMap<string, string>): string | undefined {
  const volume = /^(?:file=)?[^,]*[:/](?:vm-\d+-)?cloudinit(?:\.(?:raw|qcow2|vmdk))?(?:,|$)/;
  return [...keys].find(([key, value]) => buses.test(key) && volume.test(value))?.[0];
}

const buses = /^(ide|sata|scsi|virtio)\d+$/;

/** The first key that is free for a drive: ide2, where people look for it. */
export function freeDrive(keys: ReadonlyMap<string, string>): string | undefined {
  const sata = Array.from({ length: 6 }, (_, at) => `sata${at}`);
  return ['ide2', 'ide0', 'ide1', 'ide3', ...sata].find((key) => !keys.has(key));
}

/** What a running VM's drive still says otherwise: the keys of `[special:cloudinit]` (vm-cloudinit-update). */
export function unwritten(conf: string): string[] {
  const keys = section(conf, 'special:cloudinit');
  const added = keys.get('added')?.split(',') ?? [];
  return [...new Set([...keys.keys(), ...added])].filter((key) => key !== 'added').sort();
}

/** MAC address of an interface in lower case; undefined where it has none yet. */
export function macOf(net: string): string | undefined {
  return /(?:^|,)[a-z0-9_-]+=((?:[0-9a-f]{2}:){5}[0-9a-f]{2})(?:,|$)/i.exec(net)?.[1]?.toLowerCase();
}

/** `cicustom` in one order; the order means nothing. */
export function normalCustom(value: string): string {
  return printProperties(parseProperties(value), ['user', 'network', 'meta', 'vendor']);
}

/** Names of a snippet of phx's own. */
export const snippetFile = (id: number, kind: string): string => `vm-${id}-${kind}.yaml`;

/** Whether all that is named are snippets of phx, of this VM or of one that it was cloned from. */
export function isOwnCustom(value: string): boolean {
  const volumes = [...parseProperties(value)];
  return volumes.every(([kind, volume]) => new RegExp(`:snippets/vm-\\d+-${kind}\\.yaml$`).test(volume));
}

export const qmCloudInit = {
  set: (id: number, keys: Readonly<Record<string, string>>, digest?: string): string[] => [
    ...['qm', 'set', String(id)],
    ...Object.entries(keys).flatMap(([key, value]) => [`--${key}`, value]),
    ...unchanged(digest),
  ],
  unset: (id: number, key: string, digest?: string): string[] => [
    ...['qm', 'set', String(id), '--delete', key, ...unchanged(digest)],
  ],
  /** Writes the drive anew from what counts now; the guest reads it at its next boot (B95). */
  update: (id: number): string[] => ['qm', 'cloudinit', 'update', String(id)],
};

function unchanged(digest: string | undefined): string[] {
  return digest === undefined ? [] : ['--digest', digest];
}
