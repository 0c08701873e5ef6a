/**
 * JSON cases, facts in and commands out: builds a step with the real plugins, runs it by the engine's own attempt on a
 * scripted node, and compares the exact argv of all that it changed.
 */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Finding, PhxTask } from '../../src/config/project.ts';
import { attempt, type Ending } from '../../src/core/attempt.ts';
import type { RunScope } from '../../src/core/context.ts';
import { askProbes } from '../../src/core/judge.ts';
import { onlySite } from '../../src/core/site.ts';
import type { Stamp, StampStore } from '../../src/core/stamp.ts';
import { bareTerms } from '../../src/core/terms.ts';
import { Observer } from '../../src/host/observe.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { diagnose } from '../../src/proxmox/messages.ts';
import { replaceConfScript, replaceVmConfScript } from '../../src/proxmox/raw-lines.ts';
import { isNamedScope } from '../../src/proxmox/sweep.ts';
import { FakeNode, type Scene, type Scripted, subject } from './fake-node.ts';
import { checksOf, tasksOf, type Wishes } from './fleet.ts';

type Words = string | readonly string[];

export interface Case extends Wishes, Partial<Scripted> {
  readonly name: string;
  /** `configure` of ctid:950 (of vmid:950 where the case has a `vm`), or the whole id of another task. */
  readonly step: string;
  readonly facts?: Scene;
  readonly stamps?: Readonly<Record<string, Partial<Stamp>>>;
  /** Commands that an interrupted run meant to run. */
  readonly intents?: readonly string[];
  readonly mayReboot?: boolean;
  /** A reboot ends phx, too: it runs on the node itself. */
  readonly leaves?: boolean;
  /** Where the person is. */
  readonly operator?: string;
  /** What was asked for by name: `wipe-disk /dev/disk/by-id/a`. */
  readonly permits?: readonly string[];
  /** Values by reference, such as `env:NAS`. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** Command → the command that takes it back, or a word for it; null: its effect stays. Only where given. */
  readonly undo?: Readonly<Record<string, string | null>>;
  /** Changing commands and file writes, in order. */
  readonly commands: readonly Words[];
  /** Looking commands, in order; compared only where they are given. */
  readonly asks?: readonly Words[];
  /** Texts of the files that it wrote. */
  readonly wrote?: Readonly<Record<string, readonly string[]>>;
  /** Files that are not there afterwards. */
  readonly gone?: readonly string[];
  /** Scripts given to commands on standard input contain this. */
  readonly stdin?: string;
  /** Pattern of the problem (title and facts) that blocks it, before or in its run; `gate` where the run stops at one. */
  readonly blocked?: string;
  readonly gate?: string;
  readonly fails?: string;
  readonly outdated?: string;
  /** Pattern of something it logs. */
  readonly logs?: string;
  /** For the step `check`: with the slower tests, and what is told of each check, such as `health port:80 passed (open)`. */
  readonly integration?: boolean;
  readonly found?: readonly string[];
  /** What its probes answer afterwards, as far as given; null: no answer. */
  readonly outputs?: Readonly<Record<string, string | null>>;
}

const known = [
  ...[
    'name',
    'step',
    'ct',
    'vm',
    'others',
    'hypervisor',
    'rendered',
    'facts',
    'stamps',
    'intents',
    'mayReboot',
    'leaves',
    'operator',
    'secrets',
  ],
  ...['answers', 'guest', 'after', 'commands', 'asks', 'wrote', 'gone', 'stdin', 'blocked', 'gate', 'fails'],
  ...['outdated', 'logs', 'outputs', 'permits', 'undo', 'secrets', 'integration', 'found'],
];

/** When an interrupted run meant all that a case says, in epoch milliseconds. */
const intentAt = 0x60000000 * 1000;

const folder = join(dirname(fileURLToPath(import.meta.url)), 'cases');

