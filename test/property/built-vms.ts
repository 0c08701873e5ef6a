/** Settings that make the VMs of the sample fleet build all that a VM can have: for runs that are disturbed. */

const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl ann@lan';
/** More than the agent takes at once: it goes into the guest in pieces. */
const pem = `-----BEGIN CERTIFICATE-----\n${`${'A'.repeat(64)}\n`.repeat(1000)}-----END CERTIFICATE-----\n`;
const trusted = JSON.stringify({ name: 'trusted_ca', params: { pem } });

/** As `--set` arguments. */
export const builtVms: readonly string[] = [
  "guests.8001.scsi1={ storage: 'quickOS-vm-disks', size: 20, discard: 'on' }",
  "guests.8001.efidisk0={ storage: 'quickOS-vm-disks' }",
  "guests.8001.bios='ovmf'",
  `guests.8001.sshkeys=['${key}']`,
  // Started for its layer, and cleaned before it becomes a template.
  "guests.8000.cloudInit={ packages: ['jq'] }",
  "guests.8000.layers=['base_setup']",
  `guests.8001.layers=['base_setup', { name: 'docker', params: { storage_driver: 'overlay2' } }, ${trusted}]`,
  "guests.8001.app={ name: 'qdrant', params: { data_dir: '/srv/qdrant' } }",
  // Cards that are made up would be others in each telling.
  "guests.8000.net0.macaddr='52:54:00:00:80:00'",
  "guests.8001.net0.macaddr='52:54:00:00:80:01'",
  // Moved to another storage: a full copy of the template.
  "guests.8001.disk.storage='quickOS-shared-prod-data'",
];
