/** Complaints about safety points that cannot be taken, or not gone back to without a loss. Place and words. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brief, ct, type Files, node, problemsOf, vm } from './project.ts';

const g1 = 'config/guests/101-a.json5';
const hv = 'config/hypervisor.json5';
const backups = node.replace("'snippets'] }", "'snippets', 'backup'] }");
const onFiles = backups.replace(
  'storage: {',
  "storage: {\n    files: { type: 'dir', path: '/tank/iso/f', content: ['rootdir'] },",
);
const back = "  rollback: 'on-failure',";
const by = (means: string) => `  safety: { by: '${means}' },`;
const bind = "  mp0: { source: '/tank/ct/share', mp: '/share' },";
const data = "  mp0: { storage: 'ct', size: 4, mp: '/data' },";
const onDir = (...more: string[]) =>
  ct(101, ...more).replace("rootfs: { storage: 'ct'", "rootfs: { storage: 'files'");
const disk = "  scsi1: { storage: 'vm', size: 4 },";
const media = [
  "  ide3: { file: 'iso:iso/x.iso', media: 'cdrom' },",
  "  ciuser: 'ann', bios: 'ovmf', efidisk0: { storage: 'vm' },",
];
const onFolder = (...more: string[]) =>
  vm(101, ...more).replace("disk: { storage: 'vm'", "disk: { storage: 'files'");
const filed = onFiles.replace("content: ['rootdir'] },\n", "content: ['rootdir', 'images'] },\n");

const cases: Readonly<Record<string, { files: Files; says: readonly string[]; hint?: string }>> = {
  'points are taken of everything that can have them, and of the rest none': {
    files: { [hv]: onFiles, [g1]: onDir(bind) },
    says: [],
  },
  'a rollback by snapshot': { files: { [g1]: ct(101, back) }, says: [] },
  'a rollback by snapshot beside a directory of the node': {
    files: { [g1]: ct(101, back, bind) },
    says: [
      `${g1}:8:13 container 101 is to be rolled back by a snapshot, but mounts a directory of the node (mp0): Proxmox takes no snapshot of it (B66)`,
    ],
    hint: "say safety: { by: 'dataset' } or { by: 'backup' }, or leave out rollback",
  },
  'the same on a storage without datasets': {
    files: { [hv]: onFiles, [g1]: onDir(back, bind) },
    says: [
      `${g1}:8:13 container 101 is to be rolled back by a snapshot, but mounts a directory of the node (mp0): Proxmox takes no snapshot of it (B66)`,
    ],
    hint: "say safety: { by: 'backup' }, or leave out rollback",
  },
  'a rollback by snapshot beside data of its own': {
    files: { [g1]: ct(101, back, data) },
    says: [
      `${g1}:8:13 container 101 is to be rolled back by a snapshot, and its data in mp0 would go back in time with it`,
    ],
    hint: "say safety: { by: 'dataset' }, or leave out rollback",
  },
  'a rollback by dataset, beside anything': {
    files: { [g1]: ct(101, back, by('dataset'), data, bind.replace('mp0', 'mp1')) },
    says: [],
  },
  'a rollback by snapshot where the storage has none': {
    files: { [hv]: onFiles, [g1]: onDir(back) },
    says: [
      `${g1}:8:13 container 101 is to be rolled back by a snapshot, but Proxmox takes none of containers on storage 'files' (dir)`,
    ],
    hint: "say safety: { by: 'backup' }, or leave out rollback",
  },
  'points by dataset where the root has none': {
    files: { [hv]: onFiles, [g1]: onDir(by('dataset')) },
    says: [
      `${g1}:8:17 container 101 has safety points by dataset, but its root has none: storage 'files' is of type dir`,
    ],
    hint: "say safety: { by: 'backup' }",
  },
  'a rollback by backup': {
    files: { [hv]: onFiles, [g1]: onDir(back, by('backup'), bind) },
    says: [],
  },
  'a rollback by backup beside data of its own': {
    files: { [hv]: onFiles, [g1]: ct(101, back, by('backup'), data) },
    says: [
      `${g1}:8:13 container 101 is to be rolled back by a backup, and a restore would take its data in mp0 with it`,
    ],
    hint: "say safety: { by: 'dataset' }, or leave out rollback",
  },
  'a rollback by backup of what is protected': {
    files: { [hv]: backups, [g1]: ct(101, back, by('backup'), '  protection: true,') },
    says: [
      `${g1}:8:13 container 101 is to be rolled back by a backup, but is protected: Proxmox restores nothing over it (B154)`,
    ],
  },
  'backups that no storage takes': {
    files: { [g1]: ct(101, by('backup')) },
    says: [`${g1}:8:17 container 101 has safety points by backup, but no storage of the node takes backups`],
    hint: "give a storage of the node the content 'backup'",
  },
  'backups on a storage that does not take them': {
    files: { [hv]: backups, [g1]: ct(101, "  safety: { by: 'backup', storage: 'ct' },") },
    says: [
      `${g1}:8:36 container 101 has safety points by backup on storage 'ct', which does not take backups`,
    ],
    hint: 'iso can',
  },
  'backups on a storage that there is not': {
    files: { [hv]: backups, [g1]: ct(101, "  safety: { by: 'backup', storage: 'far' },") },
    says: [`${g1}:8:36 container 101 has safety points by backup on storage 'far', which does not exist`],
  },
  'a rollback without any point': {
    files: { [g1]: ct(101, back, by('none')) },
    says: [
      `${g1}:8:13 container 101 is to be rolled back on failure, but has no safety point to go back to: safety: { by: 'none' } takes none`,
    ],
    hint: 'leave out rollback, or say how one is taken',
  },
  'a rollback of a template': {
    files: { [g1]: ct(101, back, "  template: true, state: 'stopped',") },
    says: [
      `${g1}:8:13 container 101 is to be rolled back on failure, but has no safety point to go back to: none is taken of a template`,
    ],
  },
  'of a VM, beside what is no data': { files: { [g1]: vm(101, back, ...media) }, says: [] },
  'of a VM with data': {
    files: { [g1]: vm(101, back, disk) },
    says: [
      `${g1}:8:13 VM 101 is to be rolled back by a snapshot, and its data in scsi1 would go back in time with it`,
    ],
    hint: "say safety: { by: 'dataset' }, or leave out rollback",
  },
  'of a VM with a device of the node': {
    files: { [g1]: vm(101, back, "  scsi1: { file: '/dev/sdb' },") },
    says: [
      `${g1}:8:13 VM 101 is to be rolled back by a snapshot, but has a device of the node (scsi1): Proxmox takes no snapshot of it`,
    ],
    hint: "say safety: { by: 'dataset' }, or leave out rollback",
  },
  'of a VM by dataset, beside anything': {
    files: { [g1]: vm(101, back, by('dataset'), disk, "  scsi2: { file: '/dev/sdb' },") },
    says: [],
  },
  'of a VM by dataset where its disk has none': {
    files: { [hv]: filed, [g1]: onFolder(by('dataset')) },
    says: [
      `${g1}:8:17 VM 101 has safety points by dataset, but its root has none: storage 'files' is of type dir`,
    ],
    hint: "say safety: { by: 'backup' }",
  },
  'of a VM whose disk is raw': {
    files: { [hv]: filed, [g1]: onFolder(back) },
    says: [
      `${g1}:8:13 VM 101 is to be rolled back by a snapshot, but Proxmox takes none of VMs with scsi0 on storage 'files' (dir)`,
    ],
    hint: "say safety: { by: 'backup' }, or leave out rollback",
  },
  'of a VM whose disk is qcow2': {
    files: { [hv]: filed, [g1]: onFolder(back).replace('size: 8', "size: 8, format: 'qcow2'") },
    says: [],
  },
  'of a VM by backup, beside data that is no part of it': {
    files: { [hv]: backups, [g1]: vm(101, back, by('backup'), disk.replace('4', '4, backup: false')) },
    says: [
      `${g1}:8:13 VM 101 is to be rolled back by a backup, and a restore would take its data in scsi1 with it`,
    ],
    hint: "say safety: { by: 'dataset' }, or leave out rollback",
  },
};

for (const [name, { files, says, hint }] of Object.entries(cases)) {
  test(name, async () => {
    const problems = await problemsOf(files);
    assert.deepEqual(problems.map(brief), says);
    if (hint !== undefined) assert.equal(problems[0]?.hint, hint);
  });
}
