/**
 * Steps `hostname`, `hosts` and `resolver`: the node's name, the names it knows by itself, and the servers that it asks.
 * The node's own name must lead to its address on the network: Proxmox's cluster file system refuses a loopback address.
 */

import { isIP } from 'node:net';
import type { Hypervisor } from '../../src/config/fleet.ts';
import type { PhxTask } from '../../src/config/project.ts';
import type { Assessment, Dependency } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { dnsTask } from './dns.ts';
import { fileProbe, fileScope, keepFile, lookAt, managedMark } from './files.ts';
import { noteReboot, rebootScope } from './reboot.ts';

export const hostnameTask = 'hypervisor/hostname';
const hostsTask = 'hypervisor/hosts';

export function hostnameStep(hostname: string): PhxTask {
  return {
    id: hostnameTask,
    target: 'hypervisor',
    title: `host name ${hostname}`,
    revision: '1',
    config: { hostname },
    // The new name has to lead somewhere before the node is called so.
    dependencies: [{ task: hostsTask, kind: 'order' }],
    outputs: { name: (facts) => facts.host.node.name },
    assess: ({ facts }) => renameWithGuests(hostname, facts),
    touches: ['host', rebootScope],
    run: async (context) => {
      const before = context.facts().host.node.name;
      const wanted = String(context.config.hostname);
      if (before !== wanted) {
        await context.run(['hostnamectl', 'set-hostname', wanted], {
          undo: ['hostnamectl', 'set-hostname', before],
        });
        // The cluster file system has taken its name when it was started: its folders and certificates are of that.
        await noteReboot(context, `Proxmox goes by the name ${wanted} from the next boot on`);
      }
      return undefined;
    },
  };
}

/** Guests belong to the node's name: their files lie below /etc/pve/nodes/<name>, and stay there after a new one. */
function renameWithGuests(hostname: string, { host, guests }: Facts): Assessment | undefined {
  if (host.node.name === hostname || guests.size === 0) return undefined;
  return {
    verdict: 'blocked',
    problem: {
      title: 'A node with guests on it cannot be renamed in place',
      facts: [
        ['name', host.node.name],
        ['wanted', hostname],
        ['guests', String(guests.size)],
      ],
      hint: 'Its guests would be lost from sight. Keep the name, or move the guests away first.',
      command: 'phx config hypervisor',
    },
  };
}

const hostsFile = '/etc/hosts';
/** Ends each line that is ours, in a file that a person's lines stay in. */
const lineMark = '# managed by phx';

export function hostsStep({ hostname, network }: Hypervisor): PhxTask {
  const address = Object.values(network.bridges).find((bridge) => bridge.address)?.address;
  const own = hostname && address ? { name: hostname, address: address.replace(/\/.*$/, '') } : undefined;
  return {
    id: hostsTask,
    target: 'hypervisor',
    title: 'names in /etc/hosts',
    revision: '1',
    config: {
      hosts: network.hosts,
      ...(own ? { own } : {}),
      ...(network.domain ? { domain: network.domain } : {}),
    },
    dependencies: [],
    outputs: { lines: (facts) => ownLines(facts.files.get(hostsFile) ?? '') },
    touches: [fileScope(hostsFile)],
    run: async (context) => {
      const { hosts, own: self, domain } = { ...context.config } as unknown as HostsSlice;
      const present = (await lookAt(context, hostsFile)) ?? '127.0.0.1 localhost\n';
      const lines = [
        ...(self ? [[self.address, ...namesOf(self.name, domain)]] : []),
        ...Object.entries(hosts).map(([name, to]) => [to, ...namesOf(name, domain)]),
      ];
      await keepFile(context, hostsFile, withHosts(present, lines));
      return undefined;
    },
  };
}

interface HostsSlice {
  readonly hosts: Readonly<Record<string, string>>;
  readonly own?: { readonly name: string; readonly address: string };
  readonly domain?: string;
}

/** Full name first, as hosts(5) advises. */
function namesOf(name: string, domain: string | undefined): string[] {
  return domain && !name.includes('.') ? [`${name}.${domain}`, name] : [name];
}

function ownLines(text: string): string[] {
  return text.split('\n').filter((line) => line.endsWith(lineMark));
}

/** The file with our lines; another line loses the names that ours give an address, and goes when it has no more. */
export function withHosts(text: string, lines: readonly (readonly string[])[]): string {
  const taken = new Set(lines.flatMap(([, ...names]) => names));
  const others = text
    .replace(/\n$/, '')
    .split('\n')
    .filter((line) => !line.endsWith(lineMark))
    .flatMap((line) => {
      const [address = '', ...names] = line.replace(/#.*$/, '').trim().split(/\s+/);
      if (isIP(address) === 0 || !names.some((name) => taken.has(name))) return [line];
      const left = names.filter((name) => !taken.has(name));
      return left.length > 0 ? [[address, ...left].join(' ')] : [];
    });
  return `${[...others, ...lines.map((line) => `${line.join(' ')} ${lineMark}`)].join('\n')}\n`;
}

const resolvConf = '/etc/resolv.conf';

export function resolverStep({ network, dns }: Hypervisor): PhxTask {
  const ownServer: Dependency<Facts>[] = dns ? [{ task: dnsTask, kind: 'order' }] : [];
  return {
    id: 'hypervisor/resolver',
    target: 'hypervisor',
    title: 'name servers of the node',
    revision: '1',
    config: {
      nameservers: [...(dns ? ['127.0.0.1'] : []), ...network.nameservers],
      ...(network.domain ? { domain: network.domain } : {}),
    },
    // A node that asks itself must have a server that answers first: without one it could not even install it.
    dependencies: ownServer,
    outputs: { resolver: fileProbe(resolvConf) },
    touches: [fileScope(resolvConf)],
    run: async (context) => {
      const { nameservers, domain } = { ...context.config } as { nameservers: string[]; domain?: string };
      const lines = [
        ...(domain ? [`search ${domain}`] : []),
        ...nameservers.map((server) => `nameserver ${server}`),
      ];
      await keepFile(context, resolvConf, `${[managedMark, ...lines].join('\n')}\n`);
      return undefined;
    },
  };
}
