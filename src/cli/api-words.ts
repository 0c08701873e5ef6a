/** How `phx status` tells what an API said, and what there is to tell where no ssh reaches any node. */

import { problemOf } from '../core/error.ts';
import { type Heard, hearOf, type Told } from '../host/api/absent.ts';
import type { GuestResource } from '../proxmox/resources.ts';
import type { Apis } from './api.ts';
import type { Opened, Planned } from './open.ts';

const nobody: Heard = { told: new Map(), problems: new Map() };

/** Of the nodes that are out of reach. */
export async function hearOfAway({ cluster }: Pick<Opened, 'cluster'>, { nodes, all }: Apis): Promise<Heard> {
  const absent = [...(cluster?.away.keys() ?? [])].filter((name) => nodes.includes(name));
  return absent.length === 0 || all.size === 0 ? nobody : hearOf(absent, all);
}

/** `running on pve2 (by its API)`; undefined where the API knows no more than that the guest is there. */
export function guestWords(id: number, node: string, { told }: Heard): string | undefined {
  const source = told.get(node);
  const guest = source?.resources.guests.get(id);
  if (!source || !guest || guest.status === 'unknown') return undefined;
  return placed(guest, source);
}

/** `up (by its API)`. */
export function nodeWords(node: string, { told }: Heard): string | undefined {
  const source = told.get(node);
  return source && `${source.resources.nodes.get(node) ? 'up' : 'down'} (${byWhom(source, node)})`;
}

function byWhom({ by }: Told, node: string): string {
  return by === node ? 'by its API' : `by the API of ${by}`;
}

/** What is known of every target of the graph where the nodes themselves tell nothing; undefined where no API does either. */
export async function statesByApi(
  { graph, phoenix }: Pick<Planned, 'graph' | 'phoenix'>,
  apis: Apis,
): Promise<{ readonly states: ReadonlyMap<string, string> | undefined; readonly heard: Heard }> {
  const heard = phoenix.cluster ? await hearOf(apis.nodes, apis.all) : await hearOfSingle(apis);
  const { told } = heard;
  if (told.size === 0) return { states: undefined, heard };
  const each = [...graph.targets.keys()].map(async (target) => {
    const [kind = '', name = ''] = target.split(':');
    if (kind === 'hypervisor') return [target, hypervisorWords(name, heard)] as const;
    return [target, await guestState(Number(name), heard, apis, phoenix.cluster === true)] as const;
  });
  return { states: new Map(await Promise.all(each)), heard };
}

/** Under the name that the phoenixfile has for it, whatever it calls itself. */
async function hearOfSingle({ nodes: [label = ''], all }: Apis): Promise<Heard> {
  try {
    const api = await all.get(label)?.();
    if (!api) return nobody;
    const [name, { nodes, guests }] = await Promise.all([api.name(), api.resources()]);
    const own = new Map([...guests].filter(([, { node }]) => node === name));
    const resources = { nodes: new Map([[label, nodes.get(name) ?? true]]), guests: own };
    return { told: new Map([[label, { by: label, resources }]]), problems: new Map() };
  } catch (error) {
    return { told: new Map(), problems: new Map([[label, problemOf(error)]]) };
  }
}

function hypervisorWords(name: string, heard: Heard): string {
  if (name !== '') return nodeWords(name, heard) ?? 'out of reach';
  const words = [...heard.told.keys()].map((node) => nodeWords(node, heard));
  return words.find((one) => one?.startsWith('up')) ?? words[0] ?? 'out of reach';
}

async function guestState(id: number, { told }: Heard, { all }: Apis, several: boolean): Promise<string> {
  const sources = [...told].filter(([, { resources }]) => resources.guests.has(id));
  const [, source] =
    sources.find(([node, one]) => one.resources.guests.get(id)?.node === node) ?? sources[0] ?? [];
  const guest = source?.resources.guests.get(id);
  if (source && guest)
    return several ? placed(guest, source) : `${guest.status} (${byWhom(source, source.by)})`;
  // A guest that the token may not see is left out as one that is not there.
  const [first] = told.values();
  const api = await all.get(first?.by ?? '')?.();
  return (await api?.may('VM.Audit', `/vms/${id}`)) ? 'absent' : 'unknown';
}

function placed({ node, status }: GuestResource, source: Told): string {
  return status === 'unknown' ? `unknown on ${node}` : `${status} on ${node} (${byWhom(source, node)})`;
}
