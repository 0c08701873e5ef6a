/** Each field of a VM's file: an edit of it on a built node runs exactly these tasks and sends exactly this. */

import assert from 'node:assert/strict';
import { Bench, tasksOf } from '../bench.ts';
import { proveFields } from './fields.ts';
import { richVm } from './rich-vm.ts';
import { edits } from './vm-fields.ts';

const secrets = {
  digest: (reference: string) => `hmac:${reference}`,
  reveal: (reference: string) => `secret of ${reference}`,
};
const terms = { secrets };
const fleet = await richVm();
// The newest Proxmox VE, so that no key is refused.
const built = Bench.fresh(fleet, { pve: '9.2' });
const first = await built.run(await tasksOf(fleet), ['all'], { terms });
assert.deepEqual(first.troubles, []);
await built.twin.writeFile('/fastData/shared-iso/snippets/hook.sh', '#!/bin/sh\n', { mode: 0o755 });

proveFields({
  ...{ edits, guest: 'vmid:8001', schema: 'then', load: richVm, built, terms },
  targets: ['vmid:*'],
});
