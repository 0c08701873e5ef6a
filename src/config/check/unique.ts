/** What may be there only once: names, addresses, MAC addresses, a guest's layers. It knows no file. */
import type { Path } from '../path.ts';
import { type Check, entries, type LooseGuest, type Owner, type Reporter, title } from './subject.ts';

interface Use {
  readonly owner: Owner;
  readonly title: string;
  readonly path: Path;
  readonly shown: string;
}

/** Names, addresses and MACs are used once in the whole fleet, the node's own addresses among them; layers in a guest. */
export const unique: Check = ({ hypervisor, guests }, report) => {
  const names = new Map<string, Use>();
  const addresses = new Map<string, Use>();
  const macs = new Map<string, Use>();
  const take = (what: string, taken: Map<string, Use>, key: string, use: Use): void => {
    const other = taken.get(key);
    if (other === undefined) taken.set(key, use);
    else {
      const place = report.where(other.owner, other.path);
      const message = `${what} ${use.shown} of ${use.title} is also that of ${other.title} (${place})`;
      report.error(use.owner, use.path, message, 'give one of them another');
    }
  };
  for (const [name, bridge] of entries(hypervisor?.network?.bridges)) {
    if (bridge.address === undefined) continue;
    const path = ['network', 'bridges', name, 'address'];
    const shown = bare(bridge.address);
    take('address', addresses, shown, {
      owner: 'hypervisor',
      title: `the node's bridge ${name}`,
      path,
      shown,
    });
  }
  for (const guest of guests) {
    const use = (path: Path, shown: string): Use => ({ owner: guest.id, title: title(guest), path, shown });
    const [key, name] = guest.kind === 'ct' ? ['hostname', guest.hostname] : ['name', guest.name];
    if (name !== undefined) take('name', names, name.toLowerCase(), use([key], name));
    for (const { path, ip } of addressesOf(guest)) take('address', addresses, bare(ip), use(path, bare(ip)));
    for (const { path, mac } of macsOf(guest)) take('MAC address', macs, mac.toUpperCase(), use(path, mac));
    layers(guest, report);
  }
};

/** A layer is one step, and one marker in the guest. */
function layers(guest: LooseGuest, report: Reporter): void {
  const names = (guest.layers ?? []).map((layer) => layer.name);
  for (const [index, name] of names.entries()) {
    const first = names.indexOf(name);
    if (name === undefined || first === index) continue;
    const message = `layer ${name} of ${title(guest)} is named twice, in layers.${first} and layers.${index}`;
    report.error(guest.id, ['layers', index], message, 'keep one of them');
  }
}

/** The static addresses of a guest, with their paths. */
export function addressesOf(guest: LooseGuest): { path: Path; ip: string }[] {
  const own: [string, string, string | undefined][] =
    guest.kind === 'ct'
      ? entries(guest.nets).map(([net, value]) => ['nets', net, value.ip])
      : entries(guest.ipconfig).map(([config, value]) => ['ipconfig', config, value.ip]);
  return own.flatMap(([group, name, ip]) => (ip?.includes('/') ? [{ path: [group, name, 'ip'], ip }] : []));
}

function macsOf(guest: LooseGuest): { path: Path; mac: string }[] {
  const own: [string, string, string | undefined][] =
    guest.kind === 'ct'
      ? entries(guest.nets).map(([net, value]) => [net, 'hwaddr', value.hwaddr])
      : entries(guest.nets).map(([net, value]) => [net, 'macaddr', value.macaddr]);
  return own.flatMap(([net, key, mac]) => (mac === undefined ? [] : [{ path: ['nets', net, key], mac }]));
}

function bare(cidr: string): string {
  return cidr.split('/')[0] ?? cidr;
}
