/** Step `dns`: a name server on the node (dnsmasq) that knows the fleet's guests by name, and asks others for the rest. */

import type { Dns, Fleet } from '../../src/config/fleet.ts';
import type { PhxTask } from '../../src/config/project.ts';
import { networkTask } from '../guest/names.ts';
import { installPackages, packagesTask } from './apt.ts';
import { checkStaged, complaintOf, fileProbe, fileScope, keepFile, managedMark } from './files.ts';

export const dnsTask = 'hypervisor/dns';
const conf = '/etc/dnsmasq.d/phx.conf';
const unit = 'dnsmasq.service';

interface DnsSlice extends Dns {
  /** Name → address of every guest with a fixed one. */
  readonly guests: Readonly<Record<string, string>>;
  readonly listen: readonly string[];
}

export function dnsStep(dns: Dns, fleet: Fleet): PhxTask {
  const listen = Object.values(fleet.hypervisor.network.bridges).flatMap(({ address }) =>
    address ? [address.replace(/\/.*$/, '')] : [],
  );
  return {
    id: dnsTask,
    target: 'hypervisor',
    title: `name server for ${dns.domain}`,
    revision: '1',
    config: {
      domain: dns.domain,
      upstream: dns.upstream,
      records: dns.records,
      guests: addressesOf(fleet),
      listen,
    },
    dependencies: [
      { task: packagesTask, kind: 'order' },
      { task: networkTask, kind: 'order' },
    ],
    outputs: { conf: fileProbe(conf), running: (facts) => facts.units.get(unit)?.active ?? false },
    pools: ['apt:host'],
    touches: ['host', fileScope(conf), `unit:${unit}`],
    run: async (context) => {
      await installPackages(context, ['dnsmasq']);
      const text = confText(context.config as unknown as DnsSlice);
      if (context.facts().files.get(conf) !== text) {
        await checkStaged(context, 'dnsmasq.conf', text, (path) =>
          complaintOf(context, ['dnsmasq', '--test', '-C', path]),
        );
      }
      const wrote = await keepFile(context, conf, text);
      const { units } = await context.refresh([`unit:${unit}`]);
      if (!units.get(unit)?.enabled) await context.run(['systemctl', 'enable', unit], { undo: 'nothing' });
      if (wrote || !units.get(unit)?.active)
        await context.run(['systemctl', 'restart', unit], { undo: 'again' });
      return undefined;
    },
  };
}

function addressesOf({ guests }: Fleet): Record<string, string> {
  const known = Object.values(guests).flatMap((guest): [string, string][] => {
    const name = guest.kind === 'ct' ? guest.hostname : guest.name;
    const first = guest.kind === 'ct' ? Object.values(guest.nets)[0] : Object.values(guest.ipconfig)[0];
    return first?.ip?.includes('/') ? [[name, first.ip.replace(/\/.*$/, '')]] : [];
  });
  return Object.fromEntries(known);
}

/** dnsmasq(8): `host-record` answers both ways; names of the domain are never asked for elsewhere. */
function confText({ domain, upstream, records, guests, listen }: DnsSlice): string {
  const hosts = Object.entries({ ...guests, ...records }).map(([name, address]) =>
    name.includes('.')
      ? `host-record=${name},${address}`
      : `host-record=${name}.${domain},${name},${address}`,
  );
  const lines = [
    managedMark,
    'bind-dynamic',
    ...['127.0.0.1', ...listen].map((address) => `listen-address=${address}`),
    'no-resolv',
    'domain-needed',
    'bogus-priv',
    `domain=${domain}`,
    `local=/${domain}/`,
    ...upstream.map((server) => `server=${server}`),
    ...hosts,
  ];
  return `${lines.join('\n')}\n`;
}
