/** Whether interfaces hang on bridges that exist, with addresses that can work there. It knows no file. */
import type { Bridge } from '../fleet.ts';
import { nearest, type Path } from '../path.ts';
import { type Check, entries, type Loose, type LooseGuest, title } from './subject.ts';

/** Bridges exist; addresses lie in their bridge's subnet; gateways lie in the address's subnet. */
export const network: Check = ({ hypervisor, guests }, report) => {
  if (hypervisor !== undefined) {
    for (const [name, bridge] of entries(hypervisor.network?.bridges)) {
      const { address, gateway } = bridge;
      if (address !== undefined && gateway !== undefined && !inside(gateway, address)) {
        const path = ['network', 'bridges', name, 'gateway'];
        report.error(
          'hypervisor',
          path,
          `gateway ${gateway} is outside of the bridge's subnet ${subnet(address)}`,
        );
      }
    }
  }
  const bridges = hypervisor?.network?.bridges;
  for (const guest of guests) {
    for (const [net, value] of entries<{ readonly bridge?: string; readonly tag?: number }>(guest.nets)) {
      const name = value.bridge;
      if (name === undefined || bridges === undefined || Object.hasOwn(bridges, name)) continue;
      // What was there before phx hangs where it hung, also on a bridge that is nobody's to describe.
      if (guest.adopted) continue;
      const meant = nearest(name, Object.keys(bridges));
      const known = `bridges are ${Object.keys(bridges).join(', ') || 'not described'}: hypervisor.network.bridges`;
      report.error(
        guest.id,
        ['nets', net, 'bridge'],
        `bridge ${name} of ${title(guest)} does not exist on the node`,
        meant === undefined ? known : `did you mean '${meant}'?`,
      );
    }
    for (const face of facesOf(guest)) {
      if (face.net !== undefined && !Object.hasOwn(guest.nets ?? {}, face.net)) {
        report.error(
          guest.id,
          face.path,
          `${title(guest)} has an address for ${face.net}, but no ${face.net}`,
          `add ${face.net}`,
          'key',
        );
        continue;
      }
      const bridge = face.tag === undefined ? bridges?.[face.bridge ?? ''] : undefined;
      fits(guest, face, bridge, (key, message, hint) =>
        report.error(guest.id, [...face.path, key], message, hint),
      );
    }
  }
};

interface Face {
  readonly path: Path;
  /** The interface that a VM's address belongs to. */
  readonly net?: string;
  readonly bridge?: string | undefined;
  readonly tag?: number | undefined;
  readonly ip?: string | undefined;
  readonly gw?: string | undefined;
}

function facesOf(guest: LooseGuest): Face[] {
  if (guest.kind === 'ct') {
    return entries(guest.nets).map(([net, value]) => ({
      path: ['nets', net],
      bridge: value.bridge,
      tag: value.tag,
      ip: value.ip,
      gw: value.gw,
    }));
  }
  return entries(guest.ipconfig).map(([config, value]) => {
    const net = config.replace('ipconfig', 'net');
    const card = guest.nets?.[net];
    return {
      path: ['ipconfig', config],
      net,
      bridge: card?.bridge,
      tag: card?.tag,
      ip: value.ip,
      gw: value.gw,
    };
  });
}

function fits(
  guest: LooseGuest,
  { ip, gw }: Face,
  bridge: Loose<Bridge> | undefined,
  error: (key: string, message: string, hint?: string) => void,
): void {
  if (!ip?.includes('/')) return;
  const plain = ip.split('/')[0] ?? ip;
  if (bridge?.address !== undefined && !inside(plain, bridge.address)) {
    error(
      'ip',
      `address ${ip} of ${title(guest)} is outside of its bridge's subnet ${subnet(bridge.address)}`,
    );
  }
  if (gw === undefined) return;
  if (gw === plain) error('gw', `gateway of ${title(guest)} is its own address ${gw}`);
  else if (!inside(gw, ip))
    error('gw', `gateway ${gw} of ${title(guest)} is outside of its subnet ${subnet(ip)}`);
}

function bits(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

function block(cidr: string): { base: number; size: number; length: string } {
  const [address = '', length = '32'] = cidr.split('/');
  const size = 2 ** (32 - Number(length));
  return { base: Math.floor(bits(address) / size) * size, size, length };
}

function inside(address: string, cidr: string): boolean {
  const { base, size } = block(cidr);
  const value = bits(address);
  return value >= base && value < base + size;
}

function subnet(cidr: string): string {
  const { base, length } = block(cidr);
  const parts = [24, 16, 8, 0].map((shift) => Math.floor(base / 2 ** shift) % 256);
  return `${parts.join('.')}/${length}`;
}
