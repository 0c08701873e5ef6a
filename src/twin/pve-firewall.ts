/** `pve-firewall`: what it says is recorded (B148, B149), the ruleset it prints is a short one of the twin's own. */

import { type Call, type Program, refuse } from './call.ts';
import { namesIn } from './files.ts';
import type { FirewallFile } from './firewall-file.ts';
import {
  clusterFile,
  fateAtGuest,
  fateAtHost,
  guestFile,
  hostFile,
  isEnabled,
  localNetwork,
  type Packet,
} from './firewall-rules.ts';
import type { Spec } from './formats.ts';
import { readOptions, type Verb } from './options.ts';
import type { TwinState } from './state.ts';

const place: Spec = { pattern: /^(host|outside|(vm|ct)\d+|([a-zA-Z][\w.-]{0,9})\/(\S+))$/ };
const port: Spec = { type: 'integer', min: 0, max: 65_535 };
const none: Verb = { args: {}, options: {} };

const verbs: Readonly<Record<string, Verb>> = {
  compile: none,
  localnet: none,
  restart: none,
  simulate: {
    args: {},
    options: {
      ...{
        dest: {},
        dport: port,
        from: place,
        protocol: { values: ['tcp', 'udp'] },
        source: {},
        sport: port,
      },
      ...{ to: place, verbose: { type: 'boolean' } },
    },
  },
  start: { args: {}, options: { debug: { type: 'boolean' } } },
  status: none,
  stop: none,
};

export const pveFirewall: Program = (call) => {
  const [name = '', ...rest] = call.args;
  const spec = Object.hasOwn(verbs, name) ? verbs[name] : undefined;
  if (!spec) {
    const said = name === '' ? 'no command specified' : `unknown command 'pve-firewall ${name}'`;
    refuse(`ERROR: ${said}\nUSAGE: pve-firewall <COMMAND> [ARGS] [OPTIONS]`);
  }
  const { values } = readOptions('pve-firewall', name, spec, rest);
  const { state } = call;
  if (name === 'status') {
    const running = state.units['pve-firewall']?.active ? 'running' : 'stopped';
    call.out(
      `Status: ${isEnabled(complain(call, clusterFile(state))) ? 'enabled' : 'disabled'}/${running}\n`,
    );
  } else if (name === 'compile') compile(call);
  else if (name === 'localnet') localnet(call);
  else if (name === 'simulate') simulate(call, values);
  else
    state.units['pve-firewall'] = { enabled: true, ...state.units['pve-firewall'], active: name !== 'stop' };
  return undefined;
};

function complain(call: Call, file: FirewallFile): FirewallFile {
  for (const line of file.complaints) call.err(`${line}\n`);
  return file;
}

/** Guests that have a conf: the files of others are not looked at. */
function guestFiles(state: TwinState): FirewallFile[] {
  return namesIn(state.files, '/etc/pve/firewall')
    .map((name) => /^(\d+)\.fw$/.exec(name)?.[1])
    .filter((id): id is string => id !== undefined && state.guests[id] !== undefined)
    .map((id) => guestFile(state, id));
}

const parts = [
  'ip6tables cmdlist:',
  'ebtables cmdlist:',
  'iptables table raw cmdlist:',
  'ip6tables table raw cmdlist:',
];

/** Mistakes are on standard error, and it ends well all the same. */
function compile(call: Call): void {
  const { state } = call;
  const cluster = complain(call, clusterFile(state));
  const host = complain(call, hostFile(state));
  const guests = guestFiles(state).map((file) => complain(call, file));
  const on = isEnabled(cluster);
  const missing = on ? missingGroups(cluster, [cluster, host, ...guests]) : [];
  for (const name of missing) call.err(`no such security group '${name}'\n`.repeat(2));
  const chains = on ? ruleset(state, cluster, [host, cluster], guests) : [];
  const sets = on
    ? [...cluster.ipsets].map(([name, entries]) =>
        [
          `create PVEFW-0-${name}-v4`,
          ...entries.map((one) => `\tadd PVEFW-0-${name}-v4 ${one.cidr}${one.not ? ' nomatch' : ''}`),
        ].join('\n'),
      )
    : [];
  call.out(
    ['ipset cmdlist:', ...sets, '', 'iptables cmdlist:', ...chains, '', parts.join('\n\n'), ''].join('\n'),
  );
  // The daemon takes the files up at once here; on a node within ten seconds.
  const pending = on && !state.units['pve-firewall']?.active;
  call.out(`${pending ? 'detected changes' : 'no changes'}\n${on ? '' : 'firewall disabled\n'}`);
}

