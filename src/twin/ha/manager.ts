/**
 * The HA manager of a cluster: what time brings about. It starts and stops what it keeps as it is wanted, and takes over
 * what a node held that is gone for two minutes. From documentation (pve-ha-manager); groups and a move back to a
 * preferred node are not there.
 */

import { type Call, Refusal } from '../call.ts';
import { clusterOf } from '../cluster-view.ts';
import { pctMigrate } from '../pct-migrate.ts';
import { halt, startGuest } from '../pct-power.ts';
import { qmMigrate } from '../qm-migrate.ts';
import { haltVm, startVm } from '../qm-power.ts';
import type { TwinState } from '../state.ts';
import { listOf, resourcesFile, rulesFile, type Section, sectionsOf, sidOf } from './config.ts';
import { reaction } from './requests.ts';
import { type ServiceStatus, type Services, servicesOf, writeServices } from './status.ts';

/** So long a node may be gone before its guests are taken over: the watchdog has switched it off by then; milliseconds. */
const patience = 120_000;

/** The cluster as its manager has it in its hands. */
export interface Managed {
  readonly now: number;
  /** A node's state, only to be read. */
  look(node: string): TwinState;
  /** Nodes that can be used now, in their order. */
  readonly online: readonly string[];
  /** Since when a node cannot be used. */
  goneSince(node: string): number | undefined;
  /** A call on a node, also on one that is gone. */
  call(node: string): Call;
  /** A node without a majority reboots by itself. */
  fence(node: string): void;
}

/** Does what is due; `master` is the node that decides. True when something changed. */
export function runManager(master: string, cluster: Managed): boolean {
  const state = cluster.look(master);
  const before = state.files['/etc/pve/ha/manager_status']?.text;
  const resources = sectionsOf(state, resourcesFile).filter((one) => one.options.get('state') !== 'ignored');
  const services: Services = {};
  const former = servicesOf(state);
  for (const resource of resources) {
    const sid = sidOf(resource);
    const node = nodeOf(state, resource.id);
    if (node !== undefined) services[sid] = { ...(former[sid] ?? { state: 'queued' as const }), node };
  }
  for (const resource of resources) {
    const sid = sidOf(resource);
    const status = services[sid];
    // One after the other: the next one sees where this one went.
    if (status) services[sid] = next(state, cluster, resource, status, services);
  }
  if (JSON.stringify({ service_status: services }) === before) return false;
  writeServices(cluster.call(master).state, services);
  return true;
}

function nodeOf(state: TwinState, id: string): string | undefined {
  return state.guests[id] ? state.hardware.node : clusterOf(state)?.find(id)?.node;
}

function next(
  state: TwinState,
  cluster: Managed,
  resource: Section,
  status: ServiceStatus,
  services: Services,
): ServiceStatus {
  const { node } = status;
  const since = cluster.goneSince(node);
  if (since !== undefined) {
    if (cluster.now < since + patience || wantedOf(resource) === 'disabled') return status;
    return recover(state, cluster, resource, status, services);
  }
  const running = cluster.look(node).guests[resource.id]?.running !== undefined;
  const wanted = wantedOf(resource);
  if (wanted === 'disabled' || status.state !== 'error') {
    if (status.state === 'relocate' && status.target !== undefined)
      return waited(cluster, status, () => move(cluster, resource, status));
    if (wanted === 'started' && !running)
      return waited(cluster, { ...status, state: 'started' }, (own) => start(cluster, resource, own));
    if (wanted !== 'started' && running)
      return waited(cluster, { ...status, state: 'request_stop' }, (own) => stop(cluster, resource, own));
    return { node, state: running ? 'started' : 'stopped' };
  }
  return status;
}

function wantedOf({ options }: Section): 'started' | 'stopped' | 'disabled' {
  const said = options.get('state') ?? 'started';
  return said === 'stopped' || said === 'disabled' ? said : 'started';
}

/** What is to be done is done some seconds after it was noticed. */
function waited(
  { now }: Managed,
  status: ServiceStatus,
  act: (status: ServiceStatus) => ServiceStatus,
): ServiceStatus {
  if (status.due === undefined) return { ...status, due: now + reaction };
  return now < status.due ? status : act(status);
}

/** Runs a program of a node to its end; false when it was refused. */
function done(work: Generator<number, void, void>): boolean {
  try {
    while (!work.next().done);
    return true;
  } catch (error) {
    if (error instanceof Refusal) return false;
    throw error;
  }
}

