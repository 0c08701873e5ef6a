/** The network data that cloud-init put into a VM, of version 1 or 2: which address it gives the first interface. */

import type { Json } from '../core/json.ts';
import { parseYaml } from '../template/yaml.ts';
import type { GuestTree } from './state.ts';

export const networkPath = '/etc/netplan/50-cloud-init.yaml';

export type Mapping = Readonly<Record<string, Json | undefined>>;

/** A YAML text as a mapping; undefined when it is none. */
export function mapping(text: string): Mapping | undefined {
  try {
    const value = parseYaml(text);
    return value === null ? {} : asMapping(value);
  } catch {
    return undefined;
  }
}

function asMapping(value: Json | undefined): Mapping | undefined {
  const plain = value !== null && typeof value === 'object' && !Array.isArray(value);
  return plain ? (value as Mapping) : undefined;
}

function list(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : [];
}

export interface Network {
  /** With its prefix length, or `dhcp`. */
  ip?: string;
  gateway?: string;
}

/** Without network data an image asks for its address. */
export function networkOf(tree: GuestTree): Network {
  const text = tree.files[networkPath]?.text;
  if (text === undefined) return tree.packages['cloud-init'] === undefined ? {} : { ip: 'dhcp' };
  const whole = mapping(text);
  const data = asMapping(whole?.network) ?? whole;
  if (!data) return {};
  return data.version === 1 ? versionOne(data) : versionTwo(data);
}

function versionOne(data: Mapping): Network {
  const card = list(data.config)
    .map(asMapping)
    .find((one) => one?.type === 'physical');
  for (const subnet of list(card?.subnets).map(asMapping)) {
    if (!subnet) continue;
    if (subnet.type === 'dhcp' || subnet.type === 'dhcp4') return { ip: 'dhcp' };
    if (subnet.type !== 'static' || typeof subnet.address !== 'string') continue;
    const { address, netmask, gateway } = subnet;
    const bits = address.includes('/') ? '' : `/${bitsOf(String(netmask ?? '255.255.255.0'))}`;
    return { ip: `${address}${bits}`, ...(typeof gateway === 'string' ? { gateway } : {}) };
  }
  return {};
}

function bitsOf(netmask: string): number {
  const ones = netmask.split('.').map((part) => Number(part).toString(2).replaceAll('0', '').length);
  return ones.reduce((sum, one) => sum + one, 0);
}

function versionTwo(data: Mapping): Network {
  const card = asMapping(Object.values(asMapping(data.ethernets) ?? {})[0]);
  if (!card) return {};
  const address = list(card.addresses).find((one) => typeof one === 'string' && !one.includes(':'));
  const routes = list(card.routes).map(asMapping);
  const route = routes.find((one) => /^(default|0\.0\.0\.0\/0)$/.test(String(one?.to)));
  const gateway = card.gateway4 ?? route?.via;
  if (typeof address === 'string')
    return { ip: address, ...(typeof gateway === 'string' ? { gateway } : {}) };
  return card.dhcp4 === true ? { ip: 'dhcp' } : {};
}
