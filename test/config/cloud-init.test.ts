/** Complaints about a VM's own cloud-init data. Place and words. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brief, type Files, load, node, problemsOf, vm } from './project.ts';

const g1 = 'config/guests/101-a.json5';
const hv = 'config/hypervisor.json5';
const net0 = "net0: { model: 'virtio', bridge: 'vmbr0' }";
/** A VM with an address from its router, and this cloudInit. */
const said = (text: string, ...more: readonly string[]) =>
  vm(101, `  ${net0}, ipconfig0: { ip: 'dhcp' },`, ...more, `  cloudInit: { ${text} },`);

interface Case {
  readonly files: Files;
  readonly says: readonly string[];
  readonly hint?: string;
}

const cases: Readonly<Record<string, Case>> = {
  'an unknown key': {
    files: { [g1]: said("timezon: 'UTC'") },
    says: [`${g1}:9:16 unknown key 'cloudInit.timezon'`],
    hint: "did you mean 'timezone'?",
  },
  'a password in clear text': {
    files: { [g1]: said("users: [{ name: 'ann', password: 'hunter2' }]") },
    says: [`${g1}:9:49 cloudInit.users.0.password must be a reference to a secret, never the secret itself`],
  },
  'a command as a line of a shell': {
    files: { [g1]: said("runcmd: ['echo a']") },
    says: [`${g1}:9:25 cloudInit.runcmd.0 must be a list; found 'echo a'`],
  },
  'a guessed name of an interface': {
    files: { [g1]: said('network: { ens18: { dhcp4: true } }') },
    says: [`${g1}:9:27 cloudInit.network.ens18: 'ens18' must be net0 … net31`],
  },
  'an interface that it has not': {
    files: { [g1]: said('network: { net1: { dhcp4: true } }') },
    says: [`${g1}:9:27 VM 101 has no net1, whose network cloudInit describes`],
    hint: "did you mean 'net0'?",
  },
  'routes of an interface without an address': {
    files: {
      [g1]: said(
        "network: { net1: { routes: [{ to: 'default', via: '10.0.0.1' }] } }",
        "  net1: { model: 'virtio', bridge: 'vmbr0' },",
      ),
    },
    says: [`${g1}:10:35 net1 of VM 101 has routes, but no address`],
  },
  'a storage that is not there': {
    files: { [g1]: said("storage: 'isoo'") },
    says: [`${g1}:9:25 storage 'isoo' of VM 101's cloudInit does not exist`],
    hint: "did you mean 'iso'?",
  },
  'a storage that takes no snippets': {
    files: { [g1]: said("storage: 'vm'") },
    says: [`${g1}:9:25 storage 'vm' of VM 101's cloudInit does not take snippets, only images (${hv}:6)`],
  },
  'no storage that takes snippets': {
    files: { [g1]: said(''), [hv]: node.replace(", 'snippets'", '') },
    says: [`${g1}:9:3 no storage takes the snippets of VM 101's cloudInit`],
  },
  'an account twice': {
    files: { [g1]: said("users: [{ name: 'ann' }, { name: 'ann' }]") },
    says: [`${g1}:9:41 account ann of VM 101 is described twice: in users.0 and in users.1`],
  },
  'an account that ciuser names': {
    files: { [g1]: said("users: [{ name: 'ann' }]", "  ciuser: 'ann',") },
    says: [`${g1}:10:24 account ann of VM 101 is described twice: by ciuser and in users.0`],
    hint: 'leave out one of the two',
  },
  'a file twice': {
    files: { [g1]: said("write_files: [{ path: '/a', content: '' }, { path: '/a', content: '' }]") },
    says: [`${g1}:9:67 /a of VM 101 is written twice, in write_files.0 and write_files.1`],
  },
  "a file in phx's own folder": {
    files: { [g1]: said("write_files: [{ path: '/var/lib/phx/x', content: '' }]") },
    says: [`${g1}:9:38 /var/lib/phx/x of VM 101 is where phx keeps its own`],
  },
  'files that no drive takes': {
    files: { [g1]: said(`write_files: [{ path: '/a', content: '${'x'.repeat(1_048_577)}' }]`) },
    says: [
      `${g1}:9:16 the files of VM 101 have 1048577 bytes; a cloud-init drive takes 1048576 of user data`,
    ],
  },
  'a drive in another form': {
    files: { [g1]: said('', "  citype: 'configdrive2',") },
    says: [`${g1}:9:11 cloudInit of VM 101 is for a drive of type nocloud, not configdrive2`],
  },
  'a guest of another kind': {
    files: { [g1]: said('', "  ostype: 'win11',") },
    says: [`${g1}:10:3 cloudInit of VM 101 is for Linux; its ostype is win11`],
  },
  'a template that is never started': {
    files: { [g1]: said("timezone: 'UTC'", "  template: true, state: 'stopped',") },
    says: [
      `${g1}:10:3 VM 101 is a template that is never started: its cloudInit reaches nobody, also none of its clones`,
    ],
    hint: 'say it in the VMs that are cloned from it, each of which has a drive of its own',
  },
  'the key that names it is ignored': {
    files: { [g1]: said("timezone: 'UTC'", "  ignore: ['cicustom'],") },
    says: [`${g1}:10:3 VM 101 has cloudInit, but ignores cicustom, by which its data gets onto the drive`],
    hint: "take 'cicustom' out of ignore, or leave cloudInit out",
  },
  'a container': {
    files: { 'config/guests/102-b.json5': "{ id: 102, kind: 'ct', cloudInit: {} }" },
    says: ["config/guests/102-b.json5:1:24 unknown key 'cloudInit'"],
  },
};

for (const [name, { files, says, hint }] of Object.entries(cases)) {
  test(`cloudInit: ${name}`, async () => {
    const problems = await problemsOf({ [hv]: node, ...files });
    for (const line of says)
      assert.ok(
        problems.some((problem) => brief(problem).startsWith(line)),
        problems.map(brief).join('\n'),
      );
    if (hint !== undefined)
      assert.ok(
        problems.some((problem) => problem.hint === hint),
        problems.map((problem) => problem.hint).join('\n'),
      );
  });
}

test('a VM with an address and nobody who tells it a name server is warned about', async () => {
  const fixed = (more: string) =>
    vm(101, `  ${net0}, ipconfig0: { ip: '10.0.0.5/24', gw: '10.0.0.1' },`, '  cloudInit: {},', more);
  const warned = async (files: Files) => (await load({ [hv]: node, ...files })).problems.map(brief);
  assert.deepEqual(await warned({ [g1]: fixed('') }), [
    `${g1}:9:3 nobody tells VM 101 a name server: neither it nor the node names one`,
  ]);
  assert.deepEqual(await warned({ [g1]: fixed("  nameserver: ['9.9.9.9'],") }), []);
});

test('a template that is started for its layers reads its cloudInit at that first boot', async () => {
  const text = said(
    "timezone: 'UTC'",
    "  template: true, state: 'stopped', agent: true, layers: ['docker'],",
  );
  assert.deepEqual((await load({ [hv]: node, [g1]: text })).problems, []);
});
