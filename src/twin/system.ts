/** Small system programs of the node (sysctl, ip, ifreload, hostnamectl, timedatectl …), from their manuals. */

import { bootOf } from './boot.ts';
import { type Call, type Program, refuse, type Work } from './call.ts';
import { addresses, applyInterfaces, portWarnings } from './interfaces.ts';
import { workTime } from './latency.ts';
import { managerOf } from './manager.ts';
import { modprobe } from './modules.ts';
import { answers } from './reach.ts';
import type { TwinState } from './state.ts';
import { rebootNode } from './systemctl.ts';
import { busyTitles } from './task-log.ts';
import { fail, words } from './words.ts';

const sysctl: Program = (call) => {
  const { state } = call;
  const files = Object.entries(state.files).filter(
    ([path, entry]) => /^\/etc\/sysctl(\.d\/.*)?\.conf$/.test(path) && !entry.dir,
  );
  if (call.args.some((arg) => arg === '--system' || arg.startsWith('-p')))
    for (const [, entry] of files.sort(([a], [b]) => (a < b ? -1 : 1)))
      for (const line of entry.text.split('\n')) assign(call, line);
  for (const arg of call.args.filter((one) => !one.startsWith('-') && !one.startsWith('/'))) {
    if (arg.includes('=')) assign(call, arg);
    else if (state.sysctl[arg] === undefined)
      refuse(`sysctl: cannot stat /proc/sys/${arg.replaceAll('.', '/')}: No such file or directory`, 1);
    else call.out(call.args.includes('-n') ? `${state.sysctl[arg]}\n` : `${arg} = ${state.sysctl[arg]}\n`);
  }
  return undefined;
};

function assign(call: Call, line: string): void {
  const match = /^\s*([\w./-]+)\s*=\s*(.*?)\s*$/.exec(line);
  if (!match || line.trim().startsWith('#')) return;
  call.state.sysctl[(match[1] ?? '').replaceAll('/', '.')] = match[2] ?? '';
  call.out(`${match[1]} = ${match[2]}\n`);
}

const ip: Program = (call) => {
  const json = call.args.some((arg) => /^-[a-z0-9]*j/.test(arg) || arg === '--json');
  const words = call.args.filter((arg) => !arg.startsWith('-'));
  const [object = ''] = words;
  const { gateway } = call.state.hardware;
  if (/^r(oute)?/.test(object)) {
    const route = { dst: 'default', gateway, dev: 'vmbr0' };
    call.out(
      json ? `${JSON.stringify([route])}\n` : `default via ${gateway} dev vmbr0 proto kernel onlink\n`,
    );
  } else if (/^a(ddr)?/.test(object) || /^l(ink)?/.test(object)) links(call, words, json);
  else refuse(`Object "${object}" is unknown, try "ip help".`, 1);
  return undefined;
};

function links(call: Call, words: readonly string[], json: boolean): void {
  const configured = addresses(call.state);
  const at = words.indexOf('dev');
  const only = at >= 0 ? words[at + 1] : words.slice(2).find((word) => word !== 'show');
  const names = ['lo', ...call.state.bridges].filter((name) => only === undefined || name === only);
  if (only !== undefined && names.length === 0) refuse(`Device "${only}" does not exist.`, 1);
  const rows = names.map((name) => {
    const own = name === 'lo' ? '127.0.0.1/8' : configured.find((one) => one.name === name)?.address;
    const [local = '', prefix = '24'] = own?.split('/') ?? [];
    const info =
      own === undefined
        ? []
        : [{ family: 'inet', local, prefixlen: Number(prefix), scope: name === 'lo' ? 'host' : 'global' }];
    return { ifname: name, operstate: 'UP', addr_info: info };
  });
  if (json) call.out(`${JSON.stringify(rows)}\n`);
  else
    rows.forEach((row, n) => {
      call.out(`${n + 1}: ${row.ifname}: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 state UP\n`);
      for (const one of row.addr_info)
        call.out(`    inet ${one.local}/${one.prefixlen} scope ${one.scope} ${row.ifname}\n`);
    });
}

function* ifreload(call: Call): Work {
  if (call.args.includes('-V')) return call.out(`ifupdown2:${call.state.packages.ifupdown2}\n`);
  yield workTime('ifreload -a');
  applyInterfaces(call.state);
  for (const line of portWarnings(call.state)) call.err(`${line}\n`);
}

