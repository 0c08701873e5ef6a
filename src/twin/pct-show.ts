/** The verbs that only look: `pct config`, `pending`, `list`, `status`, `listsnapshot` (B73–B75). */

import { type ConfSection, encodeText, sorted } from '../proxmox/conf.ts';
import { type Call, refuse } from './call.ts';
import { notNumeric, refuseWrongValues } from './ct-lines.ts';
import { findGuest, type Guest, guestIds, hostnameOf, loadGuest, parseMount } from './guests.ts';
import { type Given, refuseParameters } from './options.ts';
import { parseSize } from './sizes.ts';
import { listSnapshots } from './snapshot-tree.ts';

/** Host CPUs, as the recorded node has them. */
const cpus = 2;

/** Keys of a section with the description as one encoded line. */
function shown(section: ConfSection): Map<string, string> {
  const keys = new Map(section.keys);
  if (section.description !== '') {
    const text = section.description.endsWith('\n') ? section.description : `${section.description}\n`;
    keys.set('description', encodeText(text));
  }
  return keys;
}

const usageLine = 'pct config <vmid> [OPTIONS]\n';

export function pctConfig(call: Call, { values }: Given): undefined {
  const { conf } = loadGuest(call, values.get('vmid') ?? '');
  const name = values.get('snapshot');
  if (name !== undefined && values.get('current') === '1') {
    const why = "cannot use 'snapshot' parameter with 'current'";
    refuseParameters(
      new Map([
        ['snapshot', why],
        ['current', why],
      ]),
      usageLine,
    );
  }
  const snapshot = name === undefined ? undefined : conf.snapshots.get(name);
  if (name !== undefined && !snapshot) refuse(`snapshot '${name}' does not exist`);
  const section = snapshot ?? conf;
  const keys = shown(section);
  if (!snapshot && values.get('current') !== '1') {
    for (const [key, value] of shown(conf.pending)) keys.set(key, value);
    // What is off already stays (source: it deletes only what is true).
    for (const key of conf.pendingDelete) if (keys.get(key) !== '0') keys.delete(key);
  }
  refuseWrongValues(keys, usageLine);
  for (const key of sorted(keys.keys())) call.out(`${key}: ${keys.get(key)}\n`);
  for (const line of section.lxc) call.out(`${line.key}: ${line.value}\n`);
}

export function pctPending(call: Call, { values }: Given): undefined {
  const { conf } = loadGuest(call, values.get('vmid') ?? '');
  const current = shown(conf);
  const pending = shown(conf.pending);
  for (const key of sorted(new Set([...current.keys(), ...pending.keys()]))) {
    const value = current.get(key);
    const gone = conf.pendingDelete.includes(key);
    if (value !== undefined) call.out(`${gone ? 'del' : 'cur'} ${key}: ${value}\n`);
    if (pending.has(key)) call.out(`new ${key}: ${pending.get(key)}\n`);
  }
}

export function pctList(call: Call): undefined {
  const ids = guestIds(call.state, 'ct');
  const row = (...cells: string[]) =>
    call.out(`${[10, 10, 12, 20].map((width, at) => (cells[at] ?? '').padEnd(width)).join(' ')}\n`);
  if (ids.length > 0) row('VMID', 'Status', 'Lock', 'Name');
  for (const id of ids) {
    const guest = findGuest(call, id);
    if (!guest) continue;
    call.err(notNumeric(guest.conf, 287, 'memory', 'swap'));
    const status = guest.state.running ? 'running' : 'stopped';
    row(String(id), status, guest.conf.keys.get('lock') ?? '', hostnameOf(id, guest.conf));
  }
}

export function pctStatus(call: Call, { values }: Given): undefined {
  const id = values.get('vmid') ?? '';
  const { conf, state } = loadGuest(call, id);
  const status = state.running ? 'running' : 'stopped';
  call.err(notNumeric(conf, 287, 'memory', 'swap'));
  if (values.get('verbose') !== '1') {
    call.out(`status: ${status}\n`);
    return;
  }
  const facts = containerFacts(call, id, { conf, state });
  for (const key of Object.keys(facts).sort()) call.out(`${key}: ${facts[key]}\n`);
}

/** Status and figures; what the twin cannot measure is 0. */
export function containerFacts(
  call: Call,
  id: number | string,
  { conf, state }: Pick<Guest, 'conf' | 'state'>,
): Record<string, string | number> {
  const status = state.running ? 'running' : 'stopped';
  const number = (key: string, other: number) => Number(conf.keys.get(key) ?? other);
  const rootfs = parseMount('rootfs', conf.keys.get('rootfs') ?? '');
  const facts: Record<string, string | number> = {
    cpus: number('cores', cpus),
    maxdisk: parseSize(rootfs.properties.get('size') ?? '0') ?? 0,
    maxmem: number('memory', 512) * 1024 ** 2,
    maxswap: number('swap', 0) * 1024 ** 2,
    name: hostnameOf(id, conf),
    status,
    type: 'lxc',
    vmid: id,
  };
  for (const key of ['disk', 'diskread', 'diskwrite', 'mem', 'netin', 'netout', 'swap', 'uptime'])
    facts[key] = 0;
  for (const key of ['lock', 'tags', 'template']) {
    const value = conf.keys.get(key);
    if (value !== undefined) facts[key] = value;
  }
  if (state.running) {
    facts.pid = 10_000 + Number(id);
    facts.uptime = Math.max(1, Math.round((call.now() - state.running.since) / 1000));
  }
  return facts;
}

export function pctListSnapshot(call: Call, { values }: Given): undefined {
  return listSnapshots(call, loadGuest(call, values.get('vmid') ?? '').conf);
}
