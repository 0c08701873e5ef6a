/**
 * Layers that are applied anew in a container and a VM, with a safety point of each kind before them, struck at each command
 * and each write: one that leaves the guest unwell is gone back from; one that does not is kept, and what points are too many
 * go. A sample by seed here, all with `npm run test:faults`.
 */

import assert from 'node:assert/strict';
import type { Fleet } from '../../src/config/fleet.ts';
import { Observer } from '../../src/host/observe.ts';
import type { Twin } from '../../src/twin/twin.ts';
import { containerActions } from '../../tasks/lxc/actions.ts';
import { vmActions } from '../../tasks/vm/actions.ts';
import { Bench, sampleOf, tasksOf } from '../bench.ts';
import { worldBesideBackups } from '../property/recreate.ts';
import {
  assertBack,
  dockerHost,
  edit,
  gateway,
  layersIn,
  type Patient,
  quick,
  sick,
} from '../property/sick.ts';
import { tempFolder } from '../temp.ts';
import { HeardNode } from './node.ts';
import { FileSeam } from './seam.ts';
import { chosen, dice } from './seed.ts';
import { Station } from './station.ts';
import { Trial } from './trial.ts';
import {
  built,
  calmly,
  nothingLost,
  type Point,
  runAll,
  type Step,
  type Struck,
  type Undertaking,
} from './undertaking.ts';

const seam = new FileSeam(tempFolder());
const trial = new Trial('safety points', seam);

interface Work extends Step {
  readonly patient: Patient;
  /** The node before the layer was applied anew. */
  readonly former: Twin;
  /** The world at the end, when nothing befalls it. */
  readonly calm: unknown;
  /** Builds the guest, where the step itself does not. */
  readonly plain?: Station;
}

type Begin = Pick<Undertaking, 'before' | 'stampsBefore'>;
const guests = { ct: [900, 902, 952, 953], vm: [8000, 8001] } as const;
/** Beside data of its own, only a point of the root's dataset is gone back to: the data stays as it is. */
const beside = "guests.953.mp0={ storage: 'quickOS-lxc-disks', size: 4, mp: '/srv/data' }";

async function stationOf(patient: Patient, version: number, by: string): Promise<[Station, Bench, Fleet]> {
  const { id, kind } = patient;
  const set = [
    ...[...quick[kind], edit(patient, version), `guests.${id}.safety.by='${by}'`],
    `guests.${id}.rollback='on-failure'`,
    ...(kind === 'ct' && by === 'dataset' ? [beside] : []),
  ];
  const fleet = await sampleOf(guests[kind], set);
  return [new Station(await tasksOf(fleet), seam), Bench.fresh(fleet), fleet];
}

const targetOf = ({ kind, id }: Patient) => `${kind === 'ct' ? 'ctid' : 'vmid'}:${id}`;

/** The same layer in another form. */
async function work(
  id: string,
  patient: Patient,
  by: string,
  version: number,
  begin: Begin,
  through?: Undertaking['through'],
): Promise<{ readonly step: Work; readonly end: Begin }> {
  const [station] = await stationOf(patient, version, by);
  const tasks = station.closure([targetOf(patient)]);
  const base = { id, station, tasks, patient, former: begin.before, ...begin };
  const { step, lived, twin } = await calmly(seam, through ? { ...base, through } : base);
  if (through) assert.match(lived.troubles[0] ?? '', /gone back to: safety-1; .* it is well again/);
  else assert.deepEqual(lived.troubles, []);
  const end = { before: twin, stampsBefore: station.stampText() };
  return { step: { ...step, calm: worldBesideBackups(twin) }, end };
}

/** It goes back, and what was taken back waits; or the failure says that it did not go back. */
async function back({ step }: Point<Work>, struck: Struck, words: string): Promise<void> {
  const { patient, former, station } = step;
  const { twin } = struck;
  seam.begin();
  const node = new HeardNode(twin, undefined, struck.made);
  const next = await runAll(step, twin, node);
  seam.begin();
  const third = await runAll(step, twin);
  const told = [struck.lived, next, third].flatMap((run) => run?.troubles ?? []).join('\n');
  if (struck.lived && /not gone back to safety-1|not as before|not well even so/.test(told)) return;
  assertBack(patient, twin, former, `${words}\n${told}`);
  assert.deepEqual(node.doubled, [], `doubled: ${words}`);
  if (struck.lived) return;
  const blocked = `${targetOf(patient)}/${patient.layer.replace(/^app:.*/, 'app')}`;
  assert.deepEqual(
    [third.troubles.map((line) => line.split(': ')[0]), third.commands],
    [[blocked], []],
    words,
  );
  const stamps = station.stamps();
  assert.ok(stamps.damaged <= 1, `lost: ${words}`);
}

