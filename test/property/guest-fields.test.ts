/** Each field of a container's file: an edit of it on a built fleet runs exactly these tasks and sends exactly this. */

import assert from 'node:assert/strict';
import { Bench, sampleFleet, tasksOf } from '../bench.ts';
import { proveFields } from './fields.ts';
import { edits } from './guest-fields.ts';

const fleet = await sampleFleet();
// The newest Proxmox VE, so that no key is refused.
const built = Bench.fresh(fleet, { pve: '9.2' });
const first = await built.run(await tasksOf(fleet), ['all']);
assert.deepEqual(first.troubles, []);

proveFields({
  ...{ edits, guest: 'ctid:952', schema: 'else', load: sampleFleet, built, targets: ['all'] },
  // Where the template comes from that all of them are made of.
  told: [900],
});
