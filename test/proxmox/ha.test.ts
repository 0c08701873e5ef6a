/** Resources and rules of the HA manager: what its files say, what is sent, what it says of a guest. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  haManager,
  haSid,
  isHaError,
  isHaRequest,
  isNothing,
  normalRule,
  parseHaResources,
  parseHaRules,
  parseHaStatus,
  resourceDifference,
  ruleDifference,
  wantedResource,
  wantedRule,
} from '../../src/proxmox/ha.ts';

const resources = 'ct: 101\n\tmax_restart 3\n\tstate stopped\n\nvm: 201\n\tcomment front (phx: lab)\n\n';
const rules =
  'node-affinity: home\n\tnodes pve3:2,pve1\n\tresources ct:103\n\tstrict 1\n\nresource-affinity: apart\n\taffinity negative\n\tdisable\n\tresources vm:201,ct:101\n\n';

test('the files say what is kept, and where it may run', () => {
  assert.deepEqual(
    [...parseHaResources(resources)],
    [
      [101, { max_restart: '3', state: 'stopped' }],
      [201, { comment: 'front (phx: lab)' }],
    ],
  );
  assert.deepEqual(
    [...parseHaRules(rules)],
    [
      [
        'home',
        { type: 'node-affinity', options: { nodes: 'pve3:2,pve1', resources: 'ct:103', strict: '1' } },
      ],
      [
        'apart',
        {
          type: 'resource-affinity',
          options: { affinity: 'negative', disable: '1', resources: 'vm:201,ct:101' },
        },
      ],
    ],
  );
  assert.deepEqual([parseHaResources(undefined).size, parseHaRules('').size], [0, 0]);
  assert.deepEqual([haSid({ id: 101, kind: 'ct' }), haSid({ id: 201, kind: 'vm' })], ['ct:101', 'vm:201']);
});

const mark = '(phx: lab)';
/** Present, wanted by the configuration → options to send, options to delete. */
const changes = {
  'nothing where all is said': [{ comment: mark, max_restart: '2' }, { max_restart: 2 }, {}, []],
  'what is usual need not be written': [{ comment: mark }, { max_restart: 1, failback: true }, {}, []],
  'that it is to run is no matter of options': [
    { comment: mark, state: 'stopped', group: 'old' },
    {},
    {},
    [],
  ],
  'what differs is sent alone': [
    { comment: mark, max_restart: '2', max_relocate: '0' },
    { max_restart: 3, max_relocate: 0 },
    { max_restart: '3' },
    [],
  ],
  'what left goes back to what is usual': [{ comment: mark, max_relocate: '4' }, {}, {}, ['max_relocate']],
  'one of somebody else is taken over by the mark': [{}, {}, { comment: mark }, []],
  'the comment is in front of the mark': [
    { comment: mark },
    { comment: 'front' },
    { comment: 'front (phx: lab)' },
    [],
  ],
} as const;

for (const [name, [present, wanted, set, gone]] of Object.entries(changes))
  test(`a resource: ${name}`, () => {
    assert.deepEqual(resourceDifference(present, wantedResource(wanted, 'lab')), { set, gone });
  });

test('a rule is compared in one form', () => {
  const wanted = wantedRule(
    { type: 'node-affinity', resources: ['vm:201', 'ct:101'], nodes: ['pve3:0', 'pve1:2'], strict: false },
    'lab',
  );
  assert.deepEqual(wanted, {
    type: 'node-affinity',
    options: { nodes: 'pve1:2,pve3', resources: 'ct:101,vm:201', comment: mark },
  });
  const same = { nodes: 'pve3,pve1:2', resources: 'vm:201,ct:101', comment: mark, strict: '0', disable: '0' };
  assert.ok(isNothing(ruleDifference(same, wanted.options)));
  assert.deepEqual(ruleDifference({ ...same, strict: '1', nodes: 'pve1' }, wanted.options), {
    set: { nodes: 'pve1:2,pve3' },
    gone: ['strict'],
  });
  assert.deepEqual(normalRule({ disable: '1', affinity: 'positive' }), {
    disable: '1',
    affinity: 'positive',
  });
});

test('the commands of ha-manager', () => {
  const change = { set: { max_restart: '2' }, gone: ['max_relocate', 'failback'] };
  const rule = { type: 'resource-affinity', options: { affinity: 'negative', resources: 'ct:101,vm:201' } };
  assert.deepEqual(
    [
      haManager.add('ct:101', { state: 'stopped', comment: mark }),
      haManager.set('ct:101', change),
      haManager.remove('ct:101'),
      haManager.remove('ct:101', { keepsRules: true }),
      haManager.addRule('apart', rule),
      haManager.setRule('apart', rule.type, { set: {}, gone: ['disable'] }),
      haManager.removeRule('apart'),
    ].map((argv) => argv.join(' ')),
    [
      'ha-manager add ct:101 --state stopped --comment (phx: lab)',
      'ha-manager set ct:101 --max_restart 2 --delete max_relocate,failback',
      'ha-manager remove ct:101',
      'ha-manager remove ct:101 --purge 0',
      'ha-manager rules add resource-affinity apart --affinity negative --resources ct:101,vm:201',
      'ha-manager rules set resource-affinity apart --delete disable',
      'ha-manager rules remove apart',
    ],
  );
});

test('what was only asked for is told from what was done, and from what was given up', () => {
  const outcome = (stdout: string, stderr = '') => ({ stdout, stderr });
  assert.equal(isHaRequest(outcome('Requesting HA start for CT 900\n')), true);
  assert.equal(isHaRequest(outcome('', 'Requesting HA stop for VM 201\n')), true);
  assert.equal(isHaRequest(outcome('Requesting nothing\n', 'CT 900 already running\n')), false);
  assert.equal(isHaError("service 'ct:101' in error state, must be disabled and fixed first"), true);
  assert.equal(isHaError("service 'ct:101' is well"), false);
});

test('what the manager says of a guest', () => {
  const rows = JSON.stringify([
    { id: 'quorum', type: 'quorum', status: 'OK' },
    { sid: 'ct:101', status: 'ct:101 (pve1, starting)', crm_state: 'started', state: 'starting' },
    { sid: 'vm:201', status: 'vm:201 (pve2, error)', crm_state: 'error' },
  ]);
  assert.deepEqual(
    ['ct:101', 'vm:201', 'ct:102'].map((sid) => parseHaStatus(rows, sid)),
    [
      { words: 'ct:101 (pve1, starting)', error: false },
      { words: 'vm:201 (pve2, error)', error: true },
      undefined,
    ],
  );
  assert.deepEqual([parseHaStatus('no', 'ct:101'), parseHaStatus('{}', 'ct:101')], [undefined, undefined]);
});
