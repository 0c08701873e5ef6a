/** What a person asks of VMs by a command of its own: the commands that are sent, and what is refused. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ActionRequest } from '../../src/config/project.ts';
import { attempt } from '../../src/core/attempt.ts';
import { siteOf } from '../../src/core/site.ts';
import { vm } from '../../tasks/vm/index.ts';
import { scopeFor } from './cases.ts';
import { type GuestScene, type Scene, subject } from './fake-node.ts';
import { fleetOf } from './fleet.ts';

interface Asked {
  readonly verb: ActionRequest['verb'];
  readonly more?: Partial<ActionRequest>;
  readonly scene?: Omit<GuestScene, 'kind'> & Pick<Scene, 'guests' | 'host'>;
}

/** The commands of an action, or the title of what refused it. */
async function told({ verb, more = {}, scene = {} }: Asked): Promise<readonly string[]> {
  const fleet = fleetOf({ vm: {}, hypervisor: { storage: { safe: { type: 'dir', content: ['backup'] } } } });
  const scope = await scopeFor({ kind: 'vm', ...scene });
  const request = { verb, guests: [Number(subject)], ...more };
  const [task] =
    vm().actions?.({ project: 'fleet', fleet }, request, siteOf(scope.sites, {}).facts.current()) ?? [];
  assert.ok(task && task.id === `vmid:${subject}/${verb}`);
  const setup = { run: 'now', scope, started: () => {}, diagnose: () => undefined };
  const ending = await attempt(task, { because: [], fingerprint: {} }, setup);
  if (ending.state === 'done') return ending.commands.map(({ argv }) => argv.join(' '));
  return [`${ending.state}: ${ending.problem.title}`];
}

const shutdown = 'qm shutdown 950 --timeout 120 --forceStop 1';
const sealed = { more: ['', '[before]', 'snaptime: 1'] };
const template = { conf: { template: '1', scsi0: 'quick:base-950-disk-0,size=8G' } };

const cases: readonly (readonly [name: string, asked: Asked, told: readonly string[]])[] = [
  ['start', { verb: 'start' }, ['qm start 950']],
  ['start of one that runs', { verb: 'start', scene: { running: true } }, []],
  ['stop', { verb: 'stop', scene: { running: true } }, [shutdown]],
  ['adopt of one of ours', { verb: 'adopt' }, []],
  [
    'adopt of one of another project',
    {
      verb: 'adopt',
      scene: { conf: { '#': '#phx%3A project=other kind=vmid vmid=950 incarnation=x from=y' } },
    },
    ['blocked: VM 950 belongs to the project other'],
  ],
  [
    'adopt of one that is locked',
    { verb: 'adopt', scene: { conf: { '#': '#by hand', lock: 'backup' } } },
    ['blocked: VM 950 is locked (backup)'],
  ],
  [
    'adopt of one without a mark: what a person wrote stays behind it',
    { verb: 'adopt', scene: { conf: { '#': '#by hand' } } },
    [
      'qm set 950 --description phx: project=fleet kind=vmid vmid=950 incarnation=random1 from=adopted\nby hand --digest 36916c74280bd397e2f30be051bb5db3cbc1979c',
    ],
  ],
  ['restart', { verb: 'restart', scene: { running: true } }, [shutdown, 'qm start 950']],
  ['start of a template', { verb: 'start', scene: template }, ['blocked: VM 950 is a template']],
  [
    'destroy',
    { verb: 'destroy', scene: { running: true } },
    [shutdown, 'qm destroy 950 --destroy-unreferenced-disks 1 --purge 1'],
  ],
  [
    'destroy of a protected one',
    { verb: 'destroy', scene: { conf: { protection: '1' } } },
    ['blocked: VM 950 is protected'],
  ],
  [
    'destroy of a template with linked clones',
    {
      verb: 'destroy',
      scene: {
        ...template,
        guests: { 951: { kind: 'vm', conf: { scsi0: 'quick:base-950-disk-0/vm-951-disk-0,size=8G' } } },
      },
    },
    ['blocked: Linked clones stand on the volumes of VM 950'],
  ],
  [
    'destroy that is to keep data',
    { verb: 'destroy', more: { keepVolumes: true } },
    ['blocked: phx keeps data volumes of containers only, and 950 is a VM'],
  ],
  [
    'destroy of one that phx did not make',
    { verb: 'destroy', scene: { conf: { '#': null } } },
    ['blocked: VM 950 was not made by phx'],
  ],
  [
    'stop of one that is not there',
    { verb: 'stop', scene: { conf: null } },
    ['blocked: There is no VM 950 on the node'],
  ],
  [
    'snapshot of a name that is taken',
    { verb: 'snapshot', more: { name: 'before' }, scene: sealed },
    ['blocked: VM 950 already has a snapshot before'],
  ],
  [
    'snapshot on a storage that takes none',
    {
      verb: 'snapshot',
      more: { name: 'before' },
      scene: { host: { storage: ['dir: quick', '\tpath /srv', '\tcontent images'] } },
    },
    ['blocked: Proxmox can take no snapshot of VM 950'],
  ],
  [
    'rollback to what is not there',
    { verb: 'rollback', more: { name: 'never' } },
    ['blocked: VM 950 has no snapshot never'],
  ],
  [
    'rollback that did not',
    { verb: 'rollback', more: { name: 'before' }, scene: sealed },
    ['failed: qm said that it rolled 950 back to before, but it did not'],
  ],
  [
    'rollback of one that ran: it runs again',
    {
      verb: 'rollback',
      more: { name: 'before' },
      scene: { ...sealed, conf: { parent: 'before' }, running: true },
    },
    ['qm rollback 950 before', 'qm start 950'],
  ],
];

for (const [name, asked, wanted] of cases) {
  test(name, async () => assert.deepEqual(await told(asked), wanted));
}
