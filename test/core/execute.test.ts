import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BlockedError, CommandError, GateError, LostError } from '../../src/core/error.ts';
import type { RunEvent } from '../../src/core/event.ts';
import { execute } from '../../src/core/execute.ts';
import { TaskGraph } from '../../src/core/graph.ts';
import type { Host } from '../../src/core/host.ts';
import type { JournalEntry } from '../../src/core/journal.ts';
import { onlySite } from '../../src/core/site.ts';
import type { Stamp } from '../../src/core/stamp.ts';
import { type Task, type TaskContext, unseen } from '../../src/core/task.ts';
import { bareTerms } from '../../src/core/terms.ts';

type Run = (context: TaskContext<object>) => Promise<Readonly<Record<string, string>> | undefined>;
const nothing: Run = async () => undefined;

function task(
  id: string,
  dependencies: readonly string[],
  run: Run = nothing,
  more: Partial<Task<object>> = {},
): Task<object> {
  return {
    id,
    target: id.slice(0, id.indexOf('/')),
    title: id,
    revision: '1',
    config: {},
    dependencies: dependencies.map((name) => ({ task: name, kind: 'order' })),
    touches: [],
    run,
    ...more,
  };
}

interface Bench {
  readonly stamps?: Map<string, Stamp>;
  readonly exits?: Readonly<Record<string, number>>;
  readonly demanded?: readonly string[];
  readonly diagnose?: (error: CommandError) => { transient?: boolean } | undefined;
  readonly mayReboot?: boolean;
  readonly hear?: (event: RunEvent) => void;
  readonly took?: Readonly<Record<string, number>>;
  /** Milliseconds that pass at each look at the clock. */
  readonly tick?: number;
}

async function run(tasks: readonly Task<object>[], bench: Bench = {}) {
  const graph = new TaskGraph(tasks);
  const stamps = bench.stamps ?? new Map<string, Stamp>();
  const events: RunEvent[] = [];
  const journal: JournalEntry[] = [];
  const slept: number[] = [];
  let now = 0;
  const host = {
    run: async ({ argv }: { argv: readonly string[] }) => {
      const exit = bench.exits?.[argv[0] ?? ''] ?? 0;
      return { exit, stdout: '', stderr: exit === 0 ? '' : 'it said no', ms: 1 };
    },
    writeFile: async () => {},
    removeFile: async () => {},
  } as unknown as Host;
  const all = new Set(graph.order);
  const demanded = bench.demanded?.map((id) => graph.index.get(id) ?? -1);
  const never = new AbortController().signal;
  const result = await execute<object>({
    graph,
    selection: { shown: all, demanded: demanded ? new Set(demanded) : all, forced: new Set() },
    sites: onlySite(host, { current: () => ({}), refresh: async () => ({}) }),
    stamps: {
      get: (id) => stamps.get(id),
      put: (stamp) => stamps.set(stamp.task, stamp),
      all: () => stamps.values(),
      commit: () => {},
    },
    journal: { write: (entry) => void journal.push(entry), intended: () => undefined },
    clock: () => (now += bench.tick ?? 0),
    time: {
      now: () => 0,
      sleep: async (ms) => {
        slept.push(ms);
      },
    },
    random: () => 'x',
    terms: { ...bareTerms, reboot: bench.mayReboot ? 'wait' : 'no' },
    run: 'run',
    jobs: bench.took ? 1 : 4,
    took: new Map(Object.entries(bench.took ?? {})),
    keepGoing: false,
    widths: new Map(),
    stop: { drain: never, abort: never },
    digestFile: () => undefined,
    env: () => undefined,
    diagnose: bench.diagnose ?? (() => undefined),
    emit: (event) => {
      events.push(event);
      bench.hear?.(event);
    },
  });
  const ended = (type: RunEvent['type']) =>
    events.flatMap((event) => (event.type === type && 'task' in event ? [event.task] : []));
  return { result, events, ended, stamps, journal, slept };
}

test('what took long elsewhere is begun first where no record tells how long it takes', async () => {
  const tasks = [task('a/x', []), task('b/x', []), task('c/x', [])];
  const { ended } = await run(tasks, { took: { 'b/x': 60_000, 'c/x': 2_000 } });
  assert.deepEqual(ended('started'), ['b/x', 'c/x', 'a/x']);
});