/**
 * The next run ends in the calm world, with as many points; the one after has nothing to do. What was gone back from, since
 * a command failed, waits for a word.
 */
async function kept({ step }: Point<Work>, struck: Struck, words: string): Promise<void> {
  const { patient, former, station } = step;
  const { twin } = struck;
  const gone = struck.lived?.troubles.some((text) => /gone back to: /.test(text)) === true;
  if (gone) assertBack(patient, twin, former, words);
  const permits = (kind: string, name: string) => kind === 'retry' && name === targetOf(patient) && gone;
  seam.begin();
  const node = new HeardNode(twin, undefined, struck.made);
  const next = await runAll({ ...step, terms: { permits } }, twin, node);
  assert.deepEqual(next.troubles, [], words);
  // That a point too many does not go is told, and no reason to fail: it goes with the next one.
  const stays = /could not be removed, and stays/.test(JSON.stringify(struck.lived?.events ?? []));
  if (gone || stays) assert.notDeepEqual(layersIn(twin, patient), layersIn(former, patient), words);
  else assert.deepEqual(worldBesideBackups(twin), step.calm, words);
  assert.deepEqual(node.doubled, [], `doubled: ${words}`);
  seam.begin();
  const third = await station.run(step.tasks, twin);
  assert.deepEqual([third.done, third.troubles], [[], []], words);
  nothingLost(step, [], words);
}

/** `phx rollback` to the point, as a person asks for it. */
async function rollback(of: string, patient: Patient, by: string, begin: Begin): Promise<Work> {
  const { id, kind } = patient;
  const [station, , fleet] = await stationOf(patient, 2, by);
  const facts = (await Observer.begin(begin.before, [])).current();
  const request = { verb: 'rollback' as const, guests: [id], name: 'safety-1' };
  const input = { project: 'phoenix', fleet };
  const own = kind === 'ct' ? containerActions(input, request, facts) : vmActions(input, request, facts);
  const actions = new Station(own, seam, { actions: true });
  const tasks = new Set(actions.graph.order);
  const { step, lived, twin } = await calmly(seam, {
    id: `${of}, asked for`,
    station: actions,
    tasks,
    ...begin,
  });
  assert.deepEqual(lived.troubles, []);
  assert.notDeepEqual(layersIn(twin, patient), layersIn(begin.before, patient));
  return { ...step, patient, former: begin.before, calm: undefined, plain: station };
}

/**
 * Whatever it came to, the next run ends with the layers that are wanted, and the one after has nothing to do; a lock that a
 * killed rollback left is told of, and typing the same again takes it.
 */
async function builtAgain({ step }: Point<Work>, struck: Struck, words: string): Promise<void> {
  const { patient, former, plain } = step;
  const { twin } = struck;
  assert.ok(plain);
  const tasks = plain.closure([targetOf(patient)]);
  seam.begin();
  const next = await plain.run(tasks, twin);
  if (next.troubles.some((text) => /something that died left the lock rollback/.test(text))) {
    assert.equal(struck.lived, undefined, words);
    seam.begin();
    assert.deepEqual((await runAll(step, twin)).troubles, [], words);
    seam.begin();
    assert.deepEqual((await plain.run(tasks, twin)).troubles, [], words);
  } else assert.deepEqual(next.troubles, [], words);
  assertBack(patient, twin, former, words);
  seam.begin();
  const third = await plain.run(tasks, twin);
  assert.deepEqual([third.done, third.troubles], [[], []], words);
}

// All are set up before the first is struck: there is one seam.
const trials: [Work, typeof kept][] = [];
const cases = [gateway, dockerHost].flatMap((patient) =>
  ['snapshot', 'dataset', 'backup'].map((by) => ({ patient, by })),
);
for (const { patient, by } of chosen(cases, 1, dice('safety points'))) {
  const of = `${patient.kind} by ${by}`;
  const [station, bench] = await stationOf(patient, 1, by);
  const begin = await built(seam, station, [targetOf(patient), 'hypervisor'], bench.twin);
  const unwell = sick(patient, layersIn(begin.before, patient));
  const { step } = await work(`${of}, unwell`, patient, by, 2, begin, unwell);
  trials.push([step, back]);
  const { end } = await work(of, patient, by, 2, begin);
  // Backups are called by the second in which they were begun.
  await end.before.time.sleep(60_000);
  trials.push([await rollback(of, patient, by, end), builtAgain]);
  trials.push([(await work(`${of}, well`, patient, by, 3, end)).step, kept]);
}
for (const [step, recover] of trials)
  trial.strikes({ of: step.id, steps: [step], commands: 1, writes: 1, least: 2, recover });
