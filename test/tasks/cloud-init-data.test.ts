/** The documents of cloud-init: configuration in, the parsed value of what the guest reads out. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { cloudInit } from '../../src/config/schema/cloud-init.ts';
import type { Json } from '../../src/core/json.ts';
import { isCryptOf } from '../../src/proxmox/crypt.ts';
import { parseYaml } from '../../src/template/yaml.ts';
import { generateCloudInit } from '../../tasks/vm/cloud-init.ts';
import { dataFor, subjectOf, type Wish } from './cloud-init-subject.ts';

type Members = Record<string, Json>;

/** What every user data says. */
const base = {
  hostname: 'web',
  fqdn: 'web',
  manage_etc_hosts: true,
  chpasswd: { expire: false },
  users: ['default'],
};
const key = 'ssh-ed25519 AAAA ann';

const users: readonly (readonly [name: string, wish: Wish, value: Members])[] = [
  ['nothing said: the account of the image', {}, base],
  [
    'the account of the image, as the keys of Proxmox name it',
    { ciuser: 'ann', sshkeys: [key] },
    { ...base, user: 'ann', ssh_authorized_keys: [key] },
  ],
  ['root is let in by ssh', { ciuser: 'root' }, { ...base, user: 'root', disable_root: false }],
  ['packages are upgraded as ciupgrade says', { ciupgrade: false }, { ...base, package_upgrade: false }],
  [
    'names: a search domain, a full name, a name with dots',
    { searchdomain: 'lan' },
    { ...base, fqdn: 'web.lan' },
  ],
  [
    'a full name of its own',
    { cloudInit: { fqdn: 'shop.example.org' } },
    { ...base, fqdn: 'shop.example.org' },
  ],
  ['a name with dots is a full one', { name: 'web.lan' }, { ...base, fqdn: 'web.lan' }],
  [
    'accounts of its own stand alone',
    {
      cloudInit: {
        users: [
          {
            ...{ name: 'ann', gecos: 'Ann', groups: ['adm', 'docker'], shell: '/bin/bash', uid: 1500 },
            ...{ sudo: 'ALL=(ALL) NOPASSWD:ALL', ssh_authorized_keys: [key], lock_passwd: true },
          },
        ],
      },
    },
    {
      ...base,
      users: [
        {
          ...{ name: 'ann', gecos: 'Ann', groups: ['adm', 'docker'], shell: '/bin/bash', uid: 1500 },
          ...{ sudo: 'ALL=(ALL) NOPASSWD:ALL', ssh_authorized_keys: [key], lock_passwd: true },
        },
      ],
    },
  ],
  [
    'or beside that of the image, where it is listed',
    { cloudInit: { users: [{ name: 'ann' }, 'default'] } },
    { ...base, users: ['default', { name: 'ann' }] },
  ],
  [
    'or where ciuser names it',
    { ciuser: 'bob', cloudInit: { users: [{ name: 'ann' }] } },
    { ...base, user: 'bob', users: ['default', { name: 'ann' }] },
  ],
  [
    'a hash as it is: who has one may log in with it',
    {
      cloudInit: { users: [{ name: 'ann', hashed_passwd: { secret: 'env:HASH' } }] },
      secrets: { 'env:HASH': '$y$j9T$salt$hash' },
    },
    { ...base, users: [{ name: 'ann', hashed_passwd: '$y$j9T$salt$hash', lock_passwd: false }] },
  ],
  [
    'packages with versions, sources, disks, clock and power',
    {
      cloudInit: {
        ...{ package_update: true, package_upgrade: true, packages: ['jq', ['nginx', '1.22.1-9']] },
        apt: {
          sources: { docker: { source: 'deb https://d.example $RELEASE stable', keyid: '9DC858229FC7DD38' } },
        },
        ...{ mounts: [['/dev/vdb', '/data', 'ext4', 'defaults', '0', '2']], swap: { size: '2G' } },
        disk_setup: { '/dev/vdb': { table_type: 'gpt', layout: true, overwrite: false } },
        fs_setup: [{ device: '/dev/vdb', filesystem: 'ext4', label: 'data', partition: 'auto' }],
        ...{ growpart: { mode: 'auto', devices: ['/'] }, resize_rootfs: 'noblock' },
        ...{ timezone: 'Europe/Berlin', locale: 'de_DE.UTF-8', ntp: { servers: ['a.example'] } },
        ...{
          power_state: { mode: 'reboot', delay: 1, condition: ['test', '-f', '/x'] },
          final_message: 'up: $UPTIME',
        },
        ...{ runcmd: [['echo', '$HOME; rm -rf /']], bootcmd: [['modprobe', 'x']] },
      },
    },
    {
      ...base,
      ...{ package_update: true, package_upgrade: true, packages: ['jq', ['nginx', '1.22.1-9']] },
      apt: {
        sources: { docker: { source: 'deb https://d.example $RELEASE stable', keyid: '9DC858229FC7DD38' } },
      },
      ...{ mounts: [['/dev/vdb', '/data', 'ext4', 'defaults', '0', '2']], swap: { size: '2G' } },
      disk_setup: { '/dev/vdb': { table_type: 'gpt', layout: true, overwrite: false } },
      fs_setup: [{ device: '/dev/vdb', filesystem: 'ext4', label: 'data', partition: 'auto' }],
      ...{ growpart: { mode: 'auto', devices: ['/'] }, resize_rootfs: 'noblock' },
      ...{ timezone: 'Europe/Berlin', locale: 'de_DE.UTF-8', ntp: { servers: ['a.example'] } },
      ...{
        power_state: { mode: 'reboot', delay: 1, condition: ['test', '-f', '/x'] },
        final_message: 'up: $UPTIME',
      },
      ...{ runcmd: [['echo', '$HOME; rm -rf /']], bootcmd: [['modprobe', 'x']] },
    },
  ],
  [
    'files: a text, one of the project, a secret; what is no plain text in base64',
    {
      files: { './files/motd': 'Hello\n', './ca.pem': 'PEM\n' },
      secrets: { 'env:TOKEN': 's3cret' },
      scripts: [{ path: '/var/lib/phx/layers.d/docker', script: '#!/bin/bash\n' }],
      cloudInit: {
        write_files: [
          { path: '/etc/a', content: 'yes', permissions: '640', owner: 'root:adm', defer: true },
          { path: '/etc/motd', file: './files/motd', append: true },
          { path: '/etc/token', content: { secret: 'env:TOKEN' }, permissions: '0600' },
          { path: '/etc/b', content: 'a\r\nb\u0001' },
        ],
        ca_certs: { remove_defaults: true, trusted: ['./ca.pem'] },
      },
    },
    {
      ...base,
      ca_certs: { remove_defaults: true, trusted: ['PEM\n'] },
      write_files: [
        { path: '/etc/a', content: 'yes', permissions: '0640', owner: 'root:adm', defer: true },
        { path: '/etc/motd', content: 'Hello\n', append: true },
        { path: '/etc/token', content: 's3cret', permissions: '0600' },
        { path: '/etc/b', content: 'YQ0KYgE=', encoding: 'b64' },
        {
          ...{ path: '/var/lib/phx/layers.d/docker', content: '#!/bin/bash\n' },
          ...{ owner: 'root:root', permissions: '0755' },
        },
      ],
    },
  ],
  [
    'what the agent needs goes along with packages and commands of its own, which a guest would take instead of it',
    { agent: true, cloudInit: { packages: ['jq'], runcmd: [['true'], ['true']] } },
    {
      ...base,
      packages: ['qemu-guest-agent', 'jq'],
      runcmd: [
        ['systemctl', 'enable', 'qemu-guest-agent.service'],
        ['systemctl', 'start', 'qemu-guest-agent.service'],
        ...[['true'], ['true']],
      ],
    },
  ],
];