function start(cluster: Managed, resource: Section, status: ServiceStatus): ServiceStatus {
  const { node } = status;
  const call = cluster.call(node);
  const id = Number(resource.id);
  if (done(resource.type === 'vm' ? startVm(call, id, false) : startGuest(call, id, false)))
    return { node, state: 'started' };
  const failed = (status.failed ?? 0) + 1;
  if (failed > Number(resource.options.get('max_restart') ?? 1)) return { node, state: 'error' };
  return { node, state: 'started', failed, due: cluster.now + reaction };
}

function stop(cluster: Managed, resource: Section, { node }: ServiceStatus): ServiceStatus {
  (resource.type === 'vm' ? haltVm : halt)(cluster.call(node), Number(resource.id));
  return { node, state: 'stopped' };
}

/** Containers by a restart, VMs while they run. */
function move(cluster: Managed, resource: Section, { node, target = '' }: ServiceStatus): ServiceStatus {
  const call = cluster.call(node);
  const running = call.state.guests[resource.id]?.running !== undefined;
  const how = resource.type === 'vm' ? 'online' : 'restart';
  const values = new Map([
    ['vmid', resource.id],
    ['target', target],
    ...(running
      ? [[how, '1'] as const, ...(how === 'online' ? [['with-local-disks', '1'] as const] : [])]
      : []),
  ]);
  const given = { values, rest: [] };
  const went = done(late(() => (resource.type === 'vm' ? qmMigrate(call, given) : pctMigrate(call, given))));
  return { node: went ? target : node, state: running ? 'started' : 'stopped' };
}

/** What it refuses at once is refused when it runs. */
function* late(work: () => Generator<number, void, void>): Generator<number, void, void> {
  yield* work();
}

/** Its conf goes to another node, and it is started there: with its volumes, where they are shared. */
function recover(
  state: TwinState,
  cluster: Managed,
  resource: Section,
  status: ServiceStatus,
  services: Services,
): ServiceStatus {
  const target = choose(state, cluster, resource, services);
  if (target === undefined) return { node: status.node, state: 'recovery' };
  cluster.fence(status.node);
  const { guests } = cluster.call(status.node).state;
  const guest = guests[resource.id];
  if (!guest) return status;
  delete guests[resource.id];
  delete guest.running;
  // What locks it had were of work on the node that is gone.
  guest.conf = guest.conf.replace(/^lock: (?!create|clone).*\n/m, '');
  cluster.call(target).state.guests[resource.id] = guest;
  const wanted = wantedOf(resource);
  if (wanted !== 'started') return { node: target, state: 'stopped' };
  return { node: target, state: 'started', due: cluster.now + reaction };
}

/** The node that the rules like best; of several the one with the fewest resources. */
function choose(
  state: TwinState,
  { online }: Managed,
  resource: Section,
  services: Services,
): string | undefined {
  const sid = sidOf(resource);
  const rules = sectionsOf(state, rulesFile).filter(
    (rule) => listOf(rule, 'resources').includes(sid) && rule.options.get('disable') !== '1',
  );
  let nodes = [...online];
  for (const rule of rules.filter(({ type }) => type === 'node-affinity')) {
    const wanted = listOf(rule, 'nodes').map((one) => {
      const [name = '', priority = '0'] = one.split(':');
      return { name, priority: Number(priority) };
    });
    const there = wanted.filter(({ name }) => nodes.includes(name));
    const best = Math.max(...there.map(({ priority }) => priority));
    if (there.length > 0) nodes = there.filter((one) => one.priority === best).map(({ name }) => name);
    else if (rule.options.get('strict') === '1') return undefined;
  }
  for (const rule of rules.filter(({ type }) => type === 'resource-affinity')) {
    const others = new Set(
      listOf(rule, 'resources').flatMap((one) => (one === sid ? [] : (services[one]?.node ?? []))),
    );
    const near = nodes.filter((one) => others.has(one) === (rule.options.get('affinity') === 'positive'));
    // Together is a wish while none of them is where it could be; apart is a rule.
    if (near.length > 0) nodes = near;
    else if (rule.options.get('affinity') !== 'positive') return undefined;
  }
  const load = (node: string) => Object.values(services).filter((one) => one.node === node).length;
  return nodes.sort((one, other) => load(one) - load(other))[0];
}
