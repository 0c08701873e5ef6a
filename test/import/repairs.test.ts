/** What is wrong, doubled or missing in the old files, and what becomes of it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import JSON5 from 'json5';
import type { Json } from '../../src/core/json.ts';
import { readLegacy } from '../../src/import/read.ts';
import { container, containers, imported, known, type Legacy, loaded, node, small, vms } from './fixtures.ts';

const image = { template_image: 'noble-server-cloudimg-amd64.img', network_config: { ip: 'dhcp' } };
const vm = (vmid: number, more: Record<string, Json> = {}): Json => ({
  vmid,
  name: `vm-${vmid}`,
  memory_mb: 1024,
  disk_size_gb: 10,
  ...image,
  ...more,
});
const rules = (...all: Json[]): Record<string, Json> => ({ firewall: { enabled: true, rules: all } });

interface Case {
  readonly says: string;
  readonly old: Legacy;
  /** Path of an old value → its fate and why. */
  readonly fates?: Readonly<Record<string, readonly [fate: string, why: RegExp]>>;
  /** A file → values that it has, by path; undefined: it has none. */
  readonly made?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** A remark in some file. */
  readonly remark?: RegExp;
}

const g900 = 'config/guests/900-guest-200.json5';
const cases: readonly Case[] = [
  {
    says: 'numbers and truths that are text',
    old: small({
      ct: { memory_mb: '2048', cores: ' 2 ', start_at_boot: 'true', unprivileged: 'yes', boot_order: '1' },
    }),
    fates: {
      'lxc_configs.900.memory_mb': ['repaired', /written as text/],
      'lxc_configs.900.start_at_boot': ['repaired', /written as 'true'/],
    },
    made: { [g900]: { memory: 2048, cores: 2, onboot: true, unprivileged: true, 'startup.order': 1 } },
  },
  {
    says: 'a value of no use is dropped, and what is needed is guessed',
    old: small({ ct: { memory_mb: 'much', storage_size_gb: -5 } }),
    fates: {
      'lxc_configs.900.memory_mb': ['dropped', /no whole number/],
      'lxc_configs.900.storage_size_gb': ['dropped', /not between/],
    },
    made: { [g900]: { memory: 2048, 'rootfs.size': 32 } },
    remark: /The old file does not say how much memory\./,
  },
  {
    says: 'an unknown key is told',
    old: small({ ct: { colour: 'blue' } }),
    fates: { 'lxc_configs.900.colour': ['dropped', /unknown key/] },
  },
  {
    says: 'a VM with the id of a container is left out',
    old: small({ vms: [vm(900)] }),
    fates: { 'vms[0].name': ['dropped', /guest 900 is a container already/] },
  },
  {
    says: 'of two VMs with one id the second is left out',
    old: small({ vms: [vm(1000), vm(1000, { name: 'other' })] }),
    fates: { 'vms[1].name': ['dropped', /guest 1000 is a VM already/] },
    made: { 'config/guests/1000-vm-1000.json5': { name: 'vm-1000' } },
  },
  {
    says: 'a source that is in no file',
    old: small({ lxc: { '901': container(201, { clone_from_ctid: '999' }) } }),
    fates: { 'lxc_configs.901.clone_from_ctid': ['dropped', /no container 999/] },
    made: {
      'config/guests/901-guest-201.json5': {
        clone: undefined,
        ostemplate: 'tank-iso:vztmpl/ubuntu-24.04-standard_24.04-2_amd64.tar.zst',
      },
    },
    remark: /It was cloned from 999, which is in no file: made from the template instead\./,
  },
  {
    says: 'sources in a circle',
    old: small({
      ct: { clone_from_ctid: '901' },
      lxc: { '901': container(201, { clone_from_ctid: '900' }) },
    }),
  },
  {
    says: 'doubled names, addresses and MAC addresses',
    old: small({
      ct: { mac_address: '52:54:00:AA:BB:CC' },
      lxc: { '901': container(200, { mac_address: '52:54:00:aa:bb:cc' }), '902': container(13) },
    }),
    made: {
      'config/guests/901-guest-200-901.json5': {
        hostname: 'guest-200-901',
        'net0.ip': 'dhcp',
        'net0.hwaddr': undefined,
      },
      'config/guests/902-guest-13.json5': { 'net0.ip': 'dhcp' },
    },
    remark: /also that of the node's bridge vmbr0/,
  },
  {
    says: 'a gateway outside of the network',
    old: small({
      ct: { network_config: { name: 'eth0', bridge: 'vmbr0', ip: '10.0.0.200/24', gw: '10.0.1.1' } },
    }),
    fates: { 'lxc_configs.900.network_config.gw': ['dropped', /not a gateway in the network/] },
    made: { [g900]: { 'net0.gw': undefined } },
  },
  {
    says: 'a clone that is smaller than its source, or of another privilege',
    old: small({
      lxc: { '901': container(201, { clone_from_ctid: 900, storage_size_gb: 4, unprivileged: false }) },
    }),
    fates: {
      'lxc_configs.901.storage_size_gb': ['repaired', /can grow, not shrink/],
      'lxc_configs.901.unprivileged': ['repaired', /privilege of its source/],
    },
    made: {
      'config/guests/901-guest-201.json5': { 'clone.from': 900 },
      'config/defaults.json5': { 'ct.rootfs.size': 8, 'ct.unprivileged': true },
    },
  },
  {
    says: 'dependencies on nobody, and in a circle',
    old: small({
      ct: { dependencies: ['901', '901', '777'] },
      lxc: { '901': container(201, { dependencies: ['900'] }) },
    }),
    fates: {
      'lxc_configs.900.dependencies[1]': ['dropped', /named twice/],
      'lxc_configs.900.dependencies[2]': ['dropped', /no guest 777/],
      'lxc_configs.901.dependencies[0]': ['dropped', /guest 900 waits for this one/],
    },
    made: { [g900]: { dependencies: [901] } },
  },
  {
    says: 'a password in clear text, or as a hash, is a reference',
    old: small({
      node: { users: { username: 'admin', password_hash: 'hunter2', sudo_access: true } },
      vms: [vm(1000, { user_config: { username: 'me', password_hash: '$6$salt$hash' } })],
    }),
    fates: {
      'users.password_hash': ['repaired', /give it as ADMIN_PASSWORD/],
      'vms[0].user_config.password_hash': ['repaired', /VM_1000_PASSWORD/],
    },
    made: {
      'config/hypervisor.json5': { 'users.admin.password.secret': 'env:ADMIN_PASSWORD' },
      'config/guests/1000-vm-1000.json5': { 'cipassword.secret': 'env:VM_1000_PASSWORD' },
    },
  },
  {
    says: 'secrets in commands, arguments and raw lines are neither carried nor shown',
    old: small({
      ct: {
        features: ['base_setup'],
        application_script: 'phoenix_hypervisor_lxc_vllm.sh',
        vllm_args: ['--model', 'a/b', '--api-key', 'hunter2', '--tokenizer', 'a/c'],
        health_check: { command: 'curl -u admin:hunter2 http://localhost/health', retries: 3 },
        lxc_options: ['lxc.environment=API_TOKEN=hunter2'],
      },
    }),
    fates: {
      'lxc_configs.900.vllm_args[3]': ['dropped', /no place in arguments/],
      'lxc_configs.900.health_check.command': ['dropped', /no place in a file/],
      'lxc_configs.900.lxc_options[0]': ['dropped', /no place in a file/],
    },
    made: {
      [g900]: {
        layers: ['base_setup', { name: 'nvidia', params: { version: '580.76.05' } }, 'vllm'],
        health: undefined,
        lxc: undefined,
        'app.params.extra_args': ['--tokenizer', 'a/c'],
      },
    },
  },
  {
    says: 'features and applications that phx has not',
    old: small({
      ct: { features: ['base_setup', 'nat_gateway'], application_script: 'phoenix_hypervisor_lxc_977.sh' },
    }),
    fates: {
      'lxc_configs.900.features[1]': [
        'dropped',
        /phx import script .*nat_gateway\.sh --as feature:nat_gateway/,
      ],
      'lxc_configs.900.application_script': ['dropped', /phx import script .*977\.sh --as app:app-977/],
    },
    made: { [g900]: { layers: ['base_setup'], app: undefined } },
  },
  {
    says: 'a layer that another one rests on is added before it',
    old: small({ ct: { features: ['docker', 'base_setup', 'docker'] } }),
    fates: { 'lxc_configs.900.features[2]': ['dropped', /named twice/] },
    made: { [g900]: { layers: ['base_setup', 'docker'], 'features.fuse': true, 'features.keyctl': true } },
  },
  {
    says: 'raw lines: what pct has a key for, what is dropped, what stays',
    old: small({
      ct: {
        lxc_options: [
          'lxc.mount.auto=sys:rw',
          'lxc.cgroup2.devices.allow=a',
          'lxc.prlimit.nofile=4096',
          'lxc.nonsense=1',
          'hello',
        ],
        pct_options: ['nesting=1', 'fly=1', 'mount=nfs;cifs'],
      },
    }),
    fates: {
      'lxc_configs.900.lxc_options[0]': ['repaired', /switch for a writable/],
      'lxc_configs.900.lxc_options[1]': ['dropped', /all devices/],
      'lxc_configs.900.lxc_options[2]': ['doubtful', /still wanted/],
      'lxc_configs.900.lxc_options[3]': ['dropped', /no key lxc\.nonsense/],
      'lxc_configs.900.lxc_options[4]': ['dropped', /no line of lxc/],
      'lxc_configs.900.pct_options[1]': ['dropped', /no such switch/],
    },
    made: {
      [g900]: {
        'features.force_rw_sys': true,
        'features.nesting': true,
        'features.mount': ['nfs', 'cifs'],
        lxc: ['lxc.prlimit.nofile: 4096'],
      },
    },
  },
  {
    says: 'rules of a firewall: doubled, without a protocol, that Proxmox does not take',
    old: small({
      ct: rules(
        { type: 'in', action: 'ACCEPT', port: '80' },
        { type: 'in', action: 'accept', proto: 'TCP', port: 80 },
        { type: 'in', action: 'ACCEPT', proto: 'tcp', port: 'eighty!' },
      ),
    }),
    fates: {
      'lxc_configs.900.firewall.rules[0].port': ['repaired', /tcp/],
      'lxc_configs.900.firewall.rules[1].port': ['dropped', /says the same/],
      'lxc_configs.900.firewall.rules[2].port': ['dropped', /takes no such rule/],
    },
    made: {
      [g900]: {
        'firewall.enabled': true,
        'firewall.rules.in-tcp-80.dport': '80',
        'firewall.rules.in-tcp-80.proto': 'tcp',
        'net0.firewall': true,
      },
    },
  },
  {
    says: 'a firewall without a way in stays off',
    old: small({ ct: rules() }),
    made: { [g900]: { 'firewall.enabled': false, 'net0.firewall': undefined } },
    remark: /nobody would reach the guest/,
  },
  {
    says: 'both lists of volumes, of which one path is taken twice',
    old: small({
      ct: {
        zfs_volumes: [{ name: 'a', pool: 'tank-ct', size_gb: 1, mount_point: '/a' }],
        volumes: [
          { name: 'b', pool: 'tank-ct', size_gb: '2', mount_point: '/b' },
          { name: 'c', pool: 'tank-ct', size_gb: 2, mount_point: '/a' },
          { name: 'd', pool: 'gone', size_gb: 2, mount_point: '/d' },
        ],
      },
    }),
    fates: {
      'lxc_configs.900.volumes[1].mount_point': ['dropped', /mounted at \/a already/],
      'lxc_configs.900.volumes[2].pool': ['dropped', /no storage gone/],
    },
    made: { [g900]: { 'mp0.mp': '/a', 'mp1.mp': '/b', 'mp1.size': 2, mp2: undefined } },
  },
  {
    says: 'a directory below /mnt/pve, without a dataset',
    old: small({
      ct: {
        mount_points: [
          { host_path: '/mnt/pve/tank/data/web', container_path: '/srv', owner_uid: 33, owner_gid: '33' },
        ],
      },
    }),
    fates: { 'lxc_configs.900.mount_points[0].host_path': ['doubtful', /on the root disk/] },
    made: {
      [g900]: { 'mp0.source': '/tank/data/web', 'mp0.owner': 33, 'mp0.group': 33 },
      'config/hypervisor.json5': { 'zfs.datasets.tank/data.compression': 'lz4' },
    },
  },
  {
    says: 'ports that were mapped',
    old: small({ ct: { ports: ['8080:80', '99999', '443'] } }),
    fates: {
      'lxc_configs.900.ports[0]': ['doubtful', /mapped from 8080/],
      'lxc_configs.900.ports[1]': ['dropped', /no port/],
    },
    made: { [g900]: { 'exports.port': 80, 'exports.port_443': 443 } },
  },
  {
    says: 'a bridge and a storage that the node does not have',
    old: small({
      ct: {
        storage_pool: 'elsewhere',
        network_config: { name: 'eth0', bridge: 'vmbr9', ip: '10.0.0.200/24' },
      },
    }),
    fates: { 'lxc_configs.900.storage_pool': ['doubtful', /no storage elsewhere/] },
    made: {
      'config/hypervisor.json5': { 'network.bridges.vmbr9.ports': [] },
      [g900]: { 'rootfs.storage': 'tank-ct' },
    },
  },
  {
    says: 'arguments of vLLM in both spellings, and one that is none',
    old: small({
      ct: {
        features: ['base_setup'],
        application_script: 'phoenix_hypervisor_lxc_vllm.sh',
        vllm_args: ['--model', 'a/b', '--max-model-len=512', '--seed', '7', '--enforce-eager', 'stray'],
      },
    }),
    fates: { 'lxc_configs.900.vllm_args[6]': ['dropped', /no option/] },
    made: {
      [g900]: {
        'app.params.model': 'a/b',
        'app.params.max_model_len': 512,
        'app.params.enforce_eager': true,
        'app.params.extra_args': ['--seed', '7'],
      },
    },
  },
];

