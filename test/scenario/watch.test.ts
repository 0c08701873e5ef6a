/** `phx watch`: what an edit makes stale is shown at once, and run on Enter, or at once with --auto. */

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, test } from 'node:test';
import { program } from './program.ts';
import { Project } from './rig.ts';

const children: ChildProcess[] = [];
after(() => {
  for (const child of children) child.kill();
});

/** A phx that goes on; `until` answers all that it said, as soon as that is in it. */
function started(project: Project, ...words: string[]) {
  const child = spawn(process.execPath, [program, ...words], {
    ...{ cwd: project.root, env: { PATH: process.env.PATH, HOME: project.root, NO_COLOR: '1' } },
  });
  children.push(child);
  let said = '';
  let wake = () => {};
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (data) => {
      said += data;
      wake();
    });
  return {
    until: async (pattern: RegExp): Promise<string> => {
      const late = setTimeout(() => child.kill(), 60_000);
      child.once('exit', () => wake());
      while (!pattern.test(said)) {
        assert.equal(child.exitCode, null, said);
        assert.ok(!child.killed, `it never said ${pattern}: ${said}`);
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      clearTimeout(late);
      const all = said;
      said = '';
      return all;
    },
    type: (line: string) => child.stdin.write(`${line}\n`),
    ended: async () =>
      child.exitCode === null ? ((await once(child, 'exit')) as [number])[0] : child.exitCode,
  };
}

test('Enter runs what is shown; an edit shows what follows from it; q ends', async () => {
  const project = Project.known();
  const phx = started(project, 'watch', 'ctid:900');
  assert.match(await phx.until(/Enter runs it/), /\+ ctid:900\/define {2}stale/);
  phx.type('');
  assert.match(await phx.until(/nothing to run · waiting for an edit/), /18 done/);
  project.edit(project.guest(900), "kind: 'ct',", "kind: 'ct',\n  description: 'the first of all',");
  const shown = await phx.until(/Enter runs it/);
  assert.match(shown, /900-\S+ changed\n/);
  assert.match(shown, /1 to run · 17 fresh/);
  // A mistake is told, and mended by the next edit.
  project.edit(project.guest(900), "kind: 'ct',", "kind: 'cx',");
  // It comes by another pipe than what is said around it.
  await phx.until(/must be .ct.; found .cx./);
  project.edit(project.guest(900), "kind: 'cx',", "kind: 'ct',");
  await phx.until(/1 to run · 17 fresh[\s\S]*Enter runs it/);
  phx.type('q');
  assert.equal(await phx.ended(), 0);
  // It was shown, and not run.
  assert.equal(project.plan('ctid:900').tasks.filter(({ verdict }) => verdict === 'stale').length, 1);
});

test('--auto runs at once, and what failed only after the next edit', async () => {
  const project = Project.known();
  project.phx('twin', 'fault', 'pct create 900', '--exit', '255', '--stderr', 'no room');
  const phx = started(project, 'watch', 'ctid:900', '--auto');
  const failed = await phx.until(/to run · [\s\S]*failed[\s\S]*waiting for an edit/);
  assert.equal(failed.match(/ · 1 failed · /g)?.length, 1, failed);
  project.edit(project.guest(900), "kind: 'ct',", "kind: 'ct',\n  description: 'mended',");
  await phx.until(/done[\s\S]*nothing to run · waiting for an edit/);
  phx.type('q');
  assert.equal(await phx.ended(), 0);
});