function missingGroups(cluster: FirewallFile, files: readonly FirewallFile[]): string[] {
  const asked = files.flatMap((file) => file.rules.filter((rule) => rule.type === 'group' && rule.enable));
  return asked.map((rule) => rule.action).filter((name) => !cluster.groups.has(name));
}

function ruleset(
  state: TwinState,
  cluster: FirewallFile,
  host: readonly FirewallFile[],
  guests: readonly FirewallFile[],
): string[] {
  const chain = (name: string, files: readonly FirewallFile[], policy: string) => [
    `create ${name}`,
    ...files
      .flatMap((file) => file.rules.filter((rule) => rule.enable))
      .map((rule) => `\t-A ${name} ${rule.text}`),
    `\t-A ${name} -j ${policy}`,
  ];
  const network = localNetwork(state, cluster);
  return [
    `create PVEFW-0-management-v4\n\tadd PVEFW-0-management-v4 ${network}`,
    ...chain('PVEFW-HOST-IN', host, cluster.options.get('policy_in') ?? 'DROP'),
    ...guests
      .filter(isEnabled)
      .flatMap((file) =>
        chain(
          `veth${/(\d+)\.fw$/.exec(file.path)?.[1]}i0-IN`,
          [file],
          file.options.get('policy_in') ?? 'DROP',
        ),
      ),
  ];
}

function localnet(call: Call): void {
  const { state } = call;
  const cluster = complain(call, clusterFile(state));
  const network = localNetwork(state, cluster);
  const detected = localNetwork(state, { ...cluster, aliases: new Map() });
  call.out(`local hostname: ${state.hardware.node}\n`);
  call.out(`local IP address: ${state.hardware.address.split('/')[0]}\nnetwork auto detect: ${detected}\n`);
  call.out(
    cluster.aliases.has('local_network')
      ? `using user defined local_network: ${network}\n`
      : `using detected local_network: ${network}\n`,
  );
}

function simulate(call: Call, values: ReadonlyMap<string, string>): void {
  const { state } = call;
  for (const file of [clusterFile(state), hostFile(state), ...guestFiles(state)]) complain(call, file);
  const proto = values.get('protocol') ?? 'tcp';
  const to = values.get('to') ?? 'host';
  const from = values.get('from') ?? 'outside';
  const option = (key: 'source' | 'dest' | 'dport' | 'sport') => {
    const value = values.get(key);
    return value === undefined ? {} : { [key]: value };
  };
  const packet: Packet = {
    proto,
    ...option('source'),
    ...option('dest'),
    ...option('dport'),
    ...option('sport'),
  };
  const shown: Record<string, string> = { from, to, ...packet };
  call.out('Test packet:\n');
  for (const key of ['from', 'to', 'proto', 'source', 'dest', 'dport', 'sport'])
    if (shown[key] !== undefined) call.out(`  ${key.padEnd(8)}: ${shown[key]}\n`);
  const guest = /^(?:vm|ct)(\d+)$/.exec(to)?.[1];
  if (guest !== undefined && !state.guests[guest])
    refuse(`no such ${to.slice(0, 2).toUpperCase()} '${guest}'`);
  const fate =
    guest !== undefined
      ? fateAtGuest(state, guest, packet)
      : to === 'host'
        ? fateAtHost(state, packet)
        : { action: 'ACCEPT', by: '' };
  call.out(`ACTION: ${fate.action}\n`);
}
