/**
 * What Proxmox writes onto a VM's cloud-init drive: user data, network, meta data, or the files that `cicustom` names
 * (B95, B96, F20; vm-cloudinit-dump). It knows no verb and nothing of what the guest does with it.
 */

import { sha1 } from '../core/digest.ts';
import { type ConfSection, parseProperties, sorted, splitList } from '../proxmox/conf.ts';
import { refuse } from './call.ts';
import { sizeOf } from './files.ts';
import type { CloudInitData, TwinState } from './state.ts';
import { enabledStorage } from './storage/storages.ts';
import { parseVolumeId, volumePath } from './storage/volumes.ts';
import { parseVmNet, vmName } from './vms.ts';

/** A snippet is at most so large, all of them three times that. */
const largest = 1024 ** 2;

/** What the drive of this VM holds from now on. */
export function cloudInitData(state: TwinState, id: number, conf: ConfSection): CloudInitData {
  const custom = snippetsOf(state, conf);
  const user = custom.get('user') ?? userData(id, conf);
  const network = custom.get('network') ?? networkData(state, conf);
  return {
    user,
    network,
    meta: custom.get('meta') ?? metaData(user, network),
    vendor: custom.get('vendor') ?? '',
  };
}

/** The files that `cicustom` names; a missing one is refused. */
function snippetsOf(state: TwinState, conf: ConfSection): Map<string, string> {
  const found = new Map<string, string>();
  let sum = 0;
  for (const [kind, volid] of parseProperties(conf.keys.get('cicustom') ?? '')) {
    const { storage, name } = parseVolumeId(volid);
    enabledStorage(state, storage);
    if (!name.startsWith('snippets/')) refuse(`'${volid}' is not in the snippets directory`);
    const entry = state.files[volumePath(state, volid)];
    if (!entry || entry.dir) return refuse(`volume '${volid}' does not exist`);
    const size = sizeOf(entry);
    sum += size;
    if (size > largest) refuse(`'${volid}' is too big (> 1 MiB)`);
    found.set(kind, entry.text);
  }
  if (sum > 3 * largest) refuse('Cloud-Init sum of snippets too big (> 3 MiB)');
  return found;
}

export function userData(id: number, conf: ConfSection): string {
  const name = vmName(id, conf);
  const search = conf.keys.get('searchdomain');
  const lines = ['#cloud-config', `hostname: ${name}`, 'manage_etc_hosts: true'];
  lines.push(`fqdn: ${search === undefined ? name : `${name}.${search}`}`);
  const [user, password, keys] = ['ciuser', 'cipassword', 'sshkeys'].map((key) => conf.keys.get(key));
  if (user !== undefined) lines.push(`user: ${user}`);
  if (password !== undefined) lines.push(`password: ${password}`);
  if (keys !== undefined) {
    lines.push('ssh_authorized_keys:');
    for (const key of decodeURIComponent(keys).split('\n'))
      if (key.trim() !== '') lines.push(`  - ${key.trim()}`);
  }
  lines.push('chpasswd:', '  expire: False');
  lines.push(user === 'root' ? 'disable_root: False' : 'users:\n  - default');
  if (conf.keys.get('ciupgrade') !== '0') lines.push('package_upgrade: true');
  return `${lines.join('\n')}\n`;
}

/** Network data of version 1, as NoCloud takes it. */
export function networkData(state: TwinState, conf: ConfSection): string {
  const lines = ['version: 1', 'config:'];
  const nets = sorted([...conf.keys.keys()].filter((key) => /^net\d+$/.test(key)));
  nets.sort((a, b) => Number(a.slice(3)) - Number(b.slice(3)));
  for (const key of nets) {
    const number = key.slice(3);
    lines.push('    - type: physical', `      name: eth${number}`);
    lines.push(`      mac_address: '${parseVmNet(conf.keys.get(key) ?? '').mac?.toLowerCase() ?? ''}'`);
    lines.push('      subnets:', ...subnets(parseProperties(conf.keys.get(`ipconfig${number}`) ?? '')));
  }
  const servers = splitList(conf.keys.get('nameserver') ?? state.hardware.gateway);
  lines.push('    - type: nameserver', '      address:', ...servers.map((one) => `      - '${one}'`));
  const search = conf.keys.get('searchdomain');
  if (search !== undefined)
    lines.push('      search:', ...splitList(search).map((one) => `      - '${one}'`));
  return `${lines.join('\n')}\n`;
}

function subnets(config: ReadonlyMap<string, string>): string[] {
  const lines: string[] = [];
  const [ip, ip6] = [config.get('ip'), config.get('ip6')];
  if (ip === 'dhcp') lines.push('      - type: dhcp4');
  else if (ip !== undefined) {
    const [address = '', bits = '32'] = ip.split('/');
    lines.push('      - type: static', `        address: '${address}'`, `        netmask: '${mask(bits)}'`);
    if (config.has('gw')) lines.push(`        gateway: '${config.get('gw')}'`);
  }
  if (ip6 === 'dhcp') lines.push('      - type: dhcp6');
  else if (ip6 === 'auto') lines.push('      - type: ipv6_slaac');
  else if (ip6 !== undefined) {
    lines.push('      - type: static6', `        address: '${ip6}'`);
    if (config.has('gw6')) lines.push(`        gateway: '${config.get('gw6')}'`);
  }
  return lines;
}

function mask(bits: string): string {
  const ones = Number(bits);
  return [0, 8, 16, 24].map((from) => 256 - 2 ** (8 - Math.min(8, Math.max(0, ones - from)))).join('.');
}

/** A new instance for cloud-init whenever one of both changes (F20). */
export function metaData(user: string, network: string): string {
  return `instance-id: ${sha1(user + network)}\n`;
}
