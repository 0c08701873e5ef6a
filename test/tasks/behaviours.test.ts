/**
 * Which behaviour of Proxmox (by its number, see CONTRIBUTING) is shown where: by a case of a step, a recording that the
 * twin replays, or a test of its own. What is named here has to be there.
 */

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readCases } from './cases.ts';

/** `<file>: <beginning of a case's name>`, `recording <name>`, or the path of a test below test/. */
const shown: Readonly<Record<string, readonly string[]>> = {
  B2: ['define: a create that fails is told', 'recording ct-power'],
  B3: ['layer: no marker: the script, given whole on standard input', 'recording push-errors'],
  B5: ['volumes: a resize that ends well and does not grow is a failure', 'recording ct-resize-errors'],
  B6: ['define: made from its template', 'recording ct-create-start-fails'],
  B8: ['configure: a key that left the configuration is deleted', 'recording set-delete-keys'],
  B11: ['health: a program that fails is told with its exit code', 'recording exec-exit-codes'],
  B12: ['power: kept stopped and stopped', 'power: one that runs is left running', 'recording ct-power'],
  B13: ['seal: a worker that ends by itself frees its lock itself', 'recording lock-each'],
  B14: ['define: the id was taken in the meantime', 'define: the id belongs to a VM'],
  B15: ['recording ct-power-missing'],
  B16: ['recording ct-create-refused-options'],
  B17: ['recording ct-create-refused-options'],
  B18: ['recording ct-create-refused-options'],
  B20: ['recording ct-create-refused-target'],
  B21: [
    'configure: a held lock file is waited for',
    'configure: a lock that stays is told',
    'recording lock-each',
  ],
  B22: [
    'configure: somebody changed the container meanwhile',
    'volumes: somebody changed',
    'recording digest',
  ],
  B23: ['recording ct-destroy', 'scenario/guests.test.ts'],
  B24: ['twin/templates.test.ts'],
  B25: ['template: snapshots of a person are in the way', 'recording template-refusals'],
  B27: ['seal: a mount that cannot be snapshotted', 'recording snap-errors'],
  B28: ['seal: a lock that no run of ours can have left is not touched', 'recording lock-each'],
  B30: ['define: a source whose lock a clone in another run holds', 'tasks/clones.test.ts'],
  B31: ['power: somebody else started it', 'recording start-parallel-same', 'recording create-parallel'],
  B32: ['define: half made by somebody else: a person decides', 'recording create-visible-during'],
  B33: ['define: half made by an interrupted run of ours', 'recording crash-create-kill'],
  B35: ['define: a half-made clone of ours', 'seal: a clone of ours that was killed left its source locked'],
  B36: ['configure: several keys in one call', 'recording set-stopped'],
  B37: ['recording set-running-hotplug', 'property/guest-fields.test.ts'],
  B38: ['configure: what was set and waits is told', 'recording set-running-pending'],
  B39: ['configure: a pending value counts as done', 'configure: a pending deletion counts as gone'],
  B40: ['configure: a removed key that only waits for the next start is taken back'],
  B41: ['recording set-running-pending'],
  B42: ['recording set-net-bad-bridge'],
  B43: ['recording set-net-bad-bridge-replug'],
  B44: ['configure: a set that ends well and changes nothing', 'recording set-bad-bridge-stopped'],
  B45: ['configure: arch and ostype that left the configuration stay', 'recording set-delete-keys'],
  B46: [
    'configure: a net that changes keeps its MAC',
    'volumes: a volume that is there',
    'recording set-idempotency',
  ],
  B47: ['volumes: a volume that was detached is named', 'recording set-mp-stopped'],
  B48: ['volumes: options of the root change with its own volume', 'recording set-rootfs-literal'],
  B49: ['volumes: a directory that is not there is made', 'recording set-mp-stopped'],
  B50: [
    ...['configure: a hookscript that may not be executed', 'configure: a device that is not there'],
    'recording ct-hookscript',
  ],
  B51: [
    'volumes: a drive of a protected container is not changed',
    'volumes: protection comes after the drives',
  ],
  B52: [
    'configure: switches in other spellings',
    'configure: sub-keys in another order',
    'recording set-idempotency',
  ],
  B53: ['configure: cpuunits as Proxmox writes them down', 'recording ct-create-odd-rootfs'],
  B54: ['configure: name servers as Proxmox stores them'],
  B55: ['define: made from its template, privilege always said', 'recording ct-create-start'],
  B56: ['configure: tags are sent sorted', 'recording set-tags-description'],
  B57: ['configure: a description stands beside the mark', 'recording set-tags-description'],
  B58: ['configure: a raw line is put at the end of the live section', 'recording raw-lxc-lines'],
  B59: ['template: the flag alone is no template', 'recording template-refusals'],
  B60: ['power: a start that fails three times is told', 'recording ct-start-fails'],
  B61: [
    'power: kept stopped: a running one is shut down, by force',
    'power: a restart from which it does not',
  ],
  B62: ['recording ct-hookscript'],
  B63: ['health: every kind of check', 'recording exec-env-stdin'],
  B64: ['layer: no marker: the script, given whole', 'recording push-basics'],
  B66: ['volumes: a directory is made with the owner', 'recording ct-create-mounts', 'recording snap-errors'],
  B67: ['recording snap-running', 'recording snap-stopped', 'scenario/guests.test.ts'],
  B68: [
    ...[
      'define: linked where the storage links anything',
      'configure: the inherited MAC of a clone is new already',
    ],
    ...['recording clone-full', 'recording clone-linked'],
  ],
  B69: ["define: cloned in full from the source's newest seal", 'recording clone-full'],
  B70: ['volumes: the root grows to its absolute size', 'volumes: the root never shrinks'],
  B71: ['recording ct-create-full'],
  B72: ['recording backup-restore'],
  B73: ['recording ct-formats'],
  B84: ['recording pvesm-config'],
  B86: ['recording pveam'],
  B87: ['configure: arch and ostype that left the configuration stay', 'recording conf-snapshot-sections'],
  B89: ['recording move-volume'],
  B103: ['seal: a worker that ends by itself frees its lock itself'],
  B105: ['host/detached.test.ts'],
  B106: ['define: a half-made one whose worker came to its end after all is kept'],
  B108: ['define: half made with its root still mounted over a loop device'],
  B109: ['host/detached.test.ts'],
  B110: ['define: a half-made clone of ours'],
  B112: ['configure: a conf that changed under the lock is looked at anew'],
  B120: ['recording exec-parallel'],
  B121: ['configure: a description that ends in a line break is as Proxmox keeps it'],
  B147: ['define: a firewall file of a guest that is gone', 'define: a clone without a firewall'],
  B150: ['recording vzdump-modes', 'scenario/guests.test.ts'],
  B151: ['recording vzdump-modes', 'scenario/guests.test.ts'],
  B152: ['recording vzdump-modes'],
  B153: ['recording vzdump-snapshot'],
  B154: ['recording backup-restore'],
};

const below = fileURLToPath(new URL('..', import.meta.url));
const names = new Map<string, readonly string[]>();

function isThere(place: string): boolean {
  if (place.startsWith('recording ')) return existsSync(`${below}fixtures/pve/${place.slice(10)}.json`);
  if (place.endsWith('.test.ts')) return existsSync(`${below}${place}`);
  const [file = '', ...words] = place.split(': ');
  if (!names.has(file))
    names.set(
      file,
      readCases(file).map(({ name }) => name),
    );
  const beginning = words.join(': ');
  return names.get(file)?.some((name) => name.startsWith(beginning)) ?? false;
}

for (const [behaviour, places] of Object.entries(shown)) {
  test(`${behaviour} is shown`, () => {
    assert.deepEqual(
      places.filter((place) => !isThere(place)),
      [],
    );
  });
}
