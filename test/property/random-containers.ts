/** Random containers as a file of the configuration may hold them, over most fields that it can have; all are valid. */

import fc from 'fast-check';
import { common, type GuestText, mac, switches } from './random-guest.ts';

/** The first card is one that works: a running container is waited for until it has its address. */
const net = (at: number) =>
  fc
    .record(
      {
        name: fc.constant(`eth${at}`),
        bridge: at === 0 ? fc.constant('vmbr0') : fc.constantFrom('vmbr0', 'vmbr1'),
        hwaddr: mac(at),
        ip: fc.constantFrom('dhcp', `10.0.0.${100 + at}/24`, ...(at === 0 ? [] : ['manual'])),
        gw: fc.constant('10.0.0.1'),
        ip6: fc.constantFrom('auto', 'dhcp', 'manual', `fd00::${at + 2}/64`),
        gw6: fc.constant('fd00::1'),
        tag: fc.integer({ min: 1, max: 4094 }),
        mtu: fc.integer({ min: 64, max: 1500 }),
        rate: fc.constantFrom(0.5, 1, 12, 12.5),
        trunks: fc.uniqueArray(fc.integer({ min: 1, max: 4094 }), { minLength: 1, maxLength: 3 }),
        type: fc.constant('veth'),
        ...switches('firewall', 'host-managed'),
        ...(at === 0 ? {} : switches('link_down')),
      },
      { requiredKeys: ['name', 'bridge', 'ip'], noNullPrototype: true },
    )
    .map(({ gw, gw6, ...rest }) => ({
      ...rest,
      // A gateway stands beside a fixed address only.
      ...(gw && rest.ip?.includes('/') ? { gw } : {}),
      ...(gw6 && rest.ip6?.includes('/') ? { gw6 } : {}),
    }));

const mountOptions = {
  mountoptions: fc.uniqueArray(fc.constantFrom('discard', 'lazytime', 'noatime', 'nodev', 'nosuid'), {
    minLength: 1,
    maxLength: 3,
  }),
  idmap: fc.constantFrom('passthrough', 'u:0:100000:65536;g:0:100000:65536'),
  ...switches('acl', 'replicate', 'ro', 'shared'),
};

/** Its storage follows from its path: a mount never moves. */
const mount = (at: number) =>
  fc.oneof(
    fc.record(
      {
        mp: fc.constant(`/data/${at}`),
        storage: fc.constant(at % 2 === 0 ? 'ct' : 'files'),
        size: fc.integer({ min: 1, max: 4 }),
        ...switches('backup', 'keepattrs'),
        ...mountOptions,
      },
      { requiredKeys: ['mp', 'storage', 'size'], noNullPrototype: true },
    ),
    fc.record(
      {
        mp: fc.constant(`/shared/${at}`),
        source: fc.constant(`/srv/two words ${at}`),
        ...{ owner: fc.constantFrom(0, 1000), group: fc.constantFrom(0, 1000) },
        mode: fc.constantFrom('0750', '0755'),
        ...mountOptions,
      },
      { requiredKeys: ['mp', 'source'], noNullPrototype: true },
    ),
  );

const device = (path: string) =>
  fc.record(
    {
      path: fc.constant(path),
      mode: fc.constantFrom('0660', '0666'),
      ...{ uid: fc.nat(1000), gid: fc.nat(1000) },
      ...switches('deny-write'),
    },
    { requiredKeys: ['path'], noNullPrototype: true },
  );

const lines = ['lxc.cap.drop: sys_time', 'lxc.cap.drop = sys_module', 'lxc.mount.auto: proc:rw'];

export const containers: fc.Arbitrary<GuestText> = fc
  .record(
    {
      ...common,
      hostname: fc.constantFrom('web', 'db-1', 'a.b.c'),
      swap: fc.integer({ min: 0, max: 4096 }),
      cpulimit: fc.constantFrom(0, 0.5, 1, 12.25),
      cpuunits: fc.integer({ min: 1, max: 10_000 }),
      rootfs: fc.record(
        { storage: fc.constant('ct'), size: fc.integer({ min: 1, max: 4 }), ...mountOptions },
        { requiredKeys: ['storage', 'size'], noNullPrototype: true },
      ),
      ostype: fc.constantFrom('debian', 'alpine', 'unmanaged'),
      arch: fc.constantFrom('amd64', 'i386'),
      timezone: fc.constantFrom('host', 'Europe/Berlin', 'America/Argentina/Buenos_Aires'),
      tty: fc.nat(6),
      cmode: fc.constantFrom('tty', 'console', 'shell'),
      hookscript: fc.constantFrom('iso:snippets/a.sh', 'iso:snippets/b.sh'),
      entrypoint: fc.constantFrom('/sbin/init', '/bin/app --port 80'),
      env: fc.dictionary(
        fc.constantFrom('A', 'MODE'),
        fc.constantFrom('', 'x', 'a=b c', 'it\'s \u00fc \\ "q"'),
        {
          noNullPrototype: true,
        },
      ),
      lxc: fc.subarray(lines),
      features: fc.record(
        {
          ...switches('nesting', 'keyctl', 'fuse', 'mknod', 'force_rw_sys'),
          mount: fc.subarray(['nfs', 'cifs']),
        },
        { requiredKeys: [], noNullPrototype: true },
      ),
      ...switches('console', 'debug'),
      net0: net(0),
      net1: net(1),
      net31: net(31),
      mp0: mount(0),
      mp3: mount(3),
      mp255: mount(255),
      dev0: device('/dev/null'),
      dev9: device('/dev/fuse'),
    },
    { requiredKeys: ['hostname', 'memory', 'rootfs', 'restart', 'state', 'net0'], noNullPrototype: true },
  )
  .map((keys) => ({
    id: 950,
    kind: 'ct',
    ostemplate: 'iso:vztmpl/ubuntu-24.04-standard_24.04-2_amd64.tar.zst',
    ...keys,
  }));