test('a listener that throws ends the run as its error, when all that runs has ended', async () => {
  let ended = 0;
  const slow: Run = async () => {
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    ended++;
  };
  const hear = (event: RunEvent) => {
    if (event.type === 'done' && event.task === 'a/x') throw new Error('nobody listens');
  };
  await assert.rejects(run([task('a/x', []), task('b/x', [], slow)], { hear }), /nobody listens/);
  assert.equal(ended, 1);
});

test('a gate stops its own chain and is told as such; an unrelated guest goes on', async () => {
  const gate: Run = async () => {
    throw new GateError({ title: 'reboot first' });
  };
  const { result, ended, stamps } = await run([
    task('host/reboot', [], gate),
    task('host/driver', ['host/reboot']),
    task('gpu/start', ['host/driver']),
    task('web/start', []),
  ]);
  assert.equal(result.gate, true);
  assert.deepEqual(ended('blocked'), ['host/reboot']);
  assert.deepEqual(ended('cancelled'), ['host/driver', 'gpu/start']);
  assert.deepEqual(ended('done'), ['web/start']);
  assert.deepEqual(stamps.get('host/reboot')?.error, { title: 'reboot first', attempt: 1 });
});

test('what stands behind a blocked task still serves other guests', async () => {
  const stamps = new Map<string, Stamp>();
  const chain = (refuse: boolean) => [
    task('src/define', [], nothing, {
      assess: () =>
        refuse ? { verdict: 'blocked', problem: { title: 'identity changed', facts: [] } } : undefined,
    }),
    task('src/seal', ['src/define']),
    task('clone/define', ['src/seal']),
    task('clone/work', ['clone/define'], nothing, { revision: refuse ? '2' : '1' }),
  ];
  await run(chain(false), { stamps });
  const { ended } = await run(chain(true), { stamps });
  assert.deepEqual(ended('blocked'), ['src/define']);
  assert.deepEqual(ended('cancelled'), ['src/seal']);
  assert.deepEqual(ended('fresh'), ['clone/define']);
  assert.deepEqual(ended('done'), ['clone/work']);
});

test('a task that refuses itself keeps the record it had', async () => {
  const stamps = new Map<string, Stamp>();
  await run([task('a/x', [])], { stamps });
  const before = stamps.get('a/x');
  const refuse: Run = async () => {
    throw new BlockedError({ title: 'would lose data' });
  };
  const { result } = await run([task('a/x', [], refuse, { revision: '2' })], { stamps });
  assert.equal(result.blocked, 1);
  assert.deepEqual(stamps.get('a/x'), before);
});

test('what is not demanded is judged and shown, not run, and serves its dependents', async () => {
  const { ended } = await run([task('src/seal', []), task('clone/work', ['src/seal'])], {
    demanded: ['clone/work'],
  });
  assert.deepEqual(ended('kept'), ['src/seal']);
  assert.deepEqual(ended('done'), ['clone/work']);
});

test('a task tells how it came to be started: after whom, and what it had to wait for', async () => {
  const pool = { pools: ['clone:900'] };
  const { events } = await run(
    [task('a/x', [], nothing, pool), task('a/y', ['a/x']), task('b/x', [], nothing, pool)],
    {
      tick: 1,
    },
  );
  const courses = new Map(
    events.flatMap((event) => (event.type === 'done' ? [[event.task, event.course]] : [])),
  );
  const { waited = 0, ...held } = courses.get('b/x') ?? {};
  assert.ok(waited > 0);
  assert.deepEqual(held, { on: 'clone:900', after: 'a/x', tries: 1 });
  assert.equal(courses.get('a/y')?.after, 'a/x');
});

test('a transient failure is tried again after looking, a lasting one is told once', async () => {
  let left = 2;
  const busy: Run = async ({ run: command }) => {
    if (left-- > 0) await command(['busy']);
    return undefined;
  };
  const diagnose = () => ({ transient: true });
  const first = await run([task('a/x', [], busy)], { exits: { busy: 255 }, diagnose });
  assert.equal(first.result.done, 1);
  assert.deepEqual(first.slept, [500, 1000]);
  const lasting: Run = async ({ run: command }) => {
    await command(['broken']);
    return undefined;
  };
  const second = await run([task('a/x', [], lasting)], { exits: { broken: 2 } });
  assert.equal(second.result.failed, 1);
  assert.deepEqual(second.stamps.get('a/x')?.error, {
    title: 'broken failed with exit code 2',
    attempt: 1,
    exit: 2,
    lines: 'it said no',
  });
  const [failed] = second.events.filter((event) => event.type === 'failed');
  assert.ok(failed?.type === 'failed');
  assert.deepEqual(failed.commands, [{ argv: ['broken'], exit: 2, ms: 1 }]);
  assert.match(JSON.stringify(failed.error), /it said no/);
});

