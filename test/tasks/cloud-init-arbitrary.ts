/** Any VM's cloud-init that the configuration allows, for tests that hold it against something. */

import fc from 'fast-check';
import type { Wish } from './cloud-init-subject.ts';

const maybe: { requiredKeys: never[] } = { requiredKeys: [] };
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.constantFrom(
    'yes',
    '0644',
    '1:20:30',
    '=',
    '<<',
    '~',
    'null',
    '.5',
    '1e3',
    '0x1f',
    '2001-01-01',
    '- a',
    'a: b',
  ),
  fc.constantFrom(
    'line\nline\n',
    ' lead',
    'trail ',
    '#c',
    '\n',
    '',
    '\t',
    'two\n\n\n',
    '%TAG',
    '@a',
    "'",
    '"',
    '!x',
  ),
);
const line = text.map((one) => one.replace(/\p{Cc}/gu, ''));
const few = <T>(one: fc.Arbitrary<T>) => fc.array(one, { minLength: 1, maxLength: 3 });
const account = fc.constantFrom('ann', 'bob', 'on', 'null', 'y', 'deploy-1');
const path = fc.constantFrom('/etc/a', '/srv/with blank', '/opt/x.conf', '/etc/b/c');
const key = fc.constantFrom('ssh-ed25519 AAAAC3Nza ann@example', 'ssh-rsa AAAAB3 key with words');
const secret = fc.constant({ secret: 'env:PASS' });
const argv = few(text);

const anyUser = fc.record(
  {
    ...{
      name: account,
      gecos: line,
      primary_group: account,
      groups: few(account),
      shell: fc.constant('/bin/bash'),
    },
    ...{
      homedir: fc.constant('/srv/home'),
      uid: fc.nat(60_000),
      system: fc.boolean(),
      no_create_home: fc.boolean(),
    },
    sudo: fc.constantFrom('ALL=(ALL) NOPASSWD:ALL', 'ALL=(root) /bin/true: x'),
    ...{ ssh_authorized_keys: few(key), lock_passwd: fc.boolean(), password: secret },
  },
  { requiredKeys: ['name'] },
);

/** Hashing a password takes longer than all else: few have one. */
const user = anyUser.map(({ password, ...rest }) =>
  password !== undefined && (rest.uid ?? 0) % 8 === 1 ? { ...rest, password } : rest,
);

const file = fc.record(
  {
    ...{ path, content: fc.oneof(text, secret), permissions: fc.constantFrom('600', '0644', '4755') },
    ...{ owner: fc.constantFrom('root', 'root:adm', '0:0'), append: fc.boolean(), defer: fc.boolean() },
  },
  { requiredKeys: ['path', 'content'] },
);

const four = fc.tuple(fc.nat(254), fc.integer({ min: 1, max: 254 })).map(([a, b]) => `10.0.${a}.${b}`);
const six = fc.integer({ min: 1, max: 0xffff }).map((end) => `fd00::${end.toString(16)}`);
const cidr = fc.oneof(
  four.chain((one) => fc.integer({ min: 8, max: 32 }).map((bits) => `${one}/${bits}`)),
  six.map((one) => `${one}/64`),
);
const route = fc.record(
  {
    to: fc.constantFrom('10.200.0.0/16', '192.168.7.0/24'),
    via: four,
    metric: fc.nat(1000),
    'on-link': fc.boolean(),
  },
  { requiredKeys: ['to', 'via'] },
);
const net = fc.record(
  {
    ...{ dhcp4: fc.boolean(), dhcp6: fc.boolean(), 'accept-ra': fc.boolean(), addresses: few(cidr) },
    ...{ routes: few(route), mtu: fc.integer({ min: 1280, max: 9000 }), optional: fc.boolean() },
    nameservers: fc.record(
      { addresses: few(fc.oneof(four, six)), search: few(fc.constantFrom('lan', 'a.example')) },
      maybe,
    ),
  },
  maybe,
);
const ipconfig = fc.oneof(
  fc.record({ ip: fc.constant('dhcp') }),
  fc.record({ ip: four.map((one) => `${one}/24`), gw: four }),
  fc.record({ ip6: fc.constantFrom('auto', 'dhcp') }),
  fc.record({ ip: four.map((one) => `${one}/24`), ip6: six.map((one) => `${one}/64`), gw6: six }),
);

