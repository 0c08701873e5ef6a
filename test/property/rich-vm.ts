/** VM 8001 of the sample with everything that a VM can have, beside the template that it is cloned from. */

import type { Fleet } from '../../src/config/fleet.ts';
import { sampleOf } from '../bench.ts';

const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl';
const disk = (more = '') => `{ storage: 'quickOS-vm-disks', size: 8${more} }`;

/** Cards that are made up would be others in each telling, so they have addresses of their own. */
const rich = [
  "net0={ macaddr: '52:54:00:00:80:01', firewall: true }",
  "net1={ model: 'virtio', bridge: 'vmbr0', macaddr: '52:54:00:00:80:02', tag: 7 }",
  "ipconfig1={ ip: '10.7.0.101/24' }",
  ...[`scsi1=${disk(", discard: 'on'")}`, `virtio1=${disk()}`, `sata1=${disk()}`, `ide0=${disk()}`],
  ...["bios='ovmf'", "efidisk0={ storage: 'quickOS-vm-disks' }", "tpmstate0={ storage: 'quickOS-vm-disks' }"],
  ...["machine='q35'", `sshkeys=['${key} ann@lan']`, "cipassword={ secret: 'env:VM_PASSWORD' }"],
  "cloudInit.users=['default', " +
    `{ name: 'deploy', groups: ['users'], ssh_authorized_keys: ['${key} deploy@lan'] }]`,
  "firewall={ enabled: true, policyIn: 'DROP', rules: { ssh: { type: 'in', action: 'ACCEPT', source: '10.0.0.0/24', proto: 'tcp', dport: '22' } } }",
  ...["app={ name: 'qdrant', params: { data_dir: '/srv/qdrant' } }", 'exports={ port: 6333 }'],
];

/** With values set on top. */
export function richVm(set: readonly string[] = []): Promise<Fleet> {
  const given = rich.map((path) => `guests.8001.${path}`);
  return sampleOf([8000, 8001], ["guests.8000.net0.macaddr='52:54:00:00:80:00'", ...given, ...set]);
}
