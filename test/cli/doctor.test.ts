/** What `phx doctor` finds: each thing that is not well, with the command that mends it, and nothing of what is well. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cardFindings } from '../../src/cli/doctor/cards.ts';
import type { Finding } from '../../src/cli/doctor/finding.ts';
import { nodeFindings } from '../../src/cli/doctor/node.ts';
import { recordFindings } from '../../src/cli/doctor/records.ts';
import { rightsFindings } from '../../src/cli/doctor/rights.ts';
import type { Stamp } from '../../src/core/stamp.ts';
import { Observer } from '../../src/host/observe.ts';
import type { Facts, HostFacts } from '../../src/proxmox/facts.ts';
import { Bench, sampleFleet } from '../bench.ts';

const fleet = await sampleFleet();
const fresh = (await Observer.begin(Bench.fresh(fleet).twin, [])).current();
const gib = 2 ** 30;

/** A node on which all is well; `more` takes the place of what it says. */
function node(more: Partial<HostFacts> = {}, guests: Facts['guests'] = new Map()): Facts {
  const version = fleet.hypervisor.nvidia?.version ?? '';
  const nvidia = { installed: version, loaded: version, devices: [] };
  return { ...fresh, host: { ...fresh.host, nvidia, ...more }, guests };
}

const notWell = (findings: readonly Finding[]) =>
  findings
    .filter(({ level }) => level !== 'good')
    .map(({ level, title, command }) => ({ level, title, command }));
const ofNode = (facts: Facts) => notWell(nodeFindings('pve', facts, fleet.hypervisor));

test('of a node on which all is well nothing is bad', () => {
  assert.deepEqual(ofNode(node()), []);
});

const pool = {
  name: 'tank',
  size: 100 * gib,
  free: 50 * gib,
  health: 'ONLINE',
  vdevs: [],
  properties: new Map(),
};
const cases: readonly (readonly [what: string, facts: Facts, found: ReturnType<typeof ofNode>])[] = [
  [
    'a machine without Proxmox VE',
    node({
      packages: new Map([
        ['zfsutils-linux', '2'],
        ['pve-container', '1'],
        ['qemu-server', '1'],
        ['libpve-storage-perl', '1'],
      ]),
    }),
    [
      {
        level: 'bad',
        title: 'this is no Proxmox VE: pve-manager is not installed',
        command: 'phx doctor --host root@<address>',
      },
    ],
  ],
  [
    'a version that phx does not know',
    node({ packages: new Map([...fresh.host.packages, ['pve-manager', '7.4-3']]) }),
    [
      {
        level: 'look',
        title: 'Proxmox VE 7.4-3 is another one than phx was made with (8.4 and 9.2)',
        command: undefined,
      },
    ],
  ],
  [
    'a package that is missing',
    node({ packages: new Map([...fresh.host.packages].filter(([name]) => name !== 'qemu-server')) }),
    [{ level: 'bad', title: 'qemu-server is not installed', command: 'apt-get install qemu-server' }],
  ],
  [
    'a newer kernel that waits for a boot',
    node({
      node: { ...fresh.host.node, kernel: '6.8.12-4-pve' },
      kernels: ['6.8.12-4-pve', '6.8.12-10-pve'],
    }),
    [{ level: 'look', title: 'kernel 6.8.12-10-pve is installed, 6.8.12-4-pve runs', command: 'reboot' }],
  ],
  [
    'a pool that lost a disk',
    node({ zpools: new Map([['tank', { ...pool, health: 'DEGRADED' }]]) }),
    [{ level: 'bad', title: 'pool tank is DEGRADED', command: 'zpool status -v tank' }],
  ],
  [
    'a pool that is nearly full',
    node({ zpools: new Map([['tank', { ...pool, free: 15 * gib }]]) }),
    [{ level: 'look', title: 'pool tank is 85 % full', command: 'zfs list -o space -r tank' }],
  ],
  [
    'a thin pool whose metadata is full',
    node({
      groups: new Map([
        [
          'pve',
          {
            size: gib,
            free: 0,
            pools: new Map([['data', { size: gib, promised: 0, data: 10, metadata: 95 }]]),
          },
        ],
      ]),
    }),
    [{ level: 'bad', title: 'thin pool pve/data is 95 % full', command: 'lvs pve' }],
  ],
  [
    'a driver that waits for a boot',
    node({ nvidia: { installed: '580.76.05', loaded: '570.1', devices: [] } }),
    [{ level: 'bad', title: 'driver 580.76.05 is installed, 570.1 is loaded', command: 'reboot' }],
  ],
  [
    'a card that is gone',
    node({ gpus: 1 }),
    [
      {
        level: 'bad',
        title: 'the configuration speaks of 2 NVIDIA cards, the node has 1',
        command: 'lspci -nn | grep -i nvidia',
      },
    ],
  ],
  [
    'a guest that something has locked',
    node({}, new Map([[950, { id: 950, kind: 'ct', running: false, conf: 'lock: backup\n' }]])),
    [{ level: 'look', title: 'ctid:950 is locked (backup)', command: 'pct unlock 950' }],
  ],
];
for (const [what, facts, found] of cases) test(what, () => assert.deepEqual(ofNode(facts), found));

const stamp = (task: string, state: Stamp['state'], error?: string): Stamp => ({
  ...{ task, state, fingerprint: {}, outputs: {}, result: '', run: 'r', at: 0, ms: 0 },
  ...(error === undefined ? {} : { error: { title: error, attempt: 1 } }),
});

test('records tell what was cut off and what failed, with the run that takes it up; of tasks that are gone nothing', () => {
  const stamps = [
    stamp('ctid:1/define', 'running'),
    stamp('ctid:2/start', 'failed', 'pct start failed'),
    stamp('ctid:3/start', 'done'),
    stamp('ctid:9/start', 'failed', 'long ago'),
  ];
  const found = recordFindings({ stamps, damaged: 1, isTask: (id) => !id.startsWith('ctid:9/') });
  assert.deepEqual(notWell(found), [
    { level: 'look', title: '1 damaged record left out', command: 'phx run all' },
    { level: 'bad', title: '1 task was cut off and not taken up since', command: 'phx run ctid:1' },
    { level: 'bad', title: '1 task failed when last run', command: 'phx run ctid:2' },
  ]);
  assert.deepEqual(found[2]?.facts, [['ctid:2/start', 'pct start failed']]);
});

test('rights name what Proxmox permits to root alone, and who of the fleet needs it', () => {
  const [root] = rightsFindings(fleet);
  const rows = new Map(root?.facts);
  assert.match(rows.get('devices') ?? '', /ctid:950/);
  assert.equal(rows.has('args of QEMU'), false);
});

test('GPUs are told with who has them, and who of these runs', () => {
  const guests = new Map([[950, { id: 950, kind: 'ct' as const, running: true, conf: '' }]]);
  const [found] = cardFindings(fleet, node({}, guests));
  const first = new Map(found?.facts).get('GPU 0') ?? '';
  assert.match(first, /ctid:950(,|$)/);
  assert.match(first, /ctid:951 \(not running\)/);
});