test('every changing command has its intent in the journal before its outcome; looking leaves none', async () => {
  const work: Run = async ({ run: command, ask }) => {
    await ask(['look']);
    await command(['change', 'it']);
    return undefined;
  };
  const { journal } = await run([task('a/x', [], work)]);
  assert.deepEqual(
    journal.map((entry) => [entry.entry, 'argv' in entry ? entry.argv.join(' ') : '']),
    [
      ['intent', 'change it'],
      ['outcome', 'change it'],
    ],
  );
});

test('a lease is given back at the end, also when something failed', async () => {
  const released: string[] = [];
  const borrow: Run = async ({ lease }) => {
    lease('guest', async () => {
      released.push('guest');
    });
    return undefined;
  };
  const fail: Run = async () => {
    throw new CommandError(['x'], { exit: 1, stdout: '', stderr: '', ms: 0 });
  };
  await run([task('a/x', [], borrow), task('a/y', ['a/x'], fail)]);
  assert.deepEqual(released, ['guest']);
});

test('a lease whose connection was lost is given back by another look; what fails is told', async () => {
  const released: string[] = [];
  const borrow: Run = async ({ lease }) => {
    for (const name of ['lost', 'failing'])
      lease(name, async () => {
        released.push(name);
        if (name === 'failing') throw new Error('it fails');
        if (released.length === 1) throw new LostError('pve1', ['pct', 'shutdown', '900'], 'cut');
        return 'given back';
      });
    return undefined;
  };
  const { events } = await run([task('a/x', [], borrow)]);
  assert.deepEqual(released, ['lost', 'lost', 'failing']);
  const told = events.flatMap((event) => (event.type === 'notice' ? [event.text] : []));
  assert.deepEqual(told, ['given back', 'failing: it fails']);
});

test('a lease hears how the tasks of its target ended, and its words are the last of the run', async () => {
  const endings: unknown[] = [];
  const borrow: Run = async ({ lease }) => {
    lease('guest', async (_, ending) => {
      endings.push(ending);
      return ending.troubles.map((trouble) => trouble.task).join(' ') || 'all is well';
    });
    return undefined;
  };
  const fail: Run = async () => {
    throw new CommandError(['x'], { exit: 1, stdout: '', stderr: '', ms: 0 });
  };
  const others = [task('a/z', ['a/y']), task('b/x', ['a/z'])];
  const failed = await run([task('a/x', [], borrow), task('a/y', ['a/x'], fail), ...others]);
  const well = await run([task('a/x', [], borrow), task('a/y', ['a/x'])]);
  assert.deepEqual(endings, [
    {
      whole: true,
      troubles: [
        { task: 'a/y', title: 'x failed with exit code 1' },
        { task: 'a/z', title: 'not run: a/y' },
      ],
    },
    { whole: true, troubles: [] },
  ]);
  assert.deepEqual(failed.events.at(-2), { type: 'notice', text: 'a/y a/z' });
  assert.deepEqual(well.events.at(-2), { type: 'notice', text: 'all is well' });
});

test('the slice is all that a task can read of the configuration', async () => {
  const peek: Run = async ({ config }) => {
    config.undeclared?.toString();
    return undefined;
  };
  const { events } = await run([task('a/x', [], peek, { config: { declared: 1 } })]);
  assert.match(JSON.stringify(events), /a\/x reads undeclared, which is not in the slice/);
});

test('a wait that passes its deadline names what was last seen', async () => {
  const wait: Run = async ({ until }) => {
    await until({ what: 'the sun', deadline: 100, interval: 200, look: async () => ({ seen: 'clouds' }) });
    return undefined;
  };
  const { events } = await run([task('a/x', [], wait)]);
  assert.match(JSON.stringify(events), /last seen.*clouds.*in vain for the sun/);
});

