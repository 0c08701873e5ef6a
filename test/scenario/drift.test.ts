/** `phx drift`: what is otherwise than phx left it, in three ways, who was at it, and the way back. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DriftRow } from '../../src/cli/drift.ts';
import { Project } from './rig.ts';

interface Told {
  readonly drift: readonly DriftRow[];
  readonly tasks: Readonly<Record<string, readonly { readonly type: string; readonly user: string }[]>>;
}

const built = Project.known();
built.run(['ctid:900', 'ctid:953']);

test('nothing is said of what stands as it was left, whatever the configuration says now', () => {
  const project = built.copy();
  project.edit(project.guest(953), 'memory: 4096', 'memory: 2048');
  const { code, out } = project.phx('drift', '--check');
  assert.deepEqual({ code, out }, { code: 0, out: 'nothing is otherwise than phx left it\n' });
});

test('each key as it was left, as it is and as it is wanted now; and what Proxmox did there since, by whom', () => {
  const project = built.copy();
  project.phx('twin', 'exec', '--', 'pct', 'set', '953', '--memory', '1024', '--cores', '3');
  project.phx('twin', 'exec', '--', 'pct', 'stop', '953');
  project.edit(project.guest(953), 'memory: 4096', 'memory: 2048');
  const { drift, tasks } = JSON.parse(project.phx('drift', '--json').out) as Told;
  assert.deepEqual(
    drift.map(({ task, key, left, live, wanted, next }) => ({ task, key, left, live, wanted, next })),
    [
      { task: 'ctid:953/configure', key: 'cores', left: '4', live: '3', wanted: '4', next: 'mended' },
      {
        task: 'ctid:953/configure',
        key: 'memory',
        left: '4096',
        live: '1024',
        wanted: '2048',
        next: 'mended',
      },
      {
        task: 'ctid:953/start',
        key: 'state',
        left: 'running',
        live: 'stopped',
        wanted: 'running',
        next: 'mended',
      },
    ],
  );
  // Proxmox knows seconds: what phx itself did in the one in which it left the guest may stand there, too.
  const since = tasks['ctid:953']?.map(({ type, user }) => `${type} by ${user}`);
  assert.ok(since?.includes('vzstop by root@pam'), String(since));
  assert.equal(project.phx('drift', '--check').code, 6);
  assert.match(project.phx('drift', 'ctid:953').out, /memory {2}4096 +1024 +2048 +puts it back/);
  assert.equal(project.phx('drift', 'ctid:900', '--check').code, 0);
});

test('--put-back runs the steps in which something was changed, and nothing else', () => {
  const project = built.copy();
  project.phx('twin', 'exec', '--', 'pct', 'set', '953', '--cores', '3');
  const { code, out } = project.phx('drift', 'ctid:953', '--put-back');
  assert.equal(code, 0, out);
  assert.match(out, /pct set 953 --cores 4/);
  assert.match(out, /\n1 done · /);
  assert.equal(project.phx('drift', '--check').code, 0);
});

test("what a guest says 'ask' or 'report' of is put back by whoever asks for it", () => {
  const project = built.copy();
  project.edit(project.guest(953), "kind: 'ct',", "kind: 'ct',\n  drift: 'ask',");
  project.run(['ctid:953']);
  project.phx('twin', 'exec', '--', 'pct', 'set', '953', '--cores', '3');
  assert.match(project.phx('drift').out, /cores .* stops and asks/);
  assert.equal(project.phx('drift', 'ctid:953', '--put-back').code, 0);
  assert.equal(project.phx('drift', '--check').code, 0);
});