for (const [name, wish, value] of users) {
  test(`user data: ${name}`, async () => {
    const { userData } = await dataFor(wish);
    assert.match(userData, /^#cloud-config\n/);
    assert.deepEqual(parseYaml(userData), value);
  });
}

test('vendor data brings the agent, once an instance; without an agent it says nothing', async () => {
  const { vendorData } = await dataFor({ agent: true });
  assert.match(vendorData, /^#cloud-config\n/);
  assert.deepEqual(parseYaml(vendorData), {
    packages: ['qemu-guest-agent'],
    runcmd: [
      ['systemctl', 'enable', 'qemu-guest-agent.service'],
      ['systemctl', 'start', 'qemu-guest-agent.service'],
    ],
  });
  assert.equal((await dataFor({})).vendorData, '#cloud-config\n{}\n');
});

const mac = (last: number) => ({ macaddress: `bc:24:11:00:00:0${last}` });
const eth0 = { match: mac(0), 'set-name': 'eth0' };
const eth1 = { match: mac(1), 'set-name': 'eth1' };
const two = { net1: 'BC:24:11:00:00:01', net0: 'BC:24:11:00:00:00' };

const networks: readonly (readonly [name: string, wish: Wish, ethernets: Members])[] = [
  [
    'nothing said: the first one asks',
    { macs: two },
    { eth0: { ...eth0, dhcp4: true }, eth1: { ...eth1, optional: true } },
  ],
  [
    'an address with its gateway; names are asked for there',
    {
      ipconfig: { ipconfig0: { ip: '10.0.0.5/24', gw: '10.0.0.1' } },
      nameservers: ['9.9.9.9'],
      searchdomain: 'lan',
    },
    {
      eth0: {
        ...{ ...eth0, addresses: ['10.0.0.5/24'], routes: [{ to: '0.0.0.0/0', via: '10.0.0.1' }] },
        nameservers: { addresses: ['9.9.9.9'], search: ['lan'] },
      },
    },
  ],
  [
    'dhcp, and IPv6 from the router',
    { ipconfig: { ipconfig0: { ip: 'dhcp', ip6: 'auto' } } },
    { eth0: { ...eth0, dhcp4: true, 'accept-ra': true } },
  ],
  [
    'both families',
    { ipconfig: { ipconfig0: { ip: '10.0.0.5/24', ip6: 'fd00::5/64', gw6: 'fd00::1' } } },
    { eth0: { ...eth0, addresses: ['10.0.0.5/24', 'fd00::5/64'], routes: [{ to: '::/0', via: 'fd00::1' }] } },
  ],
  [
    'a gateway in no network of the interface is on its link; one with a local address always is',
    {
      ipconfig: { ipconfig0: { ip: '192.0.2.7/32', gw: '198.51.100.1', ip6: 'fd00::5/128', gw6: 'fe80::1' } },
    },
    {
      eth0: {
        ...{ ...eth0, addresses: ['192.0.2.7/32', 'fd00::5/128'] },
        routes: [
          { to: '0.0.0.0/0', via: '198.51.100.1', 'on-link': true },
          { to: '::/0', via: 'fe80::1' },
        ],
      },
    },
  ],
  [
    'several interfaces, each by its own address; what is said of one is laid over its ipconfig',
    {
      macs: two,
      ipconfig: { ipconfig0: { ip: '10.1.0.5/24' }, ipconfig1: { ip: 'dhcp' } },
      nameservers: ['10.0.0.1'],
      cloudInit: {
        network: {
          net0: {
            ...{ addresses: ['10.1.0.6/24'], mtu: 9000, optional: true },
            routes: [{ to: '10.9.0.0/16', via: '10.1.0.1', metric: 50 }],
          },
        },
      },
    },
    {
      eth0: {
        ...{ ...eth0, mtu: 9000, optional: true, addresses: ['10.1.0.5/24', '10.1.0.6/24'] },
        routes: [{ to: '10.9.0.0/16', via: '10.1.0.1', metric: 50 }],
      },
      eth1: { ...eth1, dhcp4: true, nameservers: { addresses: ['10.0.0.1'] } },
    },
  ],
  [
    'name servers of its own',
    {
      nameservers: ['9.9.9.9'],
      cloudInit: { network: { net0: { dhcp6: true, nameservers: { addresses: ['fd00::53'] } } } },
    },
    { eth0: { ...eth0, dhcp6: true, nameservers: { addresses: ['fd00::53'] } } },
  ],
];

for (const [name, wish, ethernets] of networks) {
  test(`network data: ${name}`, async () => {
    assert.deepEqual(parseYaml((await dataFor(wish)).networkConfig), { version: 2, ethernets });
  });
}

test('the instance is the incarnation, whatever the data says; newInstance makes the data part of it', async () => {
  const id = async (wish: Wish) =>
    (parseYaml((await dataFor(wish)).metaData) as Members)['instance-id'] as string;
  assert.deepEqual(parseYaml((await dataFor({})).metaData), {
    'local-hostname': 'web',
    'instance-id': 'phx-born1',
  });
  assert.equal(await id({ cloudInit: { timezone: 'UTC' } }), 'phx-born1');
  const first = await id({ cloudInit: { newInstance: true } });
  const second = await id({ cloudInit: { newInstance: true, timezone: 'UTC' } });
  assert.match(first, /^phx-born1-[0-9a-f]{16}$/);
  assert.notEqual(first, second);
  // Without it again the guest is not made a new one once more; made anew it is.
  assert.equal(await id({ instance: first }), first);
  assert.equal(await id({ instance: first, incarnation: 'born2' }), 'phx-born2');
  assert.equal(await id({ instance: 'iid-other' }), 'phx-born1');
});

test('a password is hashed, the same way each time, under another salt for each account', async () => {
  const password = { secret: 'env:PASS' };
  const wish: Wish = {
    cipassword: 'tr0ub4dor',
    cloudInit: { users: [{ name: 'ann', password }] },
    secrets: { 'env:PASS': 'tr0ub4dor' },
  };
  const { userData } = await dataFor(wish);
  assert.equal(userData, (await dataFor(wish)).userData);
  assert.doesNotMatch(userData, /tr0ub4dor/);
  const { users: list, password: own } = parseYaml(userData) as { users: Members[]; password: string };
  const [image, ann] = list;
  assert.equal(String(image), 'default');
  assert.equal(ann?.lock_passwd, false);
  assert.ok(isCryptOf(own, 'tr0ub4dor') && isCryptOf(String(ann?.hashed_passwd), 'tr0ub4dor'));
  assert.notEqual(own, ann?.hashed_passwd);
  const moved = parseYaml((await dataFor({ ...wish, incarnation: 'born2' })).userData) as Members;
  assert.notEqual(moved.password, own);
});

test('what is no hash is told without a word of it', async () => {
  const wish: Wish = {
    cloudInit: { users: [{ name: 'ann', hashed_passwd: { secret: 'env:HASH' } }] },
    secrets: { 'env:HASH': 'hunter2' },
  };
  await assert.rejects(dataFor(wish), (error: Error) => {
    assert.match(error.message, /hashed_passwd of ann is no hash/);
    assert.doesNotMatch(JSON.stringify(error), /hunter2/);
    return true;
  });
});

const mebibyte = 1024 * 1024;
const files = (...sizes: readonly number[]): Wish => ({
  cloudInit: { write_files: sizes.map((size, at) => ({ path: `/${at}`, content: 'x'.repeat(size) })) },
});

test('what is too large is told, with what it is and how large', async () => {
  await assert.rejects(dataFor(files(mebibyte)), (error: Error & { problem?: { facts: string[][] } }) => {
    assert.match(error.message, /The user data is too large/);
    const facts = Object.fromEntries(error.problem?.facts ?? []);
    assert.match(facts.user ?? '', /^10487\d\d bytes$/);
    assert.equal(facts.limit, '1048576 bytes each, 3145728 together');
    return true;
  });
  await dataFor(files(mebibyte / 2, mebibyte / 3));
});

test('a template that is no document is told', async () => {
  const subject = await subjectOf({});
  const broken = (user: string) => () =>
    generateCloudInit({ ...subject, templates: { ...subject.templates, user } });
  assert.throws(broken('- a list\n'), /template of the user data is no YAML document/);
  assert.throws(broken('a: [b\n'), /template of the user data is no YAML document/);
  assert.doesNotThrow(broken(''));
});

test('any text of accounts, files and commands is read back as it was said', async () => {
  const text = fc.string({ unit: 'binary', maxLength: 40 });
  const line = text.map((one) => one.replace(/\p{Cc}/gu, ''));
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        gecos: line,
        content: text,
        argv: fc.array(text, { minLength: 1, maxLength: 4 }),
        last: text,
      }),
      async ({ gecos, content, argv, last }) => {
        const said = {
          ...{ users: [{ name: 'ann', gecos }], runcmd: [argv], bootcmd: [argv], final_message: last },
          write_files: [{ path: '/a', content }],
        };
        const read = parseYaml((await dataFor({ cloudInit: said })).userData) as Members & {
          readonly write_files: readonly { readonly content: string; readonly encoding?: string }[];
        };
        assert.deepEqual(read.users, [{ name: 'ann', gecos }]);
        assert.deepEqual([read.runcmd, read.bootcmd, read.final_message], [[argv], [argv], last]);
        const [file] = read.write_files;
        const back =
          file?.encoding === 'b64' ? Buffer.from(file.content, 'base64').toString() : file?.content;
        assert.equal(back, content);
      },
    ),
  );
});

test('what the schema refuses', () => {
  const refused: readonly unknown[] = [
    { users: [{ name: 'Ann' }] },
    { users: [{ name: 'ann', password: 'clear' }] },
    { users: [{ name: 'ann', password: { secret: 'env:A' }, hashed_passwd: { secret: 'env:B' } }] },
    { write_files: [{ path: 'etc/a', content: '' }] },
    { write_files: [{ path: '/etc/a' }] },
    { write_files: [{ path: '/etc/a', content: 'a', file: './a' }] },
    { runcmd: ['echo $HOME'] },
    { network: { eth0: { dhcp4: true } } },
    { network: { net0: { gateway4: '10.0.0.1' } } },
    { network: { net0: { addresses: ['10.0.0.5'] } } },
    { power_state: { mode: 'sleep' } },
    { ca_certs: {} },
    { apt: { sources: { a: { source: 'deb x', keyserver: 'k' } } } },
  ];
  for (const one of refused) assert.equal(cloudInit.safeParse(one).success, false, JSON.stringify(one));
});
