/**
 * Nothing is taken away without proof that it is ours and a word that asks for it: every call site stands in a table, and
 * what it says is shown on the twin.
 */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Fleet } from '../../src/config/fleet.ts';
import type { ActionRequest } from '../../src/config/project.ts';
import { Observer } from '../../src/host/observe.ts';
import { parseConf } from '../../src/proxmox/conf.ts';
import { lxc } from '../../tasks/lxc/index.ts';
import { vm } from '../../tasks/vm/index.ts';
import { Bench, repository, tasksOf } from '../bench.ts';
import { edits as guestEdits } from '../property/guest-fields.ts';
import { edits as vmEdits } from '../property/vm-fields.ts';
import { wholeNode } from '../whole-node.ts';
import { callSites, callSitesIn } from './call-sites.ts';
import { table } from './destructive-table.ts';
import { Heard, isDestructive, undoIn } from './heard.ts';

const fleet = await wholeNode();
const tasks = await tasksOf(fleet);
const built = Bench.fresh(fleet);
const first = new Heard(built);
const birth = await built.run(tasks, ['all'], { host: first.host });
/** All that a person can allow for these guests on the command line. */
const asked = (...ids: readonly number[]) => ({
  permits: (kind: string, name: string) =>
    ['recreate', 'restart', 'retry', 'update'].includes(kind) && ids.includes(Number(name.slice(5))),
});

async function hand(bench: Bench, ...lines: readonly string[]): Promise<void> {
  for (const line of lines) {
    const { exit, stderr } = await bench.twin.run({ argv: line.split(' '), deadline: 60_000 });
    assert.equal(exit, 0, `${line}: ${stderr}`);
  }
}

/** Runs, and answers what was heard and what was refused. */
async function heardIn(bench: Bench, of: Fleet, targets: readonly string[], terms = {}) {
  const heard = new Heard(bench);
  const run = await bench.run(await tasksOf(of), targets, { host: heard.host, terms });
  return { ...run, destructive: heard.destructive };
}

/** What a person asks of a guest by a command of its own. */
async function act(bench: Bench, verb: ActionRequest['verb'], id: number, more: Partial<ActionRequest> = {}) {
  const facts = (await Observer.begin(bench.twin, [])).current();
  const request = { verb, guests: [id], ...more };
  const input = { project: 'phoenix', fleet };
  const wanted = [lxc(), vm()].flatMap((plugin) => plugin.actions?.(input, request, facts) ?? []);
  const heard = new Heard(bench);
  const none = { get: () => undefined, put: () => {}, all: () => [][Symbol.iterator](), commit: () => {} };
  const { troubles } = await bench.run(wanted, [wanted[0]?.target ?? ''], { host: heard.host, stamps: none });
  return { troubles, destructive: heard.destructive };
}

/** A conf as an editor would leave it. */
async function edit(bench: Bench, id: number, change: (conf: string) => string): Promise<void> {
  const path = `/etc/pve/${bench.twin.state().guests[id]?.kind === 'vm' ? 'qemu-server' : 'lxc'}/${id}.conf`;
  await bench.twin.writeFile(path, change((await bench.twin.readFile(path)) ?? ''));
}

test('every place that takes something away is in the table, and every row is such a place', () => {
  const found = callSites().map(({ place, verb }) => `${place}: ${verb}`);
  const known = table.flatMap(({ place, verbs }) => verbs.map((verb) => `${place}: ${verb}`));
  assert.deepEqual(
    found.filter((site) => !known.includes(site)),
    [],
    'think it through, and give it a row',
  );
  assert.deepEqual(
    known.filter((site) => !found.includes(site)),
    [],
    'these rows are about nothing',
  );
  assert.ok(found.length > 40, String(found.length));
});

test('the scan sees a new call site, and none in a comment', () => {
  const line =
    "export async function tidy(context: Context) {\n  await context.run(['zpool', 'destroy', name]);\n}\n";
  assert.deepEqual(callSitesIn('tasks/new.ts', line), [{ place: 'tasks/new.ts tidy', verb: 'zpool' }]);
  assert.deepEqual(callSitesIn('tasks/new.ts', line.replace('  await', '  // await')), []);
});

