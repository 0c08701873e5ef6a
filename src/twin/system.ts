/** Small system programs of the node (sysctl, ip, ifreload, hostnamectl, timedatectl …), from their manuals. */

import { type Call, type Program, refuse, type Work } from './call.ts';
import { kernelRelease } from './fresh.ts';
import { addresses, applyInterfaces } from './interfaces.ts';
import { workTime } from './latency.ts';
import { modprobe } from './modules.ts';
import { rebootNode } from './systemctl.ts';

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
  yield workTime('ifreload -a');
  applyInterfaces(call.state);
}

function* initramfs(call: Call): Work {
  yield workTime('update-initramfs');
  call.out(`update-initramfs: Generating /boot/initrd.img-${kernelRelease}\n`);
}

const hostnamectl: Program = (call) => {
  const at = call.args.findIndex((arg) => arg === 'set-hostname' || arg === 'hostname');
  const name = at < 0 ? undefined : call.args[at + 1];
  if (name !== undefined) call.state.files['/etc/hostname'] = { text: `${name}\n`, mode: 0o644 };
  else call.out(` Static hostname: ${call.state.files['/etc/hostname']?.text.trim()}\n`);
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

const uname: Program = (call) => {
  const all = call.args.includes('-a');
  if (call.args.includes('-n')) call.out(`${call.state.hardware.node}\n`);
  else if (call.args.includes('-m')) call.out('x86_64\n');
  else
    call.out(
      all
        ? `Linux ${call.state.hardware.node} ${kernelRelease} x86_64 GNU/Linux\n`
        : call.args.includes('-r')
          ? `${kernelRelease}\n`
          : 'Linux\n',
    );
  return undefined;
};

/** Programs that only have to be there: they say nothing that phx reads. */
const quiet = ['update-grub', 'proxmox-boot-tool', 'pve-firewall', 'sync', 'udevadm', 'depmod'];

export const systemTools: Readonly<Record<string, Program>> = {
  ...Object.fromEntries(quiet.map((name): [string, Program] => [name, () => undefined])),
  hostname: (call) => {
    call.out(`${call.state.hardware.node}\n`);
    return undefined;
  },
  hostnamectl,
  ifreload,
  ip,
  modprobe,
  reboot: function* (call) {
    yield workTime('systemctl reboot');
    rebootNode(call);
  },
  sysctl,
  timedatectl,
  uname,
  // No worker outlives the process that simulates the node.
  pgrep: (call) => {
    call.exit(1);
    return undefined;
  },
  'update-initramfs': initramfs,
};
