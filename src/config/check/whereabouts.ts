/** Whether guests name nodes that there are, and can be made where they are to be. It knows no other key. */

import { acrossRefusal, type Storages } from '../across.ts';
import { nearest } from '../path.ts';
import { type Check, entries, type LooseGuest, type Reporter, title } from './subject.ts';

export const whereabouts: Check = ({ nodes, guests, hypervisor }, report) => {
  const byId = new Map(guests.map((guest) => [guest.id, guest]));
  for (const guest of guests) {
    const { id, node, place, migrate } = guest;
    if (node !== undefined) known(nodes, node, id, ['node'], report);
    for (const [at, name] of (place?.among ?? []).entries())
      if (name !== undefined) known(nodes, name, id, ['place', 'among', at], report);
    if (node !== undefined && place !== undefined)
      report.error(id, ['place'], 'node and place cannot stand together', 'keep one of them', 'key');
    if (migrate !== undefined && node === undefined)
      report.error(id, ['migrate'], 'migrate needs a node to move it to', 'add node: <name>', 'key');
    const source = byId.get(guest.clone?.from ?? 0);
    if (source && nodes.length > 0 && source.kind === guest.kind)
      besideItsSource(guest, source, hypervisor?.storage, nodes, report);
  }
  for (const [id, storage] of entries(hypervisor?.storage))
    for (const [at, name] of (storage.nodes ?? []).entries())
      if (name !== undefined && nodes.length > 0)
        known(nodes, name, 'hypervisor', ['storage', id, 'nodes', at], report);
};

/** Complains where there is no such node. */
export function known(
  nodes: readonly string[],
  name: string,
  owner: number | 'hypervisor',
  path: readonly (string | number)[],
  report: Reporter,
): void {
  if (nodes.includes(name)) return;
  const meant = nearest(name, nodes);
  const hint =
    nodes.length === 0
      ? 'phoenixfile.ts says cluster: true for more nodes than one'
      : meant === undefined
        ? `they are ${nodes.join(', ')}`
        : `did you mean '${meant}'?`;
  report.error(owner, path, `there is no node '${name}'`, hint);
}

/** A clone is made where its source is, unless its node sees what it is made of, and moved afterwards if that was asked for. */
function besideItsSource(
  guest: LooseGuest,
  source: LooseGuest,
  storages: Storages,
  nodes: readonly string[],
  report: Reporter,
): void {
  const home = source.node ?? (source.place === undefined ? nodes[0] : undefined);
  const asked = guest.node !== undefined && guest.node !== home && guest.migrate === undefined;
  const refusal = guest.place || asked ? acrossRefusal(guest, source, storages) : undefined;
  if (!refusal) return;
  const at = home === undefined ? '' : `, ${home}`;
  report.error(
    guest.id,
    [guest.place ? 'place' : 'node'],
    `${title(guest)} is a clone, made on the node of its source ${source.id}${at}: ${refusal.reason}`,
    refusal.way,
    ...(guest.place ? (['key'] as const) : []),
  );
}
