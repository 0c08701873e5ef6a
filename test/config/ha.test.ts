/** Complaints about guests that the HA manager is to keep, and about its rules. Place and words. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brief, ct, type Files, node, problemsOf, vm } from './project.ts';

const g1 = 'config/guests/101-a.json5';
const g2 = 'config/guests/102-b.json5';
const hv = 'config/hypervisor.json5';
const shared = node.replace(
  '    iso: {',
  "    nas: { type: 'nfs', server: '10.0.0.5', export: '/x', content: ['rootdir', 'images'] },\n    iso: {",
);
/** The cluster's node with these rules. */
const rules = (text: string): string => shared.replace(/\}$/, `  ha: { rules: { ${text} } },\n}`);
const kept = (id: number, ...more: string[]): string =>
  ct(id, ...more).replace("storage: 'ct'", "storage: 'nas'");
const affinity = (more: string): string => `type: 'node-affinity', ${more}`;

interface Case {
  readonly files: Files;
  readonly says: readonly string[];
  readonly hint?: string;
  /** One node. */
  readonly alone?: boolean;
}

const cases: Readonly<Record<string, Case>> = {
  'all is well': {
    files: {
      [hv]: rules(
        `near: { ${affinity("resources: [101], nodes: ['pve1:2', 'pve2'], strict: true")} }, apart: { type: 'resource-affinity', resources: [101, 102], affinity: 'negative' }`,
      ),
      [g1]: kept(101, '  ha: {},'),
      [g2]: kept(102, "  ha: { state: 'ignored', max_relocate: 0, failback: false },", "  state: 'stopped',"),
    },
    says: [],
  },
  'a node by itself has no HA manager to speak of': {
    alone: true,
    files: {
      [hv]: rules(`near: { ${affinity("resources: [101], nodes: ['pve1']")} }`),
      [g1]: kept(101, '  ha: {},'),
    },
    says: [
      `${g1}:8:3 ha is for the nodes of a cluster`,
      `${hv}:12:18 HA rules are for the nodes of a cluster`,
    ],
    hint: 'phoenixfile.ts says cluster: true for more nodes than one',
  },
  'a template never runs': {
    files: { [hv]: shared, [g1]: kept(101, '  template: true,', "  state: 'stopped',", '  ha: {},') },
    says: [`${g1}:10:3 container 101 becomes a template, which never runs`],
    hint: 'give ha to its clones',
  },
  'what others are cloned from is kept stopped': {
    files: {
      [hv]: shared,
      [g1]: kept(101, "  state: 'stopped',", "  snapshot: 'base',", '  ha: {},'),
      [g2]: kept(102, '  clone: { from: 101 },'),
    },
    says: [
      `${g1}:9:13 container 101 has a snapshot, but Proxmox takes none of containers on storage 'nas' (nfs), where its rootfs lies`,
      `${g1}:10:3 container 101 is kept stopped, as what container 102 is cloned from`,
    ],
  },
  'two states that contradict each other': {
    files: { [hv]: shared, [g1]: kept(101, "  ha: { state: 'stopped' },") },
    says: [`${g1}:8:16 the HA manager would not let container 101 be running, as its state says`],
    hint: "leave ha.state out, or set state: 'stopped'",
  },
  'storages that go with their node: a warning': {
    files: {
      [hv]: shared,
      [g1]: kept(101, '  ha: {},', "  mp0: { storage: 'ct', size: 8, mp: '/data' },"),
      [g2]: vm(102, '  ha: {},'),
    },
    says: [
      `${g1}:9:19 storage 'ct' of container 101 belongs to one node: no other one can start it when that is lost`,
      `${g2}:6:20 storage 'vm' of VM 102 belongs to one node: no other one can start it when that is lost`,
    ],
    hint: 'put its volumes on a storage that all nodes share',
  },
  'rules of guests and nodes that there are not': {
    files: {
      [hv]: rules(`near: { ${affinity("resources: [101, 102, 103], nodes: ['pve1', 'pev2:3']")} }`),
      [g1]: kept(101, '  ha: {},'),
      [g2]: kept(102),
    },
    says: [
      `${hv}:12:66 container 102 is not kept by the HA manager`,
      `${hv}:12:71 there is no guest 103`,
      `${hv}:12:93 there is no node 'pev2'`,
    ],
    hint: 'give it ha: {}',
  },
  'one guest in two rules for nodes': {
    files: {
      [hv]: rules(
        ['one', 'two']
          .map((name) => `${name}: { ${affinity("resources: [101], nodes: ['pve1']")} }`)
          .join(', '),
      ),
      [g1]: kept(101, '  ha: {},'),
    },
    says: [
      `${hv}:12:127 container 101 is in the rule 'one' already, and Proxmox takes one node-affinity for a guest`,
    ],
    hint: 'keep one of them',
  },
  'a rule for fewer than two has nothing to keep together': {
    files: {
      [hv]: rules("apart: { type: 'resource-affinity', resources: [101], affinity: 'negative' }"),
      [g1]: kept(101, '  ha: {},'),
    },
    says: [`${hv}:12:65 the rule 'apart' speaks of one guest: there is nothing to keep together or apart`],
  },
};

for (const [name, { files, says, hint, alone }] of Object.entries(cases)) {
  test(name, async () => {
    const problems = await problemsOf(files, alone ? {} : { nodes: ['pve1', 'pve2'] });
    assert.deepEqual(problems.map(brief), says);
    if (hint !== undefined) assert.equal(problems[0]?.hint, hint);
  });
}
