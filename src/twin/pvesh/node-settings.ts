/** Settings of the node: its resolver, its names, its time, its notes (B161; the rest from the source of Proxmox VE 8.4). */

import { sha1 } from '../../core/digest.ts';
import type { Call } from '../call.ts';
import { refuse } from '../call.ts';
import type { Spec } from '../formats.ts';
import { managerOf } from '../manager.ts';
import { nodeConfig, nodeConfigGet, nodeConfigSet, setNodeConfig } from '../node-config.ts';
import { nodeFile, writeNodeFile } from '../node-files.ts';
import type { Given } from '../options.ts';
import { printObject } from '../tables.ts';
import { refuseParameter } from './refuse.ts';
import type { Route } from './route.ts';

const resolver = '/etc/resolv.conf';
const servers = ['dns1', 'dns2', 'dns3'] as const;
const dnsOptions: Readonly<Record<string, Spec>> = {
  ...Object.fromEntries(servers.map((key) => [key, { format: 'ip' }])),
  search: { required: true },
};

function resolverLines({ state }: Call): string[] {
  return (nodeFile(state, resolver) ?? '').replace(/\n$/, '').split('\n');
}

function showDns(call: Call, given: Given): undefined {
  const found: Record<string, string> = {};
  let count = 0;
  for (const line of resolverLines(call)) {
    const search = /^(?:search|domain)\s+(\S+)/.exec(line)?.[1];
    const server = /^\s*nameserver\s+([0-9a-f.:]+)/i.exec(line)?.[1];
    if (search !== undefined) found.search = search;
    else if (server !== undefined && ++count <= 3) found[`dns${count}`] = server;
  }
  printObject(call, given, found);
}

/** Servers that are not said again are gone. */
function setDns(call: Call, { values }: Given): undefined {
  const search = values.get('search');
  const said = servers
    .flatMap((key) => values.get(key) ?? [])
    .filter((one) => one !== '' && one !== '0.0.0.0');
  const kept = resolverLines(call).filter(
    (line) => line !== '' && !/^(search|domain|nameserver)\s+/.test(line),
  );
  const lines = [
    ...(search ? [`search ${search}`] : []),
    ...[...new Set(said)].map((server) => `nameserver ${server}`),
    ...kept,
  ];
  writeNodeFile(call.state, resolver, lines.map((line) => `${line}\n`).join(''), 0o644);
}

function showHosts(call: Call, given: Given): undefined {
  const data = nodeFile(call.state, '/etc/hosts') ?? '';
  printObject(call, given, { data, digest: sha1(data) });
}

function setHosts(call: Call, { values }: Given): undefined {
  const digest = values.get('digest');
  if (digest && digest !== sha1(nodeFile(call.state, '/etc/hosts') ?? ''))
    refuse('detected modified configuration - file changed by other user? Try again.');
  writeNodeFile(call.state, '/etc/hosts', values.get('data') ?? '', 0o644);
}

function showTime(call: Call, given: Given): undefined {
  const time = Math.floor(call.now() / 1000);
  const { timezone } = call.state;
  printObject(call, given, { localtime: time + offsetOf(timezone, call.now()), time, timezone });
}

/** Seconds that the local clock is ahead. */
function offsetOf(zone: string, now: number): number {
  try {
    const local = new Date(now).toLocaleString('sv-SE', { timeZone: zone });
    return Math.round(Date.parse(`${local.replace(' ', 'T')}Z`) / 1000) - Math.floor(now / 1000);
  } catch {
    return 0;
  }
}

function setTime(call: Call, { values }: Given): undefined {
  const zone = values.get('timezone') ?? '';
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
  } catch {
    refuseParameter('set', 'timezone', 'No such timezone', timeOptions);
  }
  call.state.timezone = zone;
}

const timeOptions: Readonly<Record<string, Spec>> = { timezone: { required: true } };

export const nodeSettingRoutes: readonly Route[] = [
  {
    path: '/nodes/{node}/config',
    get: {
      options: nodeConfigGet,
      run: (call, given) => printObject(call, given, nodeConfig(call, given)) as undefined,
    },
    set: { options: nodeConfigSet, run: setNodeConfig },
  },
  { path: '/nodes/{node}/dns', get: { run: showDns }, set: { options: dnsOptions, run: setDns } },
  {
    path: '/nodes/{node}/hosts',
    get: { run: showHosts },
    create: { options: { data: { required: true }, digest: { maxLength: 64 } }, run: setHosts },
  },
  { path: '/nodes/{node}/time', get: { run: showTime }, set: { options: timeOptions, run: setTime } },
  {
    path: '/nodes/{node}/version',
    get: { run: (call, given) => printObject(call, given, managerOf(call.state)) as undefined },
  },
];