const titles = readFileSync(join(repository, 'test', 'safety', 'destructive.test.ts'), 'utf8');
test('every row names the test that shows it', () => {
  for (const { place, shown } of table) {
    const [, file, words = ''] = /^(test\/\S+): ?(.*)$/.exec(shown) ?? [];
    if (file !== undefined) assert.ok(readFileSync(join(repository, file), 'utf8').includes(words), place);
    else if (shown === '') assert.ok(/^src\/proxmox\/|\.ts lost$/.test(place), place);
    else assert.ok(titles.includes(`'${shown}`) || titles.includes(`\`${shown}`), `${place}: ${shown}`);
  }
});

test('a whole fleet is built with no word but that for templates', () => {
  assert.deepEqual(birth.troubles, []);
  assert.deepEqual(first.destructive, ['qm template 8000']);
  const templates = Object.values(fleet.guests).filter(({ template }) => template);
  assert.deepEqual(
    templates.map(({ id }) => id),
    [8000],
  );
});

test('no edit of a field sends such a word but where the field says it', () => {
  const told = [...guestEdits, ...vmEdits].flatMap(({ set, sends }) =>
    sends.filter(isDestructive).map((line) => `${set.join(' ').slice(0, 60)} → ${line}`),
  );
  // A seal says what its guest is made of: another one takes the place of the former.
  const former = told.filter((line) => !/ → qm delsnapshot 8001 initial-[0-9a-f]{6}$/.test(line));
  assert.deepEqual(former, ['template=true state="stopped" rollback="never" → pct template 952']);
});

const identity: readonly (readonly [title: string, ...set: readonly string[]])[] = [
  [
    'template',
    'guests.900.ostemplate="fastData-shared-iso:vztmpl/other.tar.zst"',
    'hypervisor.templates={"other.tar.zst":{"storage":"fastData-shared-iso"}}',
  ],
  ['source', 'guests.952.clone.from=900'],
  ['storage of the root', 'guests.952.rootfs.storage="quickOS-shared-prod-data-volumes"'],
  ['privilege', 'guests.900.unprivileged=false'],
  ['image', 'hypervisor.images.other={"url":"https://example.org/other.img"}', 'guests.8000.image="other"'],
  ['storage of the root disk', 'guests.8001.disk.storage="fastData-shared-bulk-data"'],
  ['bus of the root disk', 'guests.8001.disk.bus="virtio"'],
  ['size that shrinks', 'guests.952.rootfs.size=4', 'guests.8001.disk.size=4'],
  ['pool on other disks', 'hypervisor.zfs.pools.fastData.disks=["/dev/disk/by-id/other"]'],
  [
    'kind of a storage',
    'hypervisor.storage.quickOS-lxc-disks={"type":"dir","path":"/srv/x","content":["rootdir"]}',
  ],
];

for (const [title, ...set] of identity) {
  test(`a whole fleet, edited in every field that it was born with: ${title}`, async () => {
    let edited: Fleet;
    try {
      edited = await wholeNode(set);
    } catch (error) {
      assert.equal((error as Error).name, 'ConfigError');
      return;
    }
    const { destructive, troubles } = await heardIn(built.copy(), edited, ['all']);
    assert.deepEqual(destructive, []);
    assert.ok(troubles.length > 0, 'it is refused');
  });
}

test('a guest, a storage, a user and a backup job that leave the configuration stay', async () => {
  const bench = built.copy();
  const { hypervisor, guests } = fleet;
  const { 953: _guest, ...others } = guests;
  const { 'quickOS-shared-prod-data': _storage, ...storage } = hypervisor.storage;
  const { backup: _user, ...users } = hypervisor.users;
  const less = { guests: others, hypervisor: { ...hypervisor, storage, users, backups: {} } } as Fleet;
  const { destructive } = await heardIn(bench, less, ['all']);
  assert.deepEqual(destructive, []);
  const { guests: left, storages } = bench.twin.state();
  assert.ok(left[953]?.running);
  assert.ok(storages.some(({ id }) => id === 'quickOS-shared-prod-data'));
});

