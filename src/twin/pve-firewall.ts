/** `pve-firewall`: what its verbs say about the files as they are (B149, fw-by-hand). */

import { type Call, type Program, refuse } from './call.ts';
import { type Compiled, compileFirewall } from './firewall/compile.ts';
import { isEnabled, localNetwork } from './firewall/fate.ts';
import { clusterConf, complain } from './firewall/load.ts';
import { printRuleset } from './firewall/ruleset.ts';
import { simulate } from './firewall/simulate.ts';
import type { Spec } from './formats.ts';
import { readOptions, type Verb } from './options.ts';

const place: Spec = { pattern: /^(host|outside|vm\d+|ct\d+|([a-zA-Z][a-zA-Z0-9]{0,9})\/(\S+))$/ };
const port: Spec = { type: 'integer' };
const none: Verb = { args: {}, options: {} };

const verbs: Readonly<Record<string, Verb>> = {
  compile: none,
  localnet: none,
  restart: none,
  simulate: {
    args: {},
    options: {
      ...{ dest: { format: 'ipv4' }, dport: port, from: place, protocol: { pattern: /^(tcp|udp)$/ } },
      ...{ source: { format: 'ipv4' }, sport: port, to: place, verbose: { type: 'boolean' } },
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
  const { units } = call.state;
  if (name === 'status') status(call);
  else if (name === 'compile') compile(call);
  else if (name === 'localnet') localnet(call);
  else if (name === 'simulate') tellPacket(call, values);
  else units['pve-firewall'] = { enabled: true, ...units['pve-firewall'], active: name !== 'stop' };
  return undefined;
};

function isRunning({ state }: Call): boolean {
  return state.units['pve-firewall']?.active === true;
}

/** While the daemon runs, all files are looked at. */
function status(call: Call): void {
  const running = isRunning(call);
  const cluster = running
    ? compileFirewall(call, true).cluster
    : complain(call, clusterConf(call.state, call.now() / 1000), true);
  call.out(`Status: ${isEnabled(cluster) ? 'enabled' : 'disabled'}/${running ? 'running' : 'stopped'}\n`);
}

/**
 * Mistakes are on standard error, and it ends well all the same. The daemon takes the files up at once here (on a node
 * within ten seconds): while it runs there is no change.
 */
function compile(call: Call): void {
  const made = compileFirewall(call, true);
  const action = isRunning(call) ? 'exists' : 'create';
  const parts: readonly (readonly [title: string, text: string])[] = [
    ['ipset', printRuleset(made.sets, action, true)],
    ['iptables', printRuleset(made.filter[4], action)],
    ['ip6tables', printRuleset(made.filter[6], action)],
    ['ebtables', printRuleset(made.layerTwo, action)],
    ['iptables table raw', printRuleset(made.raw[4], action)],
    ['ip6tables table raw', printRuleset(made.raw[6], action)],
  ];
  call.out(parts.map(([title, text]) => `${title} cmdlist:\n${text}`).join('\n'));
  call.out(hasChanges(call, made) ? 'detected changes\n' : 'no changes\n');
  if (!made.enabled) call.out('firewall disabled\n');
}

function hasChanges(call: Call, { enabled }: Compiled): boolean {
  return enabled && !isRunning(call);
}

function localnet(call: Call): void {
  const { state } = call;
  call.out(`local hostname: ${state.hardware.node}\n`);
  call.out(`local IP address: ${state.hardware.address.split('/')[0]}\n`);
  const cluster = complain(call, clusterConf(state, call.now() / 1000));
  const detected = localNetwork(state, { ...cluster, aliases: new Map() });
  const own = cluster.aliases.get('local_network');
  call.out(`network auto detect: ${detected}\n`);
  call.out(`using ${own ? 'user defined' : 'detected'} local_network: ${own?.cidr ?? detected}\n`);
}

function tellPacket(call: Call, values: ReadonlyMap<string, string>): void {
  const made = compileFirewall(call, values.get('verbose') === '1');
  const from = values.get('from') ?? 'outside';
  const to = values.get('to') ?? 'host';
  const proto = values.get('protocol') ?? 'tcp';
  const told = new Map([...values, ['from', from], ['to', to], ['proto', proto]]);
  call.out('Test packet:\n');
  for (const key of ['from', 'to', 'proto', 'source', 'dest', 'dport', 'sport'])
    if (told.has(key)) call.out(`  ${key.padEnd(8)}: ${told.get(key)}\n`);
  call.out(`ACTION: ${simulate(call, made, values, [from, to])}\n`);
}
