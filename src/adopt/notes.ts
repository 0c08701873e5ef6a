/** What a person is to know of a guest that is adopted, beside its file. Pure. */

import { isObject } from '../config/layer.ts';
import type { Json } from '../core/json.ts';
import type { GuestConf } from '../proxmox/conf.ts';
import { lxcKeySince } from '../proxmox/lxc-keys.ts';
import { basesOf } from './origin.ts';
import type { Described } from './scene.ts';

export function notesOf(conf: GuestConf, fields: ReadonlyMap<string, Json>, known: Described): string[] {
  const waiting = [...conf.pending.keys.keys(), ...conf.pendingDelete];
  const bases = basesOf(conf.keys);
  return [
    ...(waiting.length > 0 ? [`waits for its next start: ${waiting.sort().join(', ')}`] : []),
    ...(conf.snapshots.size > 0
      ? [`its snapshots stay: ${[...conf.snapshots.keys()].sort().join(', ')}`]
      : []),
    ...(bases.length > 0 ? [`a linked clone: it rests on ${bases.join(', ')}`] : []),
    ...undescribed(fields, known),
  ];
}

/** Storages and bridges that the configuration does not describe: the guest rests on them all the same. */
function undescribed(fields: ReadonlyMap<string, Json>, { storages, bridges }: Described): string[] {
  const named = (part: 'storage' | 'bridge', known: ReadonlySet<string>) => [
    ...new Set(
      [...fields.values()].flatMap((value) => {
        const name = isObject(value) ? value[part] : undefined;
        return typeof name === 'string' && !known.has(name) ? [name] : [];
      }),
    ),
  ];
  return [
    ...named('storage', storages).map(
      (id) => `storage ${id} is not in hypervisor.storage: phx leaves it as it is`,
    ),
    ...named('bridge', bridges).map(
      (id) => `bridge ${id} is not in hypervisor.network.bridges: phx leaves it as it is`,
    ),
  ];
}

/** Our mark is such a write: nothing of a guest is to be lost by it (B58). */
export function lostLines({ unknown, lxc }: GuestConf): string[] {
  const odd = lxc.filter(({ key }) => lxcKeySince(key) === undefined);
  return [...unknown, ...odd.map(({ key, value }) => `${key}: ${value}`)];
}
