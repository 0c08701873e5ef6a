/** Interfaces of a running container, as the node sees them (pvesh-reads). */

import { parseProperties } from '../../proxmox/conf.ts';
import type { Guest } from '../guests.ts';
import type { DataRow } from '../tables.ts';

/** Empty for a stopped one. */
export function interfacesOf({ conf, state }: Guest): DataRow[] {
  if (!state.running) return [];
  const own = [...conf.keys].filter(([key]) => /^net\d+$/.test(key)).map(([, text]) => cardOf(text));
  return [card('lo', '00:00:00:00:00:00', '127.0.0.1/8', '::1/128'), ...own];
}

function cardOf(text: string): DataRow {
  const net = parseProperties(text);
  const address = (value: string | undefined) => (value?.includes('/') ? value : undefined);
  return card(
    net.get('name') ?? '',
    (net.get('hwaddr') ?? '').toLowerCase(),
    address(net.get('ip')),
    address(net.get('ip6')),
  );
}

function card(name: string, mac: string, inet: string | undefined, inet6: string | undefined): DataRow {
  const entry = (type: string, text: string | undefined) => {
    const [ip = '', prefix = ''] = text?.split('/') ?? [];
    return text === undefined ? [] : [{ 'ip-address': ip, 'ip-address-type': type, prefix }];
  };
  return {
    name,
    hwaddr: mac,
    'hardware-address': mac,
    ...(inet === undefined ? {} : { inet }),
    ...(inet6 === undefined ? {} : { inet6 }),
    'ip-addresses': [...entry('inet', inet), ...entry('inet6', inet6)],
  };
}
