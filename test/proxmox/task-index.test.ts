/** Lists of tasks on the node. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseTaskIndex } from '../../src/proxmox/task-index.ts';

const running = 'UPID:pve1:0000AB12:123456789:65A0B2C3:vzcreate:950:root@pam:';

test('each task once, oldest first; lines that are none are left out', () => {
  const index = `UPID:pve1:0000AB11:00112233:65A0B2C2:vzclone:900:anna@pve: 65A0B2D0 OK\n\nrubbish\nUPID:broken\n${running} 65A0B2FF OK\n`;
  const tasks = parseTaskIndex(`${running} 1\n`, index, undefined);
  assert.deepEqual(tasks, [
    {
      upid: 'UPID:pve1:0000AB11:00112233:65A0B2C2:vzclone:900:anna@pve:',
      started: 0x65a0b2c2,
      type: 'vzclone',
      id: '900',
      user: 'anna@pve',
    },
    { upid: running, started: 0x65a0b2c3, type: 'vzcreate', id: '950', user: 'root@pam' },
  ]);
});

test('a task without an id, and an id of another kind', () => {
  const [task, other] = parseTaskIndex(
    'UPID:n:1:2:3:aptupdate::root@pam: 4 OK\nUPID:n:1:2:4:download:u.tar.zst:root@pam: 4 OK\n',
  );
  assert.equal(task?.id, '');
  assert.equal(other?.id, 'u.tar.zst');
});