export function readCases(file: string): Case[] {
  const cases = JSON.parse(readFileSync(join(folder, `${file}.json`), 'utf8')) as Case[];
  for (const each of cases) {
    for (const key of Object.keys(each)) assert.ok(known.includes(key), `${each.name}: no such key ${key}`);
  }
  return cases;
}

/** Registers one test a case. */
export function testCases(file: string): void {
  for (const each of readCases(file)) test(`${file}: ${each.name}`, () => runCase(each));
}

export async function taskOf(each: Case, found: string[] = []): Promise<PhxTask> {
  const id = each.step.includes('/') ? each.step : `${each.vm ? 'vmid' : 'ctid'}:${subject}/${each.step}`;
  const request = { integration: each.integration ?? false, found: tellInto(found) };
  const tasks = id.endsWith('/check') ? checksOf(each, request) : await tasksOf(each);
  const task = tasks.find((candidate) => candidate.id === id);
  assert.ok(task, `no task ${id}`);
  return task;
}

function tellInto(found: string[]) {
  return ({ target, kind, check, ended, said, exit }: Finding) => {
    assert.ok(target.length > 0);
    found.push(`${kind} ${check} ${ended}${exit ? ` exit ${exit}` : ''} (${said})`);
  };
}

export async function runCase(each: Case): Promise<void> {
  const found: string[] = [];
  const task = await taskOf(each, found);
  const script = { answers: each.answers ?? {}, guest: each.guest ?? {}, after: each.after ?? {} };
  const node = new FakeNode({ ...(each.vm ? { kind: 'vm' } : {}), ...(each.facts ?? { conf: {} }) }, script);
  const files = task.touches.filter(isNamedScope);
  const facts = await Observer.begin(node, files);
  const { scope, logged, undone } = scopeOf(each, node, facts);
  const assessment = task.assess?.({
    facts: facts.current(),
    stamp: (id) => scope.stamps.get(id),
    ...scope.terms,
  });
  if (assessment?.verdict === 'blocked') {
    assert.deepEqual(each.commands, []);
    assert.match(print(assessment.problem), new RegExp(each.blocked ?? '^not to be blocked$'));
    return;
  }
  if (assessment?.verdict === 'outdated' || each.outdated) {
    assert.match(
      assessment?.verdict === 'outdated' ? assessment.message : '',
      new RegExp(each.outdated ?? '^$'),
    );
  }
  const judged = { because: [], fingerprint: {} };
  const setup = { run: 'now', scope, started: () => {} };
  const ending = await attempt(task, judged, {
    ...setup,
    diagnose: ({ outcome }) => diagnose(`${outcome.stderr}\n${outcome.stdout}`),
  });
  compareEnding(each, ending);
  assert.deepEqual(
    ending.commands.map(({ argv }) => withoutDigest(argv)),
    each.commands.map(words),
  );
  const changed = new Set(ending.commands.map(({ argv }) => argv.join(' ')));
  const heard = node.heard.map(({ argv }) => argv).filter((argv) => !changed.has(argv.join(' ')));
  if (each.asks) assert.deepEqual(heard, each.asks.map(words));
  if (each.found) assert.deepEqual(found, each.found);
  if (each.stdin) assert.ok(node.heard.some(({ stdin }) => new RegExp(each.stdin ?? '').test(stdin ?? '')));
  for (const [path, lines] of Object.entries(each.wrote ?? {})) {
    assert.deepEqual(node.wrote.get(path)?.split('\n'), lines);
  }
  for (const path of each.gone ?? []) assert.equal(await node.readFile(path), undefined, path);
  for (const [command, back] of Object.entries(each.undo ?? {}))
    assert.equal(undone.get(command), back ?? undefined, command);
  assert.match(logged.join('\n'), new RegExp(each.logs ?? ''));
  const outputs = askProbes(task.outputs, facts.current(), scope.stamps.get(task.id)?.outputs);
  for (const [key, value] of Object.entries(each.outputs ?? {}))
    assert.equal(outputs[key] ?? null, value, key);
}