test('what was changed by hand is mended without any such word', async () => {
  const bench = built.copy();
  await hand(
    bench,
    'pct set 952 --memory 999',
    'pct shutdown 953',
    'pct snapshot 954 mine',
    'qm set 8001 --memory 1000',
  );
  await hand(bench, 'pct shutdown 955', 'pct destroy 955', 'zfs create quickOS/mine', 'useradd -m mine');
  const { troubles, destructive } = await heardIn(bench, fleet, ['all']);
  assert.deepEqual([troubles, destructive], [[], []]);
});

const foreign = [
  ['phx did not make', (conf: string) => conf.replace(/^#.*phx%3A.*\n/m, '')],
  ['another project made', (conf: string) => conf.replace('project=phoenix', 'project=other')],
] as const;

test('a guest of the same id that others made', async () => {
  for (const [words, change] of foreign) {
    for (const id of [952, 8001]) {
      const bench = built.copy();
      await edit(bench, id, change);
      const before = bench.twin.state().guests[id];
      const target = id === 952 ? `ctid:${id}` : `vmid:${id}`;
      for (const terms of [{}, asked(id)]) {
        const run = await heardIn(bench, fleet, [target], terms);
        assert.ok(
          run.troubles.some((line) => line.startsWith(`${target}/define:`)),
          `${words}: ${run.troubles}`,
        );
        assert.deepEqual(run.destructive, [], words);
      }
      for (const verb of ['destroy', 'rollback', 'snapshot', 'stop', 'backup'] as const) {
        const { troubles, destructive } = await act(bench, verb, id, { name: 'x' });
        assert.match(
          troubles.join(),
          /was not made by phx|belongs to the project other/,
          `${words}: ${verb}`,
        );
        assert.deepEqual(destructive, []);
      }
      assert.deepEqual(bench.twin.state().guests[id], before, words);
    }
  }
});

test('a guest that others left half made or half destroyed', async () => {
  for (const lock of ['create', 'destroyed', 'clone']) {
    for (const id of [952, 8001]) {
      for (const [words, change] of [
        ...foreign,
        ['ours, destroyed by hand', (conf: string) => conf] as const,
      ]) {
        // With our mark a half-made guest is one that a run of ours left; a half-destroyed one may be anybody's wish.
        if (lock !== 'destroyed' && words.startsWith('ours')) continue;
        const bench = built.copy();
        await edit(bench, id, (conf) => `lock: ${lock}\n${change(conf)}`);
        const target = id === 952 ? `ctid:${id}` : `vmid:${id}`;
        const run = await heardIn(bench, fleet, [target], asked(id));
        assert.deepEqual(run.destructive, [], `${lock} ${id} ${words}`);
        assert.ok(run.troubles.length > 0, `${lock} ${id} ${words}`);
        assert.ok(bench.twin.state().guests[id]);
      }
    }
  }
});

test('a lock that others hold', async () => {
  const bench = built.copy();
  for (const id of [952, 8001]) await edit(bench, id, (conf) => `lock: backup\n${conf}`);
  const edited = await wholeNode(['guests.952.memory=3000', 'guests.8001.memory=3000']);
  const { troubles, destructive } = await heardIn(bench, edited, ['ctid:952', 'vmid:8001'], asked(952, 8001));
  assert.deepEqual(destructive, []);
  assert.equal(troubles.length, 2, troubles.join());
});

test('snapshots and backups that others took', async () => {
  const bench = built.copy();
  // Called like a seal, a safety point and a passing snapshot of ours, but nothing says that we took them.
  await hand(
    bench,
    'pct snapshot 902 docker-ready-abcdef',
    'pct snapshot 953 safety-1',
    'pct snapshot 902 phx-952',
  );
  await hand(bench, 'qm snapshot 8001 safety-1', 'pct snapshot 952 before-the-move');
  const seal = fleet.guests[902]?.snapshot;
  const set = [
    `guests.902.layers=["base_setup",{"name":"docker","params":{"version":"28.5.0"}}]`,
    'guests.953.app.params.client_max_body_size="9m"',
    'guests.8001.layers=["base_setup"]',
  ];
  if (seal) await hand(bench, `pct snapshot 902 ${seal}-abcdef`);
  const edited = await wholeNode(set.filter((path) => !path.includes('client_max')));
  const { destructive } = await heardIn(bench, edited, ['all']);
  const own = /^(?:pct|qm) delsnapshot \d+ (?:safety-[2-9]|[a-z-]+-(?!abcdef)[0-9a-f]{6})$/;
  assert.deepEqual(
    destructive.filter((line) => !own.test(line)),
    [],
  );
  const conf = (id: number) => [...parseConf(bench.twin.state().guests[id]?.conf ?? '').snapshots.keys()];
  assert.ok(conf(952).includes('before-the-move'));
  assert.ok(conf(953).includes('safety-1'));
  if (seal) assert.ok(conf(902).includes(`${seal}-abcdef`));
});

test('volumes that another project parked', async () => {
  const bench = built.copy();
  assert.deepEqual((await act(bench, 'destroy', 952, { keepVolumes: true })).troubles, []);
  const [parking = ''] = Object.keys(bench.twin.state().guests).filter((id) => Number(id) > 900_000_000);
  await edit(bench, Number(parking), (conf) => conf.replace('project=phoenix', 'project=other'));
  const { destructive, troubles } = await act(bench, 'destroy', 952);
  assert.deepEqual(destructive, []);
  assert.match(troubles.join(), /952/);
  assert.ok(bench.twin.state().guests[Number(parking)]);
});

test('a disk that carries something', async () => {
  const [pool = ''] = Object.keys(fleet.hypervisor.zfs.pools);
  const [disk = ''] = fleet.hypervisor.zfs.pools[pool]?.disks ?? [];
  const target = [`hypervisor/zfs:${pool}`];
  const bench = Bench.fresh(fleet);
  bench.twin.signDisk(disk, { signature: 'ext4' });
  const refused = await heardIn(bench, fleet, target);
  assert.match(refused.troubles.join(), /--wipe-disk|carries|ext4/);
  assert.deepEqual(refused.destructive, []);
  const other = await heardIn(bench, fleet, target, {
    permits: (kind: string, name: string) => kind === 'wipe-disk' && name === '/dev/disk/by-id/other',
  });
  assert.deepEqual(other.destructive, []);
  const named = await heardIn(bench, fleet, target, {
    permits: (kind: string, name: string) => kind === 'wipe-disk' && name === disk,
  });
  assert.deepEqual([named.troubles, named.destructive], [[], [`wipefs --all ${disk}`]]);
});

test('what a run finds is none of what its undo takes back', async () => {
  // The whole node stands, and phx has no record of it: as after a lost cache.
  const bench = built.copy();
  bench.stamps.clear();
  const { commands, destructive } = await heardIn(bench, fleet, ['hypervisor']);
  assert.deepEqual(destructive, []);
  const takes = undoIn(bench.journals).filter(isDestructive);
  assert.deepEqual(takes, [], commands.join('\n'));
  assert.ok(undoIn(built.journals).filter(isDestructive).length > 10, 'that of the first run has them');
});

test('a token that somebody makes at the same moment', async () => {
  const bench = built.copy();
  await hand(bench, 'pveum user token remove monitor@pve grafana');
  const heard = new Heard(bench);
  const { host } = heard;
  const late = async (command: Parameters<typeof host.run>[0]) => {
    if (command.argv.join(' ').startsWith('pveum user token add monitor@pve grafana'))
      await hand(bench, 'pveum user token add monitor@pve grafana --comment theirs');
    return host.run(command);
  };
  const { troubles } = await bench.run(tasks, ['hypervisor'], { host: { ...host, run: late } });
  assert.match(troubles.join(), /token:monitor@pve!grafana/);
  assert.deepEqual(heard.destructive, []);
});

test('rights of whom the configuration does not name', async () => {
  const bench = built.copy();
  await hand(bench, 'pveum user add guest@pve', 'pveum acl modify /vms --users guest@pve --roles PVEAuditor');
  await hand(bench, 'pveum acl modify / --users guest@pve --roles Administrator');
  await hand(bench, 'pveum acl modify /vms --groups watchers --roles PVEVMUser');
  const { destructive } = await heardIn(bench, fleet, ['hypervisor']);
  assert.deepEqual(destructive, ['pveum acl delete /vms --groups watchers --roles PVEVMUser']);
});

after(() => {
  console.log(`destructive commands: ${callSites().length} call sites listed, ${table.length} rows`);
});
