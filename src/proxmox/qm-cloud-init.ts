/** Snippets that a VM's `cicustom` names, and argv of the `qm` commands about its cloud-init drive. Pure; it knows no document. */

import { parseProperties, printProperties } from './conf.ts';

/** `cicustom` in one order; the order means nothing. */
export function normalCustom(value: string): string {
  return printProperties(parseProperties(value), []);
}

/** Name of a snippet of phx's own. */
export function snippetFile(id: number, kind: string): string {
  return `vm-${id}-${kind}.yaml`;
}

/** Snippets of phx's own on a storage, in the form of `cicustom`. */
export function customOf(id: number, storage: string, kinds: readonly string[]): string {
  const volume = (kind: string): [string, string] => [kind, `${storage}:snippets/${snippetFile(id, kind)}`];
  return printProperties(new Map(kinds.map(volume)), []);
}

/** Whether all that is named are snippets of phx: of this VM, or of one that it was cloned from. */
export function isOwnCustom(value: string): boolean {
  return [...parseProperties(value)].every(([kind, volume]) => {
    const [, named] = /:snippets\/vm-\d+-(\w+)\.yaml$/.exec(volume) ?? [];
    return named === kind;
  });
}

/** MAC address of an interface in lower case; undefined where it has none yet. */
export function macOf(net: string): string | undefined {
  return /(?:^|,)[a-z0-9_-]+=((?:[0-9a-f]{2}:){5}[0-9a-f]{2})(?:,|$)/i.exec(net)?.[1]?.toLowerCase();
}

/** Writes the drive anew from what counts now; the guest reads it at its next boot (B95). */
export function updateCloudInit(id: number): string[] {
  return ['qm', 'cloudinit', 'update', String(id)];
}
