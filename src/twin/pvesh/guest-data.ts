/** What Proxmox's interface tells of one guest as data: its configuration, what is pending, its snapshots (pvesh-reads, digest). */

import { sha1 } from '../../core/digest.ts';
import type { ConfSection, GuestConf } from '../../proxmox/conf.ts';
import type { Spec } from '../formats.ts';
import type { Guest } from '../guests.ts';
import type { DataRow } from '../tables.ts';

type Specs = Readonly<Record<string, Spec>>;

/** A value with the type that its key has. */
function typed(specs: Specs, key: string, value: string): unknown {
  const spec = specs[key] ?? specs[key.replace(/\d+$/, '[n]')];
  return spec?.type === undefined ? value : Number(value);
}

export function dataOf(section: ConfSection, specs: Specs): Record<string, unknown> {
  const data: Record<string, unknown> = {};
  for (const [key, value] of section.keys) data[key] = typed(specs, key, value);
  if (section.description !== '')
    data.description = section.description.endsWith('\n') ? section.description : `${section.description}\n`;
  return data;
}

/** With what is pending, as `config` shows it; `current`: as the guest runs. */
export function configData({ conf, state }: Guest, specs: Specs, current: boolean): DataRow {
  const data = dataOf(conf, specs);
  if (!current) {
    Object.assign(data, dataOf(conf.pending, specs));
    for (const key of conf.pendingDelete) delete data[key];
  }
  if (conf.lxc.length > 0) data.lxc = conf.lxc.map(({ key, value }) => [key, value]);
  return { ...data, digest: sha1(state.conf) };
}

/** A row a key: its value, and what it will be or that it goes. */
export function pendingData({ conf, state }: Guest, specs: Specs): DataRow[] {
  const current = dataOf(conf, specs);
  const pending = dataOf(conf.pending, specs);
  const keys = [...new Set([...Object.keys(current), ...Object.keys(pending)])];
  return [
    ...keys.map((key) => ({
      key,
      value: current[key],
      ...(key in pending ? { pending: pending[key] } : {}),
      ...(conf.pendingDelete.includes(key) ? { delete: 1 } : {}),
    })),
    { key: 'digest', value: sha1(state.conf) },
  ];
}

export function snapshotData(conf: GuestConf, text: string, running: boolean): DataRow[] {
  const saved = [...conf.snapshots].map(([name, section]) => ({
    name,
    description: section.description,
    snaptime: Number(section.keys.get('snaptime') ?? 0),
    ...(section.keys.has('parent') ? { parent: section.keys.get('parent') } : {}),
    ...(section.keys.has('vmstate') ? { vmstate: 1 } : {}),
  }));
  const now = {
    name: 'current',
    description: 'You are here!',
    digest: sha1(text),
    running: running ? 1 : 0,
    ...(conf.keys.has('parent') ? { parent: conf.keys.get('parent') } : {}),
  };
  return [...saved, now];
}
