/** Random containers as a configuration may hold them, for properties that must hold for all of them. */

import fc from 'fast-check';
import type { Container, ContainerNet } from '../../src/config/fleet.ts';

const optional = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(value, { nil: undefined });
const byte = fc.integer({ min: 1, max: 254 });
const mac = fc.tuple(...Array.from({ length: 5 }, () => fc.nat(255)), fc.boolean()).map(([...parts]) => {
  const lower = parts.pop() === true;
  const text = ['bc', ...parts.map((part) => Number(part).toString(16).padStart(2, '0'))].join(':');
  return lower ? text : text.toUpperCase();
});

const net: fc.Arbitrary<ContainerNet> = fc
  .record(
    {
      name: fc.constantFrom('eth0', 'eth1', 'lan'),
      bridge: fc.constantFrom('vmbr0', 'vmbr1'),
      hwaddr: mac,
      ip: fc.oneof(
        fc.constantFrom('dhcp', 'manual'),
        fc.tuple(byte, byte).map(([a, b]) => `10.0.${a}.${b}/16`),
      ),
      gw: byte.map((last) => `10.0.0.${last}`),
      firewall: fc.boolean(),
      link_down: fc.boolean(),
      tag: fc.integer({ min: 1, max: 4094 }),
      // Not above that of the bridge.
      mtu: fc.integer({ min: 64, max: 1500 }),
      rate: fc.constantFrom(0.5, 12, 12.5),
      ip6: fc.constantFrom('auto', 'dhcp', 'fd00::5/64'),
      trunks: fc.uniqueArray(fc.integer({ min: 1, max: 4094 }), { minLength: 1, maxLength: 3 }),
      type: fc.constant('veth' as const),
    },
    { requiredKeys: ['name', 'bridge'] },
  )
  // A gateway stands beside a fixed address only.
  .map(({ gw, ...rest }) => (rest.ip?.includes('/') && gw ? { ...rest, gw } : rest));

const device = fc.record(
  {
    path: fc.constantFrom('/dev/null', '/dev/fuse', '/dev/net/tun'),
    mode: fc.constantFrom('0660', '0666'),
    uid: fc.nat(1000),
    gid: fc.nat(1000),
    'deny-write': fc.boolean(),
  },
  { requiredKeys: ['path'] },
);

const words = fc.string({ unit: 'grapheme', maxLength: 20 });

/** The keys that are sent to Proxmox; what makes a container (template, root) is always the same. */
export const containers: fc.Arbitrary<Container> = fc
  .record({
    hostname: fc.constantFrom('web', 'db-1', 'a.b.c'),
    memory: fc.integer({ min: 16, max: 1 << 20 }),
    swap: fc.integer({ min: 0, max: 4096 }),
    cores: optional(fc.integer({ min: 1, max: 128 })),
    cpulimit: optional(fc.constantFrom(0.5, 1, 12.25)),
    cpuunits: optional(fc.integer({ min: 0, max: 500_000 })),
    onboot: optional(fc.boolean()),
    debug: optional(fc.boolean()),
    arch: optional(fc.constantFrom('amd64' as const, 'arm64' as const)),
    ostype: optional(fc.constantFrom('debian' as const, 'alpine' as const)),
    console: optional(fc.boolean()),
    tty: optional(fc.integer({ min: 0, max: 6 })),
    cmode: optional(fc.constantFrom('tty' as const, 'console' as const, 'shell' as const)),
    timezone: optional(fc.constantFrom('host', 'Europe/Berlin')),
    searchdomain: optional(fc.constantFrom('lan', 'lan.example.org')),
    nameserver: optional(
      fc.array(
        byte.map((last) => `10.0.0.${last}`),
        { minLength: 1, maxLength: 3 },
      ),
    ),
    startup: optional(
      fc.record({ order: fc.nat(99), up: fc.nat(99), down: fc.nat(99) }, { requiredKeys: [] }),
    ),
    features: optional(
      fc.record(
        {
          ...{ nesting: fc.boolean(), keyctl: fc.boolean(), fuse: fc.boolean(), mknod: fc.boolean() },
          mount: fc.subarray(['nfs', 'cifs']),
          force_rw_sys: fc.boolean(),
        },
        { requiredKeys: [] },
      ),
    ),
    tags: optional(fc.array(fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.+-]{0,5}$/), { maxLength: 4 })),
    description: optional(fc.array(words, { maxLength: 4 }).map((lines) => lines.join('\n'))),
    devs: fc.dictionary(fc.constantFrom('dev0', 'dev7', 'dev255'), device, { noNullPrototype: true }),
    nets: fc.dictionary(fc.constantFrom('net0', 'net1', 'net31'), net, { noNullPrototype: true }),
  })
  .map(
    (keys) =>
      ({
        ...{ kind: 'ct', id: 950, ostemplate: 'iso:vztmpl/u', unprivileged: true, state: 'running' },
        ...{ rootfs: { storage: 'quick', size: 8 }, layers: [], dependencies: [], drift: 'mend' },
        ...{ ignore: [], mounts: {}, gpus: [] },
        ...Object.fromEntries(Object.entries(keys).filter(([, value]) => value !== undefined)),
      }) as unknown as Container,
  );