/** A command as cases write it: without the digest, which the scripted node checks, and without the text of a script. */
function withoutDigest(argv: readonly string[]): string[] {
  const at = argv.indexOf('--digest');
  const bare = at < 0 ? argv : [...argv.slice(0, at), ...argv.slice(at + 2)];
  if (bare[0] !== 'flock') return [...bare];
  return bare.map((word) =>
    word === replaceConfScript || word === replaceVmConfScript
      ? '(script)'
      : word.replace(/^[0-9a-f]{40}$/, '(digest)'),
  );
}

function words(line: Words): string[] {
  return typeof line === 'string' ? line.split(' ') : [...line];
}

function print(problem: { title: string; facts: readonly (readonly [string, string])[] }): string {
  return [problem.title, ...problem.facts.map((fact) => fact.join(': '))].join('\n');
}

function compareEnding(each: Case, ending: Ending): void {
  const told = ending.state === 'done' ? 'done' : `${ending.state}: ${print(ending.problem)}`;
  const wanted = each.blocked ?? each.gate ?? each.fails;
  if (wanted === undefined) assert.equal(told, 'done');
  else assert.match(told, new RegExp(`^${each.fails ? 'failed' : 'blocked'}: [^]*(?:${wanted})`));
  assert.equal(ending.state === 'blocked' && ending.gate, each.gate !== undefined, told);
}

function scopeOf(each: Case, node: FakeNode, facts: Observer) {
  const logged: string[] = [];
  const undone = new Map<string, string>();
  const stamps = new Map<string, Stamp>();
  for (const [task, given] of Object.entries(each.stamps ?? {})) {
    const base = { task, state: 'done' as const, fingerprint: {}, outputs: {}, result: 'r', run: 'then' };
    stamps.set(task, { ...base, at: 0, ms: 1, ...given });
  }
  const store: StampStore = {
    get: (task) => stamps.get(task),
    put: (stamp) => void stamps.set(stamp.task, stamp),
    all: () => stamps.values(),
    commit: () => {},
  };
  let now = 0;
  const scope: RunScope<Facts> = {
    ...{ sites: onlySite(node, facts), stamps: store, clock: () => now, random: () => 'random1' },
    env: () => undefined,
    journal: {
      write: (entry) => {
        if (entry.entry !== 'intent' || entry.undo === undefined) return;
        const back = entry.undo;
        undone.set(entry.argv.join(' '), typeof back === 'string' ? back : back.join(' '));
      },
      intended: (begin) =>
        (each.intents ?? []).some((line) => `${line} `.startsWith(`${begin.join(' ')} `))
          ? intentAt
          : undefined,
    },
    time: {
      now: () => now,
      sleep: async (ms) => {
        now += ms;
      },
    },
    terms: {
      ...bareTerms,
      permits: (kind, name) => each.permits?.includes(`${kind} ${name}`) ?? false,
      operator: each.operator,
      reboot: each.leaves ? 'leave' : each.mayReboot ? 'wait' : 'no',
      secrets: {
        digest: (reference) => each.secrets?.[reference],
        reveal: (reference) => {
          assert.ok(each.secrets && reference in each.secrets, `no secret ${reference}`);
          return each.secrets[reference] ?? '';
        },
      },
    },
    abort: new AbortController().signal,
    shared: new Map(),
    leases: new Map(),
    line: (_task, _stream, text) => void logged.push(text),
  };
  return { scope, logged, undone };
}

/** A scope without any history on a node that shows this scene. */
export async function scopeFor(scene: Scene, answers: Scripted['answers'] = {}): Promise<RunScope<Facts>> {
  const node = new FakeNode(scene, { answers, guest: {}, after: {} });
  return scopeOf({ name: '', step: '', commands: [] }, node, await Observer.begin(node, [])).scope;
}
