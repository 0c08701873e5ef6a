/** How a container is cloned: every kind of source on every kind of storage. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cloneMode } from '../../src/proxmox/clone-mode.ts';
import type { CloneWish } from '../../src/proxmox/clone-wish.ts';
import { abilitiesOf, snapshotTypes } from '../../src/proxmox/storage-abilities.ts';

type Kind = 'template' | 'sealed' | 'stopped' | 'running';

function wish(kind: Kind, type: string | undefined, full?: boolean, storage = 'a'): CloneWish {
  const state = kind === 'running' ? 'running' : 'stopped';
  const source = {
    template: kind === 'template',
    sealed: kind === 'sealed',
    state,
    storageType: type,
  } as const;
  return { full, source: { ...source, storage: 'a' }, storage };
}

/** `linked` or `full`, and through what; or the begin of the reason against it. */
function told(asked: CloneWish): string {
  const mode = cloneMode(asked);
  return 'reason' in mode ? mode.reason : `${mode.linked ? 'linked' : 'full'} ${mode.through}`;
}

const cases: readonly (readonly [CloneWish, string | RegExp])[] = [
  [wish('template', 'zfspool'), 'linked template'],
  [wish('template', 'lvmthin'), 'linked template'],
  [wish('template', 'btrfs'), 'linked template'],
  [wish('template', 'dir'), 'full template'],
  [wish('template', 'nfs'), 'full template'],
  [wish('template', 'zfspool', true), 'full template'],
  [wish('template', 'zfspool', undefined, 'b'), 'full template'],
  [wish('template', 'zfspool', true, 'b'), 'full template'],
  [wish('template', 'zfspool', false), 'linked template'],
  [wish('template', undefined, false), 'linked template'],
  [wish('template', 'dir', false), /cannot link containers/],
  [wish('template', 'zfspool', false, 'b'), /stays on the storage of its source: 'a', not 'b'/],
  [wish('sealed', 'zfspool'), 'full seal'],
  [wish('sealed', 'zfspool', undefined, 'b'), 'full seal'],
  [wish('sealed', 'zfspool', false), /no template, and its storage 'a' \(zfspool\) links templates only/],
  [wish('sealed', 'btrfs', false), 'linked seal'],
  [wish('stopped', 'dir'), 'full stopped'],
  [wish('stopped', 'zfspool'), 'full stopped'],
  [wish('stopped', 'lvmthin', false), /links templates only/],
  [wish('running', 'zfspool'), 'full running'],
  [wish('running', undefined), 'full running'],
  [wish('running', 'dir'), /kept running, has no snapshot/],
  [wish('running', 'nfs', true), /kept running, has no snapshot/],
];

for (const [asked, wanted] of cases) {
  const { template, sealed, state, storageType } = asked.source;
  const kind = template ? 'template' : sealed ? 'sealed' : state;
  test(`${kind} on ${storageType}, full ${asked.full}, to ${asked.storage}`, () => {
    if (typeof wanted === 'string') assert.equal(told(asked), wanted);
    else assert.match(told(asked), wanted);
  });
}

test('what storages can do', () => {
  assert.deepEqual(snapshotTypes, ['zfspool', 'lvmthin', 'rbd', 'btrfs']);
  assert.equal(abilitiesOf('lvm')?.template, false);
  assert.equal(abilitiesOf('zfspool')?.resize, 'quota');
  assert.equal(abilitiesOf('dir')?.resize, 'image');
  assert.equal(abilitiesOf('pbs'), undefined);
  assert.equal(abilitiesOf('constructor'), undefined);
});