const hostnamectl: Program = (call) => {
  const at = call.args.findIndex((arg) => arg === 'set-hostname' || arg === 'hostname');
  const name = at < 0 ? undefined : call.args[at + 1];
  if (name !== undefined) {
    if (!/^[a-zA-Z0-9]([a-zA-Z0-9.-]{0,62}[a-zA-Z0-9])?$/.test(name))
      refuse(`Could not set static hostname: Invalid hostname '${name}'`, 1);
    call.state.files['/etc/hostname'] = { text: `${name}\n`, mode: 0o644 };
    call.state.hostname = name;
  } else call.out(` Static hostname: ${call.state.files['/etc/hostname']?.text.trim()}\n`);
  return undefined;
};

const timedatectl: Program = (call) => {
  const at = call.args.indexOf('set-timezone');
  if (at < 0) {
    const short = call.args.includes('--value');
    call.out(short ? `${call.state.timezone}\n` : `Timezone=${call.state.timezone}\n`);
    return undefined;
  }
  const zone = call.args[at + 1] ?? '';
  if (!isZone(zone)) refuse(`Failed to set time zone: Invalid or not installed time zone '${zone}'`, 1);
  call.state.timezone = zone;
  return undefined;
};

function isZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }) !== undefined;
  } catch {
    return false;
  }
}

function nodeName(state: TwinState): string {
  return state.hostname ?? state.hardware.node;
}

const uname: Program = (call) => {
  const all = call.args.includes('-a');
  if (call.args.includes('-n')) call.out(`${nodeName(call.state)}\n`);
  else if (call.args.includes('-m')) call.out('x86_64\n');
  else
    call.out(
      all
        ? `Linux ${nodeName(call.state)} ${bootOf(call.state).kernel} x86_64 GNU/Linux\n`
        : call.args.includes('-r')
          ? `${bootOf(call.state).kernel}\n`
          : 'Linux\n',
    );
  return undefined;
};

/** The version in one line; `-v` with the packages that the twin knows (node-reads). */
const pveversion: Program = (call) => {
  const { state } = call;
  const { version, repoid } = managerOf(state);
  const kernel = `running kernel: ${bootOf(state).kernel}`;
  if (!call.args.some((arg) => /^(-v|--verbose)$/.test(arg))) {
    call.out(`pve-manager/${version}/${repoid} (${kernel})\n`);
    return undefined;
  }
  call.out(
    `proxmox-ve: ${version} (${kernel})\npve-manager: ${version} (running version: ${version}/${repoid})\n`,
  );
  for (const name of Object.keys(state.packages).sort()) call.out(`${name}: ${state.packages[name]}\n`);
  return undefined;
};

/** `ping -c N -W S ADDRESS`. */
const ping: Program = (call) => {
  const takes = ['-c', '-W', '-w', '-i', '-I', '-s'];
  const { operands, value } = words(call, takes);
  const [address] = operands;
  if (address === undefined) return fail(call, 'ping: usage error: Destination address required', 1);
  const count = Number(value.get('-c') ?? 1);
  const good = answers(call.state, address);
  call.out(`PING ${address} (${address}) 56(84) bytes of data.\n`);
  if (good) call.out(`64 bytes from ${address}: icmp_seq=1 ttl=64 time=0.2 ms\n`);
  call.out(
    `\n--- ${address} ping statistics ---\n${count} packets transmitted, ${good ? count : 0} received, ${good ? 0 : 100}% packet loss, time 0ms\n`,
  );
  if (!good) call.exit(1);
  return undefined;
};

/** Programs that only have to be there: they say nothing that phx reads. */
const quiet = ['sync', 'udevadm', 'depmod'];

export const systemTools: Readonly<Record<string, Program>> = {
  ...Object.fromEntries(quiet.map((name): [string, Program] => [name, () => undefined])),
  journalctl: (call) => {
    for (const event of call.state.events) call.out(`${event}\n`);
    if (call.state.events.length === 0) call.out('-- No entries --\n');
    return undefined;
  },
  hostname: (call) => {
    call.out(`${nodeName(call.state)}\n`);
    return undefined;
  },
  hostnamectl,
  ifreload,
  ip,
  modprobe,
  ping,
  pveversion,
  reboot: function* (call) {
    yield workTime('systemctl reboot');
    rebootNode(call);
  },
  sysctl,
  timedatectl,
  uname,
  /** By the whole command line (-f), as pgrep(1) has it; only workers of Proxmox can be found. */
  pgrep: (call) => {
    const flags = call.args.filter((word) => word.startsWith('-'));
    const pattern = new RegExp(call.args.find((word) => !word.startsWith('-')) ?? '');
    const found = busyTitles(call.state, call.now()).filter(({ title }) => pattern.test(title));
    for (const { pid, title } of found) call.out(flags.includes('-a') ? `${pid} ${title}\n` : `${pid}\n`);
    if (found.length === 0) call.exit(1);
    return undefined;
  },
};