const cloudInit = fc.record(
  {
    ...{ newInstance: fc.boolean(), fqdn: fc.constantFrom('web.example.org', 'no.lan') },
    users: fc.uniqueArray(fc.oneof(fc.constant('default' as const), user), {
      ...{ minLength: 1, maxLength: 3 },
      selector: (one) => (typeof one === 'string' ? one : one.name),
    }),
    ...{
      ssh_pwauth: fc.boolean(),
      disable_root: fc.boolean(),
      package_update: fc.boolean(),
      package_upgrade: fc.boolean(),
    },
    packages: few(
      fc.oneof(fc.constantFrom('jq', 'nginx', 'qemu-guest-agent'), fc.constant(['vim', '2:9.0.1378-2'])),
    ),
    apt: fc.record(
      {
        ...{ preserve_sources_list: fc.boolean(), conf: text.filter((one) => one !== '') },
        primary: fc.constant([{ arches: ['default'], uri: 'http://deb.debian.org/debian' }]),
        sources: fc.constant({
          docker: { source: 'deb https://d.example $RELEASE stable', keyid: '9DC858229FC7DD38' },
        }),
      },
      { requiredKeys: ['preserve_sources_list'] },
    ),
    ...{ write_files: few(file), bootcmd: few(argv), runcmd: few(argv) },
    mounts: fc.constant([['/dev/vdb', '/data', 'ext4', 'defaults,nofail', '0', '2']]),
    swap: fc.record(
      { filename: fc.constant('/swap'), size: fc.constantFrom('2G', 'auto'), maxsize: fc.constant('4G') },
      maybe,
    ),
    growpart: fc.record(
      { mode: fc.constantFrom('auto', 'off'), devices: fc.constant(['/', '/dev/vdb1']) },
      maybe,
    ),
    resize_rootfs: fc.constantFrom(true, false, 'noblock'),
    disk_setup: fc.constantFrom(
      { '/dev/vdb': { table_type: 'gpt', layout: [33, 66] } },
      { '/dev/vdc': { layout: true } },
    ),
    fs_setup: fc.constantFrom(
      [{ device: '/dev/vdb', filesystem: 'ext4', partition: 'auto' }],
      [{ device: '/dev/vdb1', filesystem: 'xfs', partition: 'none', label: 'data', overwrite: false }],
    ),
    ...{
      timezone: fc.constantFrom('UTC', 'Europe/Berlin'),
      locale: fc.constantFrom('C.UTF-8', 'no_NO.UTF-8'),
    },
    ntp: fc.record(
      { enabled: fc.boolean(), servers: fc.constant(['a.example']), pools: fc.constant(['pool.example']) },
      maybe,
    ),
    ca_certs: fc.record(
      { remove_defaults: fc.boolean(), trusted: fc.constant(['./ca.pem']) },
      { requiredKeys: ['trusted'] },
    ),
    power_state: fc.record(
      {
        ...{
          mode: fc.constantFrom('reboot', 'poweroff'),
          delay: fc.constantFrom('now', 3),
          timeout: fc.nat(60),
        },
        ...{ message: line, condition: fc.oneof(fc.boolean(), argv) },
      },
      { requiredKeys: ['mode'] },
    ),
    ...{ final_message: text, network: fc.record({ net0: net, net1: net }, maybe) },
  },
  maybe,
);

export const wishes: fc.Arbitrary<Wish> = fc
  .record(
    {
      ...{
        agent: fc.boolean(),
        name: fc.constantFrom('web', 'no', 'web.lan'),
        ciuser: account,
        sshkeys: few(key),
      },
      ...{
        searchdomain: fc.constantFrom('lan', 'off'),
        nameservers: fc.constantFrom([], ['9.9.9.9', 'fd00::53']),
      },
      macs: fc.constantFrom(
        { net0: 'bc:24:11:00:00:00' },
        { net0: '52:54:00:12:34:56', net1: 'BC:24:11:0A:0B:01' },
        { net0: '12:34:56:12:34:56', net2: '02:00:00:00:00:02' },
      ),
      ipconfig: fc.record({ ipconfig0: ipconfig, ipconfig1: ipconfig }, maybe),
      scripts: fc.array(fc.record({ path: fc.constant('/var/lib/phx/first'), script: text }), {
        maxLength: 1,
      }),
      cloudInit,
    },
    { requiredKeys: ['agent', 'name', 'macs', 'ipconfig', 'nameservers', 'scripts', 'cloudInit'] },
  )
  .map((wish) => ({ ...wish, files: { './ca.pem': 'PEM\n' }, secrets: { 'env:PASS': 'hunter2' } }));
