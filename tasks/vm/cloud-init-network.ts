/** Network data of version 2, as NoCloud and netplan read it, from a VM's interfaces. Pure; it knows no file. */

import type { CloudNet, CloudRoute, IpConfig } from '../../src/config/fleet.ts';
import type { Json } from '../../src/core/json.ts';
import { inRange, parseIp, parseNetwork } from '../../src/proxmox/ip.ts';
import { type Document, said } from './cloud-init-merge.ts';

export interface Interfaces {
  /** MAC address by Proxmox name. */
  readonly macs: Readonly<Record<string, string>>;
  readonly ipconfig: Readonly<Record<string, IpConfig>>;
  /** By Proxmox name. */
  readonly network: Readonly<Record<string, CloudNet>>;
  readonly nameservers: readonly string[];
  readonly searchdomain?: string;
}

/**
 * Each interface is found by its MAC address and called eth0 … by its number, as Proxmox itself calls them: a name that the
 * kernel gives would be a guess, and without a name ifupdown could not find it.
 */
export function networkFields(interfaces: Interfaces): Document {
  const names = Object.keys(interfaces.macs).sort((a, b) => numberOf(a) - numberOf(b));
  const nets = new Map(names.map((name) => [name, netOf(name, interfaces)]));
  const [first] = names;
  // Where nothing is said of any interface, the first one asks, as the image itself would.
  if (first !== undefined && [...nets.values()].every((net) => Object.keys(net).length === 0))
    nets.set(first, { dhcp4: true });
  const asked = resolverOf(nets);
  const ethernets = names.map((name) => {
    const net = nets.get(name) ?? {};
    const servers = net.nameservers ?? (name === asked ? nameserversOf(interfaces) : undefined);
    return [`eth${numberOf(name)}`, ethernet(name, interfaces.macs[name] ?? '', net, servers)] as const;
  });
  return { ethernets: Object.fromEntries(ethernets) };
}

const numberOf = (name: string): number => Number(name.replace(/^\D+/, ''));

/** What the interface's ipconfig says, and over it what `network` says of it. */
function netOf(name: string, { ipconfig, network }: Interfaces): CloudNet {
  const { ip, gw, ip6, gw6 } = ipconfig[`ipconfig${numberOf(name)}`] ?? {};
  const own = network[name] ?? {};
  const fixed = [ip, ip6].filter((one) => one?.includes('/')) as string[];
  const addresses = [...new Set([...fixed, ...(own.addresses ?? [])])];
  const gateways = [gw, gw6].filter((via) => via !== undefined);
  const routes = [...gateways.map((via): CloudRoute => ({ to: 'default', via })), ...(own.routes ?? [])];
  return {
    ...(ip === 'dhcp' ? { dhcp4: true } : {}),
    ...(ip6 === 'dhcp' ? { dhcp6: true } : {}),
    ...(ip6 === 'auto' ? { 'accept-ra': true } : {}),
    ...own,
    ...(addresses.length > 0 ? { addresses } : {}),
    ...(routes.length > 0 ? { routes } : {}),
  };
}

function nameserversOf({ nameservers, searchdomain }: Interfaces): CloudNet['nameservers'] {
  const addresses = nameservers.length > 0 ? { addresses: nameservers } : {};
  const search = searchdomain === undefined ? {} : { search: [searchdomain] };
  return nameservers.length === 0 && searchdomain === undefined ? undefined : { ...addresses, ...search };
}

/** The interface over which names are asked for: the one towards the world, else the first with an address. */
function resolverOf(nets: ReadonlyMap<string, CloudNet>): string | undefined {
  const all = [...nets];
  const outward = ({ routes = [], dhcp4, dhcp6 }: CloudNet) =>
    dhcp4 === true || dhcp6 === true || routes.some(isDefault);
  const reached = (net: CloudNet) => (net.addresses ?? []).length > 0 || net['accept-ra'] === true;
  return (all.find(([, net]) => outward(net)) ?? all.find(([, net]) => reached(net)))?.[0];
}

function isDefault({ to }: CloudRoute): boolean {
  return to === 'default' || /^(0\.0\.0\.0|::)\/0$/.test(to);
}

function ethernet(name: string, mac: string, net: CloudNet, servers: CloudNet['nameservers']): Document {
  const { dhcp4, dhcp6, addresses = [], routes = [], mtu, optional } = net;
  // A card that is not spoken of must not hold up the boot.
  const idle = addresses.length === 0 && !dhcp4 && !dhcp6 && net['accept-ra'] !== true;
  return said({
    match: { macaddress: mac.toLowerCase() },
    'set-name': `eth${numberOf(name)}`,
    dhcp4,
    dhcp6,
    'accept-ra': net['accept-ra'],
    mtu,
    optional: optional ?? (idle ? true : undefined),
    addresses: addresses.length > 0 ? addresses : undefined,
    routes: routes.length > 0 ? routes.map((route) => routeOf(route, addresses)) : undefined,
    nameservers: servers as unknown as Json | undefined,
  });
}

/** `default` by its network: older readers do not know the word. A gateway outside of all networks is on the link. */
function routeOf({ to, via, metric, ...rest }: CloudRoute, addresses: readonly string[]): Json {
  const six = via.includes(':');
  const gateway = parseIp(via);
  const networks = addresses.flatMap((address) => parseNetwork(address) ?? []);
  const own = networks.filter(({ version }) => version === gateway?.version);
  const outside = gateway !== undefined && own.length > 0 && !own.some((range) => inRange(gateway, range));
  const local = six && /^fe[89ab]/i.test(via);
  return said({
    to: to === 'default' ? (six ? '::/0' : '0.0.0.0/0') : to,
    via,
    metric,
    'on-link': rest['on-link'] ?? (outside && !local ? true : undefined),
  });
}
