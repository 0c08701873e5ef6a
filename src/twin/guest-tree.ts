/** What is inside a guest: the content of a template, what Proxmox writes into it at create and start (B71). It knows no verb. */

import { type ConfSection, parseProperties, sorted } from '../proxmox/conf.ts';
import { exists, makeDirs } from './files.ts';
import { hostnameOf, mountsOf } from './guests.ts';
import type { FileEntry, GuestTree, TwinState } from './state.ts';

/** First line of the content of an archive on the twin: `phx-twin archive <ostype>`. Other content is no archive. */
export const archiveMark = 'phx-twin archive';

const dirs = [
  '/',
  '/etc',
  '/etc/apt/sources.list.d',
  '/etc/network',
  '/etc/systemd/system',
  '/home',
  '/mnt',
  '/opt',
  '/root',
  '/srv',
].concat([
  '/tmp',
  '/usr/bin',
  '/usr/local/bin',
  '/usr/share/keyrings',
  '/var/lib',
  '/var/log',
  '/proc',
  '/sys',
]);

const release: Record<string, string> = { debian: '12.7', ubuntu: '24.04', alpine: '3.20' };

/** A fresh root file system of a distribution. */
export function freshTree(ostype: string): GuestTree {
  const files: Record<string, FileEntry> = {};
  for (const path of dirs) files[path] = { text: '', mode: 0o755, dir: true };
  const put = (path: string, text: string, mode = 0o644) => {
    files[path] = { text, mode };
  };
  put('/etc/passwd', 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/sbin/nologin\n');
  put('/etc/os-release', `ID=${ostype}\nVERSION_ID="${release[ostype] ?? '1'}"\n`);
  if (ostype === 'debian') put('/etc/debian_version', `${release.debian}\n`);
  put('/proc/version', 'Linux version 6.8.12-4-pve\n', 0o444);
  const packages: Record<string, string> =
    ostype === 'alpine'
      ? { busybox: '1.36.1-r29' }
      : { apt: '2.6.1', bash: '5.2.15-2+b7', systemd: '252.31-1~deb12u1' };
  const units: Record<string, boolean> =
    ostype === 'alpine' ? {} : { 'systemd-journald': true, networking: true };
  return { files, packages, units, ports: [], events: [] };
}

/** A disk without a system. */
export function bareTree(): GuestTree {
  return { files: {}, packages: {}, units: {}, ports: [], events: [] };
}

/** Is there a system on it? */
export function hasSystem(tree: GuestTree): boolean {
  return tree.files['/etc/os-release'] !== undefined;
}

/** What a cloud image of a distribution holds: cloud-init, an SSH server, no agent. */
export function cloudTree(ostype: string): GuestTree {
  const tree = freshTree(ostype);
  for (const name of ['cloud-init', 'openssh-server', 'sudo']) tree.packages[name] = '1.0-1';
  if (ostype === 'ubuntu') tree.packages['netplan.io'] = '1.0-1';
  tree.units.ssh = true;
  return tree;
}

/** An independent copy. */
export function copyTree(tree: GuestTree): GuestTree {
  return structuredClone(tree);
}

/** Writes hostname, hosts, resolv.conf, time zone and network file from the conf, and makes the mount points. */
export function setUpTree(state: TwinState, id: number, conf: ConfSection, tree: GuestTree): void {
  const hostname = hostnameOf(id, conf);
  const put = (path: string, text: string) => {
    tree.files[path] = { text, mode: 0o644 };
  };
  put('/etc/hostname', `${hostname}\n`);
  put('/etc/hosts', `127.0.0.1 localhost\n127.0.1.1 ${hostname}\n`);
  put('/etc/resolv.conf', resolvFile(state, conf));
  for (const { properties } of mountsOf(conf)) {
    const path = properties.get('mp');
    if (path?.startsWith('/') && !exists(tree.files, path)) makeDirs(tree.files, path);
  }
  const zone = conf.keys.get('timezone');
  if (zone) put('/etc/timezone', `${zone === 'host' ? state.timezone : zone}\n`);
  if (conf.keys.get('ostype') !== 'unmanaged') put('/etc/network/interfaces', interfacesFile(conf));
}

function resolvFile(state: TwinState, conf: ConfSection): string {
  const search = conf.keys.get('searchdomain');
  const servers = conf.keys.get('nameserver')?.split(/\s+/) ?? [state.hardware.gateway];
  const lines = [...(search ? [`search ${search}`] : []), ...servers.map((server) => `nameserver ${server}`)];
  return `# --- BEGIN PVE ---\n${lines.join('\n')}\n# --- END PVE ---\n`;
}

function interfacesFile(conf: ConfSection): string {
  let text =
    'auto lo\niface lo inet loopback\niface lo inet6 loopback\n\n# interfaces(5) file used by ifup(8) and ifdown(8)\n' +
    '# Include files from /etc/network/interfaces.d:\nsource /etc/network/interfaces.d/*\n\n';
  for (const key of sorted(conf.keys.keys())) {
    if (!/^net\d+$/.test(key)) continue;
    const net = parseProperties(conf.keys.get(key) ?? '');
    const ip = net.get('ip');
    if (ip === undefined) continue;
    text += `auto ${net.get('name')}\n`;
    if (ip === 'dhcp' || ip === 'manual') text += `iface ${net.get('name')} inet ${ip}\n\n`;
    else {
      const gateway = net.get('gw');
      text += `iface ${net.get('name')} inet static\n\taddress ${ip}\n${gateway ? `\tgateway ${gateway}\n` : ''}\n`;
    }
  }
  return text;
}
