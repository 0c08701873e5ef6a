/** Random containers and VMs, built and edited: what their files say is what the node has, and nothing is left to do. */

import { test } from 'node:test';
import { containers } from './random-containers.ts';
import { prove } from './random-guests.ts';
import { builtNode } from './random-node.ts';
import { vms } from './random-vms.ts';

const built = await builtNode();

test('any container is built as its file says, edited to any other, and then there is nothing to do', () =>
  prove(built, {
    ...{ kind: 'ct', guests: containers, target: 'ctid:950', conf: '/etc/pve/lxc/950.conf', runs: 25 },
    kept: { arch: 'a container has one (B87)', ostype: 'a container has one (B45)' },
  }));

test('any VM is built as its file says, edited to any other, and then there is nothing to do', () =>
  prove(built, {
    ...{ kind: 'vm', guests: vms, target: 'vmid:950', conf: '/etc/pve/qemu-server/950.conf', runs: 15 },
    kept: { arch: 'a machine has one' },
  }));
