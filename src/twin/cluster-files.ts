/** The files that pmxcfs makes up (.members, .vmlist), corosync's and the cluster's certificate, from the source of pve-cluster. */

import { createHash } from 'node:crypto';
import type { SeenGuest } from './cluster-state.ts';
import { clusterOf, type Member } from './cluster-view.ts';
import type { TwinState } from './state.ts';

export const authorityFile = '/etc/pve/pve-root-ca.pem';
export const corosyncFile = '/etc/pve/corosync.conf';

/** Who is there, and which guests are where. */
export function isMembership(path: string): boolean {
  return path === '/etc/pve/.members' || path === '/etc/pve/.vmlist';
}

/** A file of /etc/pve that is made up where it was not kept; undefined when the path is none. */
export function madeUpFile(state: TwinState, path: string): string | undefined {
  switch (path) {
    case '/etc/pve/.members':
      return members(state);
    case '/etc/pve/.vmlist':
      return vmlist(state);
    case authorityFile:
      return authority(clusterOf(state)?.id ?? state.machineId);
    default:
      return undefined;
  }
}

/** Versions count changes since pmxcfs began on a node; here they follow from what there is, so that each look says the same. */
function members(state: TwinState): string {
  const cluster = clusterOf(state);
  const own = `"nodename": "${state.hardware.node}"`;
  if (!cluster) return `{\n${own},\n"version": 0\n}\n`;
  const online = cluster.members.filter((one) => one.online).length;
  const nodes = cluster.members.map(
    ({ name, id, address, online: on }) =>
      `  "${name}": { "id": ${id}, "online": ${on ? 1 : 0}, "ip": "${address}"}`,
  );
  const count = cluster.members.length;
  return [
    ...['{', `${own},`, `"version": ${count + online},`],
    `"cluster": { "name": "${cluster.name}", "version": ${count}, "nodes": ${count}, "quorate": ${cluster.quorate ? 1 : 0} },`,
    ...['"nodelist": {', nodes.join(',\n'), '  }', '}', ''],
  ].join('\n');
}

function vmlist(state: TwinState): string {
  const cluster = clusterOf(state);
  const own = state.hardware.node;
  const nodes = cluster ? cluster.members.map(({ name }) => name) : [own];
  const rows = nodes.flatMap((node) =>
    Object.entries(cluster && node !== own ? cluster.guests(node) : state.guests).map(
      ([id, guest]) => [Number(id), node, guest] as const,
    ),
  );
  rows.sort(([one], [other]) => one - other);
  const ids = rows.map(
    ([id, node, guest], n) =>
      `"${id}": { "node": "${node}", "type": "${typeOf(guest)}", "version": ${n + 1} }`,
  );
  if (ids.length === 0) return '{\n"version": 1\n\n}\n';
  return `{\n"version": ${ids.length + 1},\n"ids": {\n${ids.join(',\n')}}\n\n}\n`;
}

function typeOf({ kind }: SeenGuest): string {
  return kind === 'vm' ? 'qemu' : 'lxc';
}

/** The certificate of the authority: one text for a cluster, and another for each other one. */
export function authority(seed: string): string {
  let body = '';
  for (let part = 0; body.length < 64 * 20; part++)
    body += createHash('sha384').update(`${seed} ${part}`).digest('base64');
  const lines = body.slice(0, 64 * 20).match(/.{64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}

/** What pvecm writes. */
export function corosyncConf(name: string, nodes: readonly Omit<Member, 'online'>[]): string {
  const list = nodes.flatMap((node) => [
    '  node {',
    `    name: ${node.name}`,
    `    nodeid: ${node.id}`,
    '    quorum_votes: 1',
    `    ring0_addr: ${node.address}`,
    '  }',
  ]);
  return [
    ...['logging {', '  debug: off', '  to_syslog: yes', '}', '', 'nodelist {', ...list, '}', ''],
    ...['quorum {', '  provider: corosync_votequorum', '}', '', 'totem {', `  cluster_name: ${name}`],
    ...[`  config_version: ${nodes.length}`, '  interface {', '    linknumber: 0', '  }'],
    ...['  ip_version: ipv4-6', '  link_mode: passive', '  secauth: on', '  version: 2', '}', ''],
  ].join('\n');
}
