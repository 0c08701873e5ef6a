/** The firewall's files of the node: reads, writes and tells what was wrong in them. It knows no command. */

import { sha1 } from '../../core/digest.ts';
import { sorted } from '../../proxmox/conf.ts';
import { type Call, refuse } from '../call.ts';
import { kindOf } from '../guests.ts';
import { nodeFile, nodeHas, removeNodeFile, writeNodeFile } from '../node-files.ts';
import type { TwinState } from '../state.ts';
import type { DataRow } from '../tables.ts';
import type { FirewallConf, FirewallScope } from './conf.ts';
import { parseFirewall } from './parse.ts';
import { printConf } from './print.ts';

export const clusterPath = '/etc/pve/firewall/cluster.fw';

export function clusterConf(state: TwinState, seconds?: number): FirewallConf {
  return parseFirewall(clusterPath, nodeFile(state, clusterPath) ?? '', 'cluster', undefined, seconds);
}

export function hostConf(state: TwinState, cluster: FirewallConf): FirewallConf {
  const path = `/etc/pve/nodes/${state.hardware.node}/host.fw`;
  return parseFirewall(path, nodeFile(state, path) ?? '', 'host', cluster);
}

/** A file may be there for an id that has no guest; it is read as the kind that it is asked for as (B147). */
export function guestConf(
  state: TwinState,
  cluster: FirewallConf,
  id: string,
  scope: FirewallScope = kindOf(state, id) === 'vm' ? 'vm' : 'ct',
): FirewallConf {
  const path = `/etc/pve/firewall/${id}.fw`;
  return parseFirewall(path, nodeFile(state, path) ?? '', scope, cluster);
}

/** Says what was wrong, the details only to whoever checks. */
export function complain(call: Call, conf: FirewallConf, details = false): FirewallConf {
  for (const { text, detail } of conf.complaints) if (!detail || details) call.err(text);
  return conf;
}

/** Writes the file; one that says nothing is removed (B141). */
export function saveConf(call: Call, conf: FirewallConf): void {
  const text = printConf(conf, (said) => call.err(said));
  if (text !== '') writeNodeFile(call.state, conf.path, text, 0o640);
  else if (nodeHas(call.state, conf.path, 'file')) removeNodeFile(call.state, conf.path);
}

/** The digest of a list or an object as the interface counts it: plain values by their names. */
export function digestOf(rows: readonly DataRow[]): string {
  const lines = rows.flatMap((row) =>
    sorted(Object.keys(row)).flatMap((key) => {
      const value = row[key];
      return value === undefined || typeof value === 'object' ? [] : [`${key}:${value}\n`];
    }),
  );
  return sha1(lines.join(''));
}

export function needDigest(rows: readonly DataRow[], asked: string | undefined): void {
  if (asked && asked !== digestOf(rows))
    refuse('detected modified configuration - file changed by other user? Try again.');
}
