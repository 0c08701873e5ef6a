/** What the HA manager keeps of its resources in /etc/pve/ha/manager_status, and what it tells of them. From documentation. */

import type { Call } from '../call.ts';
import { clusterOf } from '../cluster-view.ts';
import { makeDirs, putFile } from '../files.ts';
import { placeOf } from '../guests.ts';
import type { TwinState } from '../state.ts';
import type { DataRow } from '../tables.ts';
import { resourcesFile, sectionsOf, sidOf } from './config.ts';

export const statusFile = '/etc/pve/ha/manager_status';

/** How a resource is for the cluster's manager. */
export interface ServiceStatus {
  readonly node: string;
  readonly state: 'queued' | 'started' | 'stopped' | 'request_stop' | 'recovery' | 'error' | 'relocate';
  /** When what is to become of it will be done; epoch milliseconds. */
  readonly due?: number;
  /** Where it is to go. */
  readonly target?: string;
  /** Starts that failed. */
  readonly failed?: number;
}

export type Services = Record<string, ServiceStatus>;

export function servicesOf(state: TwinState): Services {
  const text = state.files[statusFile]?.text;
  return text === undefined ? {} : (JSON.parse(text) as { service_status: Services }).service_status;
}

export function writeServices(state: TwinState, services: Services): void {
  makeDirs(state.files, '/etc/pve/ha');
  putFile(state.files, statusFile, JSON.stringify({ service_status: services }), 0o640);
}

/** The node whose manager decides: the first that is there. */
export function masterOf(state: TwinState): string | undefined {
  const cluster = clusterOf(state);
  if (!cluster) return state.hardware.node;
  return cluster.quorate ? cluster.members.find(({ online }) => online)?.name : undefined;
}

/** As a person reads it: on its way, or there. */
function verbose(state: TwinState, sid: string, status: ServiceStatus | undefined): string {
  if (!status) return 'queued';
  const id = sid.replace(/^.*:/, '');
  const running = holderOf(state, id)?.guests[id]?.running !== undefined;
  if (status.state === 'started') return running ? 'started' : 'starting';
  return status.state === 'request_stop' ? 'stopping' : status.state;
}

function holderOf(state: TwinState, id: string): TwinState | undefined {
  const node = placeOf(state, id)?.node;
  if (node === undefined || node === state.hardware.node) return state;
  return clusterOf(state)?.look(node);
}

/** `/cluster/ha/status/current`, and the lines of `ha-manager status`. */
export function statusRows({ state, now }: Call): DataRow[] {
  const own = state.hardware.node;
  const cluster = clusterOf(state);
  const quorate = cluster?.quorate !== false;
  const resources = sectionsOf(state, resourcesFile);
  const services = servicesOf(state);
  const time = new Date(now()).toUTCString().replace(/^(\w+), (\d+) (\w+) (\d+) (\S+).*$/, '$1 $3 $2 $5 $4');
  const timestamp = Math.floor(now() / 1000);
  const master = masterOf(state);
  const members = cluster?.members ?? [{ name: own, online: true }];
  const busy = new Set(Object.values(services).map(({ node }) => node));
  const lrm = (name: string, online: boolean) =>
    online ? (busy.has(name) ? 'active' : 'idle') : 'old timestamp - dead?';
  const rows: DataRow[] = [
    {
      ...{ id: 'quorum', type: 'quorum', node: own, quorate: quorate ? 1 : 0 },
      status: quorate ? 'OK' : `No quorum on node '${own}'!`,
    },
  ];
  if (resources.length === 0) return rows;
  if (master !== undefined)
    rows.push({
      id: 'master',
      type: 'master',
      node: master,
      status: `${master} (active, ${time})`,
      timestamp,
    });
  for (const { name, online } of members)
    rows.push({
      ...{ id: `lrm:${name}`, type: 'lrm', node: name, timestamp },
      status: `${name} (${lrm(name, online)}, ${time})`,
    });
  for (const resource of [...resources].sort((one, other) => (sidOf(one) < sidOf(other) ? -1 : 1))) {
    const sid = sidOf(resource);
    const { options, id } = resource;
    if (options.get('state') === 'ignored') continue;
    const status = services[sid];
    const node = status?.node ?? placeOf(state, id)?.node ?? '---';
    const text = verbose(state, sid, status);
    rows.push({
      ...{ id: `service:${sid}`, type: 'service', sid, node, state: text },
      ...{ status: `${sid} (${node}, ${text})`, request_state: options.get('state') ?? 'started' },
      ...(status ? { crm_state: status.state } : {}),
      ...{ max_restart: Number(options.get('max_restart') ?? 1) },
      ...{ max_relocate: Number(options.get('max_relocate') ?? 1) },
    });
  }
  return rows;
}