test('a wait with a longest pause asks more and more seldom', async () => {
  let looks = 0;
  const look = async () => (++looks < 6 ? { seen: 'clouds' } : { answer: true });
  const wait: Run = async ({ until }) => {
    await until({ what: 'the sun', deadline: 60_000, interval: 1000, longest: 5000, look });
    return undefined;
  };
  assert.deepEqual((await run([task('a/x', [], wait)])).slept, [1000, 2000, 4000, 5000, 5000]);
});

test('answers that cannot be seen from outside are recorded as the run reports them', async () => {
  const tell: Run = async () => ({ inside: '"v1"' });
  const { stamps } = await run([
    task('a/x', [], tell, { outputs: { inside: () => unseen, plain: () => 4 } }),
  ]);
  assert.deepEqual(stamps.get('a/x')?.outputs, { inside: '"v1"', plain: '4' });
});

test('an after edge orders two tasks of one run, holds nothing up and may name nothing', async () => {
  const after = (name: string) => ({ dependencies: [{ task: name, kind: 'after' as const }] });
  const order: string[] = [];
  const note =
    (id: string, ends: Run = nothing): Run =>
    async (context) => {
      order.push(id);
      return ends(context);
    };
  const broken: Run = async () => {
    throw new GateError({ title: 'reboot first', facts: [] });
  };
  const tasks = [
    task('b/late', [], note('b/late'), after('a/gate')),
    task('a/slow', [], note('a/slow')),
    task('a/gate', ['a/slow'], note('a/gate', broken)),
    task('c/alone', [], note('c/alone'), after('nobody/knows')),
  ];
  const { result } = await run(tasks);
  assert.ok(order.indexOf('b/late') > order.indexOf('a/gate'), order.join(' '));
  assert.deepEqual([result.done, result.blocked, result.cancelled], [3, 1, 0]);
  const graph = new TaskGraph(tasks);
  assert.deepEqual([...graph.closure([graph.index.get('b/late') ?? -1])].length, 1);
});

test('a task that failed puts right what it can, once, and the failure tells of it', async () => {
  const asked: unknown[] = [];
  const recover = (takenBack: 'well' | 'unwell' | false): Partial<Task<object>> => ({
    recover: async (context, error) => {
      asked.push(error);
      await context.run(['back']);
      return { facts: [['gone back to', 'x']], hint: 'mend it', command: 'phx y', takenBack };
    },
  });
  const fail: Run = async (context) => {
    await context.run(['no']);
    return undefined;
  };
  const before: Stamp = {
    ...{
      task: 'a/b',
      state: 'done',
      fingerprint: { f: '1' },
      outputs: {},
      result: 'r',
      run: 'then',
      at: 0,
      ms: 0,
    },
  };
  for (const takenBack of ['well', 'unwell', false] as const) {
    asked.length = 0;
    const stamps = new Map([['a/b', before]]);
    const ended = await run([task('a/b', [], fail, recover(takenBack))], { stamps, exits: { no: 3 } });
    assert.equal(ended.result.failed, 1);
    assert.equal(asked.length, 1);
    assert.ok(asked[0] instanceof CommandError);
    const failed = ended.events.find((event) => event.type === 'failed');
    assert.ok(failed?.type === 'failed');
    assert.deepEqual(failed.error.facts.at(-1), ['gone back to', 'x']);
    assert.deepEqual([failed.error.hint, failed.error.command], ['mend it', 'phx y']);
    assert.deepEqual(
      failed.commands.map(({ argv }) => argv[0]),
      ['no', 'back'],
    );
    // Where all is as it was and well, the record from then holds again.
    assert.equal(stamps.get('a/b')?.state, takenBack === 'well' ? 'done' : 'failed');
  }
});

test('what a task cannot put right does not hide why it failed; what was refused is not put right', async () => {
  const fail: Run = async (context) => {
    await context.run(['no']);
    return undefined;
  };
  const helpless = { recover: (context: TaskContext<object>) => context.run(['no']).then(() => undefined) };
  const failed = await run([task('a/b', [], fail, helpless)], { exits: { no: 3 } });
  const event = failed.events.find(({ type }) => type === 'failed');
  assert.ok(event?.type === 'failed');
  assert.match(event.error.title, /no failed with exit code 3/);
  assert.ok(event.error.facts.some(([label]) => label === 'then'));
  const refuse: Run = async () => {
    throw new BlockedError({ title: 'not ours' });
  };
  const never = { recover: async () => assert.fail('it was asked') };
  assert.equal((await run([task('a/b', [], refuse, never)])).result.blocked, 1);
});
