/**
 * Two people, each with a machine, a folder and a cache of their own, build one fleet over a real sshd: one run at a time
 * works on the node, the other is told of it or waits, and nothing is made twice, also where a machine dies in its run.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { exitCodes } from '../../src/core/error.ts';
import { madeBy } from '../faults/node.ts';
import { changing } from './cut.ts';

const everyTest = process.env.PHX_OVER === 'ssh';
process.env.PHX_OVER = 'ssh';
const { hold, pass } = await import('./node.ts');
const { builtFleet, Project } = await import('../scenario/rig.ts');
const { Person, sentIn } = await import('./person.ts');
type Person = ReturnType<typeof Person.first>;

/** What a build makes that nobody disturbs, and how the node is then. */
const calm = Person.first('laptop');
calm.sent('all');
const whole = { made: made(calm), world: calm.world() };

/** What is sent as a command of its own, also where it is begun to be followed. */
function commandsOf(person: Person): string[] {
  return person.asked().map((words) => words.replace(/^start \S+ /, ''));
}

/** Commands that change the node; the lease changes nothing there. */
function changes(person: Person): string[] {
  return commandsOf(person).filter(
    (words) => changing.test(words) || /^(write|remove) (?!\/etc\/pve\/priv\/phx\/)/.test(words),
  );
}

function made(...people: Person[]): string[] {
  return people.flatMap((person) => commandsOf(person).flatMap((words) => madeBy(words) ?? [])).sort();
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await wait(10);
}

test('of two runs that start at the same moment one works; the other is told of it, or waits and then has nothing to do', async (t) => {
  assert.ok(whole.made.length >= 5, whole.made.join('\n'));
  const anna = Person.first('laptop');
  const bert = anna.colleague('tower');
  const goOn = hold('zpool create');
  t.after(goOn);
  const runs = [anna, bert].map((person) => ({
    person,
    run: person.start('run', 'all', '--yes', '--plain'),
  }));
  const { person: second, told } = await Promise.race(
    runs.map(async ({ person, run }) => ({ person, told: await run.ended })),
  );
  const [first] = runs.filter(({ person }) => person !== second);
  assert.ok(first);
  const { machine } = first.person;
  assert.equal(told.code, exitCodes.locked, told.err);
  const owner = `process ${first.run.child.pid} on ${machine}`;
  for (const part of [
    'Another run is at work',
    owner,
    /since +\d{4}-\d\d-\d\dT/,
    `If ${machine} is gone for good`,
  ])
    assert.match(told.err, part instanceof RegExp ? part : new RegExp(part));
  await until(() => commandsOf(first.person).some((words) => words.startsWith('zpool create')));
  const waiting = second.start('run', 'all', '--yes', '--json', '--wait');
  await waiting.says(new RegExp(`waiting for the run \\S+ of ${owner}, at work since \\d{4}-`));
  goOn();
  const ended = await first.run.ended;
  assert.equal(ended.code, 0, ended.err);
  const late = await waiting.ended;
  assert.equal(late.code, 0, late.err);
  assert.deepEqual(sentIn(late.out), []);
  assert.deepEqual(changes(second), []);
  assert.deepEqual(made(anna, bert), whole.made);
  assert.deepEqual(anna.world(), whole.world);
});

/** A run that is killed at this command; the lease is not given back. */
async function killed(anna: Person, at: string, when: string): Promise<void> {
  assert.equal(anna.phx('twin', 'fault', at, '--kill', when).code, 0);
  const { code, err } = await anna.start('run', 'all', '--yes').ended;
  assert.equal(code, null, err);
}

/** For two minutes the lease is that of the machine that is gone. */
function notYet(bert: Person): void {
  const refused = bert.phx('run', 'all', '--yes');
  assert.equal(refused.code, exitCodes.locked);
  assert.match(refused.err, /on laptop/);
  pass(100_000);
  assert.equal(bert.phx('run', 'all', '--yes').code, exitCodes.locked);
  assert.deepEqual(changes(bert), []);
}

test('a machine dies in its run: on another one it is gone on with after two minutes, in the same state', async () => {
  const anna = Person.first('laptop');
  const bert = anna.colleague('tower');
  await killed(anna, 'pct create 102', 'after');
  notYet(bert);
  const waiting = bert.start('run', 'all', '--yes', '--plain', '--wait');
  await waiting.says(/waiting for the run \S+ of process \d+ on laptop/);
  assert.deepEqual(changes(bert), []);
  pass(30_000);
  const { code, out, err } = await waiting.ended;
  assert.equal(code, 0, err);
  assert.match(out, /took over the lock of process \d+, which is gone/);
  assert.deepEqual(made(anna, bert), whole.made);
  assert.deepEqual(anna.world(), whole.world);
  assert.deepEqual([bert.sent('all'), anna.sent('all')], [[], []]);
});

test('a guest that a machine left half made when it died is cleared and made by another one', async () => {
  const anna = Person.first('laptop');
  const bert = anna.colleague('tower');
  await killed(anna, 'pct create 101', 'during');
  assert.match(anna.phx('twin', 'exec', '--', 'pct', 'config', '101').out, /^lock: create$/m);
  notYet(bert);
  pass(30_000);
  bert.sent('all');
  assert.deepEqual(anna.world(), whole.world);
  assert.deepEqual([bert.sent('all'), anna.sent('all')], [[], []]);
});

test('on the very machine of a run that died it is gone on with at once, in another folder, too', async () => {
  const anna = Person.first('laptop');
  const other = anna.colleague('laptop');
  await killed(anna, 'pct create 102', 'after');
  other.sent('all');
  assert.deepEqual(made(anna, other), whole.made);
  assert.deepEqual(anna.world(), whole.world);
});

test('a colleague who knows nothing of what stands sends no command for it', () => {
  const colleague = calm.colleague('tower');
  const planned = colleague.plan('all').tasks.flatMap(({ commands, files }) => [...commands, ...files]);
  assert.deepEqual(planned, []);
  assert.deepEqual(colleague.sent('all'), []);
  assert.deepEqual(changes(colleague), []);
});

/** With `npm run over-ssh` alone: it builds the whole sample. */
if (everyTest)
  test('of the whole sample fleet, too, also for what is stopped', () => {
    const project = builtFleet();
    const before = project.world();
    const colleague = Project.fleet();
    colleague.write('ssh_config', project.read('ssh_config'));
    const planned = colleague.plan('all').tasks.flatMap(({ commands, files }) => [...commands, ...files]);
    assert.deepEqual(planned, []);
    assert.deepEqual(colleague.run(['all']).commands, []);
    assert.deepEqual(project.world(), before);
    assert.deepEqual(colleague.run(['all']).commands, []);
  });
