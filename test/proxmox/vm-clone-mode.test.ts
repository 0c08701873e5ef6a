/** How a VM is cloned: every kind of source on every kind of storage. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canSnapshot, vmAbilitiesOf } from '../../src/proxmox/storage-abilities.ts';
import { type VmCloneWish, vmCloneMode } from '../../src/proxmox/vm-clone-mode.ts';

type Kind = 'template' | 'sealed' | 'stopped' | 'running' | 'running with a TPM';

function wish(kind: Kind, type: string | undefined, full?: boolean, storage = 'a'): VmCloneWish {
  const source = {
    template: kind === 'template',
    sealed: kind === 'sealed',
    state: kind.startsWith('running') ? 'running' : 'stopped',
    tpm: kind.endsWith('TPM'),
    storageType: type,
  } as const;
  return { full, source: { ...source, storage: 'a' }, storage };
}

/** `linked` or `full`, and through what; or the begin of the reason against it. */
function told(asked: VmCloneWish): string {
  const mode = vmCloneMode(asked);
  return 'reason' in mode ? mode.reason : `${mode.linked ? 'linked' : 'full'} ${mode.through}`;
}

const cases: readonly (readonly [
  Kind,
  string | undefined,
  string | RegExp,
  full?: boolean | undefined,
  to?: string,
])[] = [
  ['template', 'zfspool', 'linked template'],
  ['template', 'lvmthin', 'linked template'],
  ['template', 'dir', 'linked template'],
  ['template', 'lvm', 'full template'],
  ['template', 'zfspool', 'full template', true],
  ['template', 'zfspool', 'full template', undefined, 'b'],
  ['template', 'lvm', /cannot link disks/, false],
  ['template', 'zfspool', /stays on the storage of its source: 'a', not 'b'/, false, 'b'],
  ['template', undefined, 'linked template'],
  ['sealed', 'lvmthin', 'full seal'],
  ['sealed', 'dir', 'full seal'],
  ['sealed', 'zfspool', /copies no VM from a snapshot on its storage 'a' \(zfspool\)/],
  ['sealed', 'lvmthin', /no template, and only templates are linked/, false],
  ['stopped', 'zfspool', 'full stopped'],
  ['stopped', 'lvm', 'full stopped'],
  ['running', 'zfspool', 'full live'],
  ['running', 'dir', 'full live'],
  ['running', undefined, 'full live'],
  ['running', 'zfspool', /only templates are linked/, false],
  ['running with a TPM', 'zfspool', /kept running and has a TPM/],
];

for (const [kind, type, wanted, full, to] of cases) {
  test(`${kind} on ${type}, full ${full}, to ${to ?? 'the same'}`, () => {
    const found = told(wish(kind, type, full, to));
    if (typeof wanted === 'string') assert.equal(found, wanted);
    else assert.match(found, wanted);
  });
}

test('snapshots by storage and format', () => {
  assert.equal(canSnapshot('zfspool', undefined), true);
  assert.equal(canSnapshot('dir', undefined), false, 'raw is made without a word');
  assert.equal(canSnapshot('dir', 'qcow2'), true);
  assert.equal(canSnapshot('iscsi', undefined), false);
  assert.equal(canSnapshot('unheard-of', undefined), undefined);
  assert.equal(vmAbilitiesOf('unheard-of'), undefined);
});
