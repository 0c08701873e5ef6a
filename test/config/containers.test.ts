/** Complaints about what only containers have: raw lines, graphics cards, directories of the node. Place and words. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brief, ct, type Files, node, problemsOf, vm } from './project.ts';

const g1 = 'config/guests/101-a.json5';
const g2 = 'config/guests/102-b.json5';
const hv = 'config/hypervisor.json5';
const withNode = (section: string): string => node.replace(/\}$/, `  ${section},\n}`);
const cards = "nvidia: { version: '580.1', runfile: 'https://example.org/x', gpus: 2 }";
const bind = "  mp0: { source: '/tank/ct/share', mp: '/share' },";

const cases: Readonly<Record<string, { files: Files; says: readonly string[]; hint?: string }>> = {
  'a raw line with an unknown key': {
    files: { [g1]: ct(101, "  lxc: ['lxc.cap.drop: sys_time', 'lxc.cap.dorp: mknod'],") },
    says: [
      `${g1}:8:35 container 101 has the raw line lxc.cap.dorp, which Proxmox drops at its next write (B58)`,
    ],
    hint: "did you mean 'lxc.cap.drop'?",
  },
  'a raw line that Proxmox writes itself': {
    files: { [g1]: ct(101, "  lxc: ['lxc.rootfs.path = /x'],") },
    says: [`${g1}:8:9 lxc.rootfs.path of container 101 is made by Proxmox itself`],
    hint: 'say it as rootfs: { storage, size }',
  },
  'raw lines that are better said otherwise': {
    files: {
      [g1]: ct(
        101,
        "  lxc: ['lxc.mount.auto: proc:rw sys:rw',",
        "    'lxc.cgroup.devices.allow: a',",
        "    'lxc.cgroup2.devices.allow = c 195:* rwm',",
        "    'lxc.mount.entry: /dev/nvidia0 dev/nvidia0 none bind,optional,create=file',",
        "    'lxc.mount.entry: /dev/fuse dev/fuse none bind,create=file',",
        "    'lxc.apparmor.allow_nesting: 1', 'lxc.prlimit.nofile: 1024'],",
      ),
    },
    says: [
      `${g1}:8:9 lxc.mount.auto of container 101: pct has a switch for a writable /sys`,
      `${g1}:9:5 lxc.cgroup.devices.allow of container 101: keys of cgroup v1 do nothing on a node of Proxmox VE 8 and later (F19)`,
      `${g1}:10:5 lxc.cgroup2.devices.allow of container 101: Proxmox sets these rules itself for devices that it hands through`,
      `${g1}:11:5 lxc.mount.entry of container 101: Proxmox makes these nodes itself for devices that it hands through`,
      `${g1}:12:5 lxc.mount.entry of container 101: Proxmox hands devices through by a key of its own`,
      `${g1}:13:5 lxc.apparmor.allow_nesting of container 101: pct has a switch for nesting`,
    ],
  },
  'a card in a container and in a VM': {
    files: { [hv]: withNode(cards), [g1]: ct(101, '  gpus: [0, 1],'), [g2]: vm(102, '  gpus: [1],') },
    says: [`${g1}:8:13 GPU 1 of container 101 is given whole to VM 102 (${g2}:8)`],
  },
  'a card in two VMs': {
    files: { [hv]: withNode(cards), [g1]: vm(101, '  gpus: [0],'), [g2]: vm(102, '  gpus: [0],') },
    says: [`${g2}:8:10 GPU 0 of VM 102 is given whole to VM 101 (${g1}:8)`],
  },
  'a card of two containers is shared': {
    files: { [hv]: withNode(cards), [g1]: ct(101, '  gpus: [0],'), [g2]: ct(102, '  gpus: [0],') },
    says: [],
  },
  'cards that vfio takes from the containers': {
    files: { [hv]: withNode(`${cards}, vfio: { ids: ['10de:2d04'] }`), [g1]: ct(101, '  gpus: [0],') },
    says: [
      `${hv}:11:90 vfio takes every card 10de:2d04 from the node's driver, which container 101 needs for its GPUs (${g1}:8)`,
    ],
  },
  'cards of two kinds, one for a VM: a warning': {
    files: {
      [hv]: withNode(`${cards}, vfio: { ids: ['10de:2d04'] }`),
      [g1]: ct(101, '  gpus: [0],'),
      [g2]: vm(102, '  gpus: [1],'),
    },
    says: [
      `${hv}:11:90 vfio takes every card 10de:2d04 from the node's driver, which container 101 needs for its GPUs (${g1}:8)`,
    ],
    hint: 'right only when the card of VM 102 is of another kind than those of the containers',
  },
  'an owner of a directory, said twice': {
    files: {
      [hv]: withNode("directories: { '/tank/ct/share': { owner: 'root', mode: '0750' } }"),
      [g1]: ct(101, bind.replace(' },', ', owner: 1000, group: 5 },')),
    },
    says: [
      `${g1}:8:57 owner of /tank/ct/share is said by container 101 and by the node's directories (${hv}:11)`,
    ],
    hint: 'say it in one of the two places',
  },
};

for (const [name, { files, says, hint }] of Object.entries(cases)) {
  test(name, async () => {
    const problems = await problemsOf(files);
    assert.deepEqual(problems.map(brief), says);
    if (hint !== undefined) assert.equal(problems[0]?.hint, hint);
  });
}
