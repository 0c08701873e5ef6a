/** Taking a run back: what a journal allows, and how it is done. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digest } from '../../src/core/digest.ts';
import { CommandError } from '../../src/core/error.ts';
import type { JournalEntry } from '../../src/core/journal.ts';
import type { TaskContext, Undo } from '../../src/core/task.ts';
import { takeBack, undoingsOf } from '../../src/core/undo.ts';

let clock = 0;
const ran = (task: string, line: string, undo?: Undo, exit: number | null = 0): JournalEntry[] => {
  const argv = line.split(' ');
  const base = { at: clock++, task, argv };
  const intent: JournalEntry = { ...base, entry: 'intent', ...(undo ? { undo } : {}) };
  return exit === null ? [intent] : [intent, { ...base, entry: 'outcome', exit, ms: 1 }];
};
const wrote = (
  task: string,
  path: string,
  before: string | null | undefined,
  after?: string,
): JournalEntry => ({
  at: clock++,
  entry: 'wrote',
  task,
  path,
  ...(before === undefined ? {} : { before }),
  ...(after === undefined ? {} : { after: digest(after) }),
});

test('newest first, reloads last and once, what stays is said', () => {
  const entries = [
    ...ran('a', 'pvesm add dir x', ['pvesm', 'remove', 'x']),
    wrote('b', '/etc/one', 'old', 'middle'),
    ...ran('b', 'reload it', 'again'),
    wrote('b', '/etc/one', 'middle', 'new'),
    wrote('b', '/etc/two', null, 'new'),
    ...ran('b', 'reload it', 'again'),
    ...ran('b', 'apt-get install y'),
    ...ran('b', 'mkdir -p /x', 'nothing'),
    wrote('b', '/etc/secret', undefined),
    ...ran('a', 'pvesm set x --content iso', ['pvesm', 'set', 'x', '--content', 'images']),
  ];
  assert.deepEqual(undoingsOf(entries), [
    {
      task: 'a',
      steps: [
        { run: ['pvesm', 'set', 'x', '--content', 'images'], of: ['pvesm', 'set', 'x', '--content', 'iso'] },
        { run: ['pvesm', 'remove', 'x'], of: ['pvesm', 'add', 'dir', 'x'] },
      ],
      again: [],
      stays: [],
    },
    {
      task: 'b',
      steps: [
        { file: { path: '/etc/two', before: null, after: digest('new') } },
        { file: { path: '/etc/one', before: 'old', after: digest('new') } },
      ],
      again: [['reload', 'it']],
      stays: ['$ apt-get install y', '/etc/secret: its text is a secret, and was not kept'],
    },
  ]);
});

test('a command that failed left nothing; one whose end nobody saw may have', () => {
  const steps = (exit: number | null) => undoingsOf(ran('a', 'useradd x', ['userdel', 'x'], exit))[0]?.steps;
  assert.deepEqual(steps(1), []);
  assert.deepEqual(steps(null), [{ run: ['userdel', 'x'], of: ['useradd', 'x'] }]);
});

/** A host of a few files; a command named in `fails` ends with 1. */
function hostOf(files: Record<string, string>, fails: readonly string[] = []) {
  const sent: string[] = [];
  const context = {
    readFile: async (path: string) => files[path],
    writeFile: async (path: string, text: string) => {
      files[path] = text;
    },
    removeFile: async (path: string) => {
      delete files[path];
    },
    run: async (argv: readonly string[]) => {
      sent.push(argv.join(' '));
      if (!fails.includes(argv.join(' '))) return { exit: 0, stdout: '', stderr: '', ms: 1 };
      throw new CommandError(argv, { exit: 1, stdout: '', stderr: 'no such storage\n', ms: 1 });
    },
  };
  return { files, sent, context: context as unknown as TaskContext };
}

const undoing = undoingsOf([
  ...ran('a', 'pvesm add dir x', ['pvesm', 'remove', 'x']),
  wrote('a', '/etc/one', 'old', 'new'),
  wrote('a', '/etc/two', null, 'new'),
  ...ran('a', 'reload it', 'again'),
])[0];

test('files are put back, then reloaded; a step that fails does not stop the others', async () => {
  assert.ok(undoing);
  const host = hostOf({ '/etc/one': 'new', '/etc/two': 'new' }, ['pvesm remove x']);
  assert.deepEqual(await takeBack(host.context, undoing, { force: false }), {
    done: ['remove /etc/two', 'put back /etc/one', 'reload it'],
    left: ['pvesm remove x: no such storage'],
  });
  assert.deepEqual(host.files, { '/etc/one': 'old' });
  assert.deepEqual(host.sent, ['pvesm remove x', 'reload it']);
});

test('what somebody changed since is left, unless it is forced', async () => {
  assert.ok(undoing);
  const host = hostOf({ '/etc/one': 'mine', '/etc/two': 'new' });
  const { left } = await takeBack(host.context, undoing, { force: false });
  assert.deepEqual(left, ['/etc/one: it was changed since']);
  assert.deepEqual(host.files, { '/etc/one': 'mine' });
  await takeBack(host.context, undoing, { force: true });
  assert.deepEqual(host.files, { '/etc/one': 'old' });
});

test('what is back already is not touched, and then nothing is reloaded', async () => {
  assert.ok(undoing);
  const host = hostOf({ '/etc/one': 'old' });
  assert.deepEqual(await takeBack(host.context, undoing, { force: false }), {
    done: ['pvesm remove x'],
    left: [],
  });
  assert.deepEqual(host.sent, ['pvesm remove x']);
});

test("a task's own way is used for its files, once for all of them", async () => {
  assert.ok(undoing);
  const host = hostOf({ '/etc/one': 'new', '/etc/two': 'new' });
  const asked: [string, string | null][][] = [];
  const putBack = async (files: ReadonlyMap<string, string | null>) => void asked.push([...files]);
  await takeBack(host.context, undoing, { force: false, putBack });
  assert.deepEqual(asked, [
    [
      ['/etc/two', null],
      ['/etc/one', 'old'],
    ],
  ]);
  assert.deepEqual(host.sent, ['pvesm remove x']);
});