function at(value: unknown, path: string): unknown {
  const own = (from: unknown, parts: readonly string[]): unknown => {
    if (parts.length === 0) return from;
    // Names may have dots.
    for (let n = parts.length; n > 0; n--) {
      const key = parts.slice(0, n).join('.');
      if (typeof from === 'object' && from !== null && Object.hasOwn(from, key))
        return own((from as Record<string, unknown>)[key], parts.slice(n));
    }
    return undefined;
  };
  return own(value, path.split('.'));
}

for (const { says, old, fates = {}, made: files = {}, remark } of cases) {
  test(says, async () => {
    const made = imported(old);
    const spelled = (path: readonly (string | number)[]) =>
      path
        .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${part}`))
        .join('');
    const told = new Map(
      made.entries.flatMap(({ from, fate, why }) =>
        from ? [[spelled(from.path), { fate, why }] as const] : [],
      ),
    );
    for (const [path, [fate, why]] of Object.entries(fates)) {
      assert.equal(told.get(path)?.fate, fate, `${path}: ${JSON.stringify(told.get(path))}`);
      assert.match(told.get(path)?.why ?? '', why);
    }
    for (const [file, values] of Object.entries(files)) {
      const text = made.files.get(file);
      assert.ok(text, `${file} is not among ${[...made.files.keys()].join(', ')}`);
      for (const [path, value] of Object.entries(values))
        assert.deepEqual(at(JSON5.parse(text), path), value, `${path} in ${text}`);
    }
    // A long remark stands in several lines.
    if (remark) assert.match([...made.files.values()].join('\n').replace(/\n\s*\/\/ /g, ' '), remark);
    assert.doesNotMatch(JSON.stringify([made.entries, [...made.files.values()]]), /hunter2/);
    const { problems } = await loaded(made);
    assert.deepEqual(
      problems.filter(({ severity }) => severity === 'error'),
      [],
    );
  });
}

test('a feature and an application of the project are used once it has them', () => {
  const own = { requires: [], params: {} };
  const templates = new Map([
    ...known.templates,
    ['feature:nat_gateway', own] as const,
    ['app:app-977', own] as const,
  ]);
  const old = small({
    ct: { features: ['nat_gateway'], application_script: 'phoenix_hypervisor_lxc_977.sh' },
  });
  const text = imported(old, { ...known, templates }).files.get(g900) ?? '';
  assert.match(text, /layers: \['nat_gateway'\]/);
  assert.match(text, /app: 'app-977'/);
});

test('a name that stands twice in a file is told with its lines', () => {
  const text = '{\n  "lxc_configs": {\n    "900": {},\n    "900": {}\n  }\n}';
  assert.deepEqual(readLegacy(containers, text, containers).duplicates, [
    { path: ['lxc_configs', '900'], first: 3, second: 4 },
  ]);
});

/** What the reader refuses, and what it says of it. */
const refused: readonly (readonly [name: string, text: string, why: RegExp])[] = [
  [node, '', /no JSON.*empty/],
  [node, '{\n  "network": {},\n  oops\n}', /no JSON, line 3, column 3/],
  [node, '[]', /no JSON object/],
  [node, '{}', /no section "network"/],
  [containers, '{"lxc_configs": 3}', /no section "lxc_configs"/],
  [vms, '{"vm": []}', /no section "vms"/],
];

for (const [name, text, why] of refused) {
  test(`${JSON.stringify(text)} as ${name} is one clear error`, () => {
    assert.throws(
      () => readLegacy(name, text, `old/${name}`),
      (error: { problem: { facts: readonly (readonly [string, string])[]; hint: string } }) => {
        assert.deepEqual(error.problem.facts[0], ['file', `old/${name}`]);
        assert.match(error.problem.facts[1]?.[1] ?? '', why);
        assert.match(error.problem.hint, /Nothing was written/);
        return true;
      },
    );
  });
}
