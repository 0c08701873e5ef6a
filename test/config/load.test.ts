/** Loading: the order of the layers, environments, `--set`, origins, what is gathered and what is filled in. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explainConfig, explainLines } from '../../src/config/explain.ts';
import type { Container, VirtualMachine } from '../../src/config/fleet.ts';
import { brief, ct, type Files, load, node, problemsOf, vm } from './project.ts';

const layered: Files = {
  'config/defaults.json5': '{ ct: { swap: 1, cores: 1, tags: ["defaults"], cpuunits: 10 } }',
  'config/profiles/base.json5': '{ swap: 2, cores: 2, tty: 2, console: true }',
  'config/profiles/web.json5': '{ extends: "base", swap: 3, cores: 3 }',
  'config/guests/101-a.json5': ct(
    101,
    "  extends: 'web',",
    '  swap: 4,',
    '  console: null,',
    "  net0: { name: 'eth0', bridge: 'vmbr0' },",
  ),
  'config/env/lab/defaults.json5': '{ ct: { memory: 64 } }',
  'config/env/lab/profiles/base.json5': '{ cmode: "shell" }',
  'config/env/lab/hypervisor.json5': "{ timezone: 'Europe/Berlin' }",
  'config/env/lab/guests/101-a.json5': '{ swap: 5, net0: { tag: 7 } }',
  'config/env/lab/guests/102-b.json5': ct(102),
};

async function container(files: Files, env?: string, set?: readonly string[]): Promise<Container> {
  const guest = (await load(files, { env, set })).fleet.guests['101'];
  assert.equal(guest?.kind, 'ct');
  return guest as Container;
}

test('layers lie in order: built-in, defaults, profiles, guest', async () => {
  const guest = await container(layered);
  assert.deepEqual(
    [
      guest.drift,
      guest.cpuunits,
      guest.tty,
      guest.cores,
      guest.swap,
      guest.memory,
      guest.tags,
      guest.console,
    ],
    ['mend', 10, 2, 3, 4, 512, ['defaults'], undefined],
  );
});

test('an environment lies over all of it, with the same tree', async () => {
  const guest = await container(layered, 'lab');
  assert.deepEqual([guest.swap, guest.memory, guest.cmode, guest.nets.net0?.tag], [5, 64, 'shell', 7]);
  const { fleet } = await load(layered, { env: 'lab' });
  assert.deepEqual(Object.keys(fleet.guests), ['101', '102']);
  assert.equal(fleet.hypervisor.timezone, 'Europe/Berlin');
  assert.deepEqual(Object.keys((await load(layered)).fleet.guests), ['101']);
});

test('--set lies over everything, and null deletes', async () => {
  const set = [
    'guests.101.swap=6',
    'guests.101.net0.tag=null',
    'guests.101.swap=8',
    'guests.101.description=two words',
  ];
  const guest = await container(layered, 'lab', set);
  assert.deepEqual([guest.swap, guest.nets.net0?.tag, guest.description], [8, undefined, 'two words']);
  const { fleet } = await load(
    {},
    { set: ['hypervisor.zfs.arcMax=4', 'hypervisor.templates["u.tar.zst"].sha512=null'] },
  );
  assert.equal(fleet.hypervisor.zfs.arcMax, 4);
});

test('profiles that two profiles share are laid once, below both', async () => {
  const guest = await container({
    'config/profiles/base.json5': '{ swap: 1, tty: 1 }',
    'config/profiles/a.json5': "{ extends: 'base', swap: 2 }",
    'config/profiles/b.json5': "{ extends: 'base', tty: 2 }",
    'config/guests/101-a.json5': ct(101, "  extends: ['a', 'b'],"),
  });
  assert.deepEqual([guest.swap, guest.tty], [2, 2]);
});

test('what is written as pct writes it is gathered', async () => {
  const { fleet } = await load({
    'config/guests/101-a.json5': ct(
      101,
      "  net0: { name: 'eth0', bridge: 'vmbr0', ip: 'dhcp' },",
      "  net31: { name: 'eth1', bridge: 'vmbr0' },",
      "  mp0: { storage: 'ct', size: 1, mp: '/data' },",
      "  layers: ['base_setup', { name: 'docker', params: { gpu: true } }],",
      "  app: 'n8n',",
      '  health: { checks: [{ tcp: 80 }] },',
    ),
    'config/guests/102-b.json5': vm(
      102,
      "  net0: { model: 'virtio', bridge: 'vmbr0' },",
      "  ipconfig0: { ip: 'dhcp' },",
    ),
  });
  const one = fleet.guests['101'] as Container;
  assert.deepEqual(Object.keys(one.nets), ['net0', 'net31']);
  assert.deepEqual(one.mounts, { mp0: { storage: 'ct', size: 1, mp: '/data' } });
  assert.deepEqual(one.layers, [
    { name: 'base_setup', params: {} },
    { name: 'docker', params: { gpu: true } },
  ]);
  assert.deepEqual(one.app, { name: 'n8n', params: {} });
  assert.deepEqual(one.health, { checks: [{ tcp: 80 }], retries: 30, interval: 5, deadline: 300 });
  const two = fleet.guests['102'] as VirtualMachine;
  assert.deepEqual(
    [two.ipconfig, two.agent, two.nets.net0?.model],
    [{ ipconfig0: { ip: 'dhcp' } }, true, 'virtio'],
  );
});

test("a nvidia layer takes the node's driver", async () => {
  const own = { version: '580.1', runfile: 'https://example.org/x' };
  const layers = {
    "'nvidia'": own,
    "{ name: 'nvidia', params: { cuda: '12-8' } }": { ...own, cuda: '12-8' },
  };
  for (const [layer, params] of Object.entries(layers)) {
    const guest = await container({
      'config/hypervisor.json5': node.replace(
        /\}$/,
        "  nvidia: { version: '580.1', runfile: 'https://example.org/x', gpus: 1 },\n}",
      ),
      'config/guests/101-a.json5': ct(101, `  layers: [${layer}],`),
    });
    assert.deepEqual(guest.layers, [{ name: 'nvidia', params }]);
  }
});

test('every leaf knows its layer and place', async () => {
  const config = await load(layered, { env: 'lab', set: ['guests.101.onboot=true'] });
  const origins = await config.origins();
  const of = (path: string): string => {
    const { layer, file, line, column } = origins.get(path) ?? { layer: '?', file: '', line: 0, column: 0 };
    return `${layer} ${file}:${line}:${column}`;
  };
  assert.equal(of('guests.101.drift'), 'built-in :0:0');
  assert.equal(of('guests.101.cpuunits'), 'defaults config/defaults.json5:1:58');
  assert.equal(of('guests.101.tty'), 'profile base config/profiles/base.json5:1:27');
  assert.equal(of('guests.101.net0.bridge'), 'guest config/guests/101-a.json5:11:33');
  assert.equal(of('guests.101.memory'), 'defaults (env lab) config/env/lab/defaults.json5:1:17');
  assert.equal(of('guests.101.net0.tag'), 'guest (env lab) config/env/lab/guests/101-a.json5:1:25');
  assert.equal(of('guests.101.onboot'), '--set --set guests.101.onboot=true:1:19');
  assert.equal(of('hypervisor.templates["u.tar.zst"].storage'), 'hypervisor config/hypervisor.json5:9:40');
  assert.equal(config.origins(), config.origins());
});

test('explains the merged tree, leaf by leaf', async () => {
  const config = await load(layered, { env: 'lab', set: ['guests.101.swap=9'] });
  const [only, ...rest] = await explainConfig(config, 101);
  assert.equal(rest.length, 0);
  assert.equal(only?.target, 'ctid:101');
  const lines = explainLines(only === undefined ? [] : [only]);
  const line = (key: string): string =>
    (lines.find((text) => text.startsWith(`  ${key}:`)) ?? '').replace(/ +/g, ' ');
  assert.equal(lines[0], 'ctid:101');
  assert.equal(line('swap'), ' swap: 9 # --set guests.101.swap=9');
  assert.equal(line('net0.tag'), ' net0.tag: 7 # config/env/lab/guests/101-a.json5:1');
  assert.equal(line('tags'), " tags: ['defaults'] # config/defaults.json5:1");
  assert.equal(line('ignore'), ' ignore: [] # built-in');
  assert.deepEqual(
    only?.leaves.find((leaf) => leaf.path === 'memory'),
    {
      path: 'memory',
      value: 64,
      origin: { layer: 'defaults (env lab)', file: 'config/env/lab/defaults.json5', line: 1, column: 17 },
    },
  );
  const all = await explainConfig(config);
  assert.deepEqual(
    all.map((target) => target.target),
    ['hypervisor', 'ctid:101', 'ctid:102'],
  );
  assert.deepEqual(await explainConfig(config, 999), []);
  const [hypervisor] = await explainConfig(config, 'hypervisor');
  assert.ok(
    hypervisor?.leaves.some((leaf) => leaf.path === 'templates["u.tar.zst"].storage' && leaf.value === 'iso'),
  );
});

test('tells which files it read, and of files that it does not read', async () => {
  const files = { 'config/guests/101-a.json5': ct(101), 'config/guests/102-b.yaml': 'id: 102' };
  const config = await load(files);
  assert.deepEqual(config.files, ['config/hypervisor.json5', 'config/guests/101-a.json5']);
  assert.deepEqual((await problemsOf(files)).map(brief), [
    'config/guests/102-b.yaml:1:1 this file is not read: its name does not end in .json5',
  ]);
});

test('warns of what works until it is full', async () => {
  const problems = await problemsOf({
    'config/hypervisor.json5': node
      .replace("disks: ['/dev/disk/by-id/a']", "diskSize: 100, disks: ['/dev/disk/by-id/a']")
      .replace("'tank/ct': {}", "'tank/ct': { quota: '0.1T' }")
      .replace(
        /\}$/,
        "  node: { memory: 1000, cores: 2 },\n  nvidia: { version: '1.0', runfile: 'https://example.org/x', gpus: 1 },\n}",
      ),
    'config/guests/101-a.json5': ct(
      101,
      '  onboot: true,',
      '  cores: 2,',
      '  gpus: [0],',
      "  app: { name: 'vllm', params: { gpu_memory_utilization: 0.6 } },",
    ),
    'config/guests/102-b.json5': ct(
      102,
      '  onboot: true,',
      '  cores: 1,',
      '  gpus: [0],',
      "  app: { name: 'vllm', params: { gpu_memory_utilization: 0.5 } },",
    ),
    'config/guests/103-c.json5': ct(
      103,
      "  state: 'stopped',",
      '  gpus: [0],',
      "  app: { name: 'vllm', params: { gpu_memory_utilization: 0.9 } },",
    ),
    'config/guests/104-d.json5': ct(104, '  dependencies: [103],'),
  });
  assert.deepEqual(
    problems.map((problem) => `${problem.severity} ${brief(problem)}`),
    [
      'warning config/guests/102-b.json5:11:58 running guests share more than the whole memory of GPU 0: 0.6 (101) + 0.5 (102) = 1.1',
      'warning config/guests/104-d.json5:8:18 container 104 depends on guest 103, which is kept stopped',
      'warning config/hypervisor.json5:3:19 quotas on pool tank add up to 102.4 GiB, its disks hold 100 GiB',
      'warning config/hypervisor.json5:11:19 containers that start with the node may take 1024 MiB of memory together, the node has 1000 MiB',
      'warning config/hypervisor.json5:11:32 guests that start with the node may use 3 cores together, the node has 2',
    ],
  );
});
