/** A virtual machine as the merged configuration has it. It knows no file and no other guest. */
import { families } from '../families.ts';
import { cloudInit } from './cloud-init.ts';
import { adopted, cloneSource, guestFields } from './guest.ts';
import { address, anyAddress, cidr, guestAddress6, hostName, pattern, secretRef, whole } from './scalar.ts';
import { anyDrive, drives, efidisk, rootDisk, tpmstate } from './vm-drives.ts';
import { hardware, hostPci, numaNode, parallel, serial, usb, virtiofs, vmNet } from './vm-hardware.ts';
import { z } from './z.ts';

export const ipconfig = z
  .strictObject({
    ip: z.exactOptional(
      z.union(
        [cidr, z.literal('dhcp')],
        "an IPv4 address with its prefix length such as 10.0.0.5/24, or 'dhcp'",
      ),
    ),
    gw: z.exactOptional(address),
    ip6: z.exactOptional(guestAddress6),
    gw6: z.exactOptional(anyAddress),
  })
  .refine(
    (value) =>
      (value.gw === undefined || value.ip !== undefined) &&
      (value.gw6 === undefined || value.ip6 !== undefined),
    'a gateway stands beside an address: gw beside ip, gw6 beside ip6',
  )
  .refine(({ ip6 }) => ip6 !== 'manual', "ip6 is an address, 'auto' or 'dhcp'")
  .meta({ description: 'Address that cloud-init gives the interface of the same number.' });

const member = (...names: readonly string[]) => {
  const known = names.map((name) => [name, families.vm[name]?.last ?? 0] as const);
  const right = known.map(([name, last]) => `${name}0 … ${name}${last}`).join(', ');
  return z.string().refine((key) => {
    const [, name, number] = /^([a-z]+)(0|[1-9]\d?)$/.exec(key) ?? [];
    return known.some(([own, last]) => own === name && Number(number) <= last);
  }, right);
};

/** What a member of each family is, as files write it. */
export const members = {
  ...{ net: vmNet, ipconfig, ...drives, numa: numaNode, serial, parallel, hostpci: hostPci, usb, virtiofs },
};

export const vm = z
  .strictObject({
    kind: z.literal('vm'),
    ...guestFields,
    name: hostName,
    image: z.exactOptional(
      z
        .string()
        .min(1)
        .meta({ description: 'A key of hypervisor.images. Exactly one of image, clone and adopted.' }),
    ),
    clone: z.exactOptional(cloneSource),
    adopted: z.exactOptional(adopted),
    template: z.exactOptional(
      z.boolean().meta({ description: 'Turned into a template once built; it never starts again.' }),
    ),
    disk: rootDisk,
    efidisk0: z.exactOptional(efidisk),
    tpmstate0: z.exactOptional(tpmstate),
    drives: z.record(member('scsi', 'virtio', 'sata', 'ide'), anyDrive),
    nets: z.record(member('net'), vmNet),
    ipconfig: z.record(member('ipconfig'), ipconfig),
    numas: z.record(member('numa'), numaNode),
    serials: z.record(member('serial'), serial),
    parallels: z.record(member('parallel'), parallel),
    hostpcis: z.record(member('hostpci'), hostPci),
    usbs: z.record(member('usb'), usb),
    virtiofs: z.record(member('virtiofs'), virtiofs),
    ...hardware,
    ciuser: z.exactOptional(pattern(/^[a-z_][a-z0-9_-]*$/, 'a user name')),
    cipassword: z.exactOptional(secretRef),
    cloudInit: z.exactOptional(cloudInit),
    sshkeys: z.exactOptional(
      z.array(pattern(/^(ssh-|ecdsa-|sk-)\S+ \S+( .*)?$/, 'a public ssh key on one line')).meta({
        description: 'Public keys that may log in.',
      }),
    ),
    citype: z.exactOptional(z.enum(['configdrive2', 'nocloud', 'opennebula'])),
    ciupgrade: z.exactOptional(
      z
        .boolean()
        .meta({ description: 'Packages are upgraded at the first boot; Proxmox does without a word.' }),
    ),
    gpus: z.exactOptional(
      z.array(whole(0, 255)).meta({
        description: "Indices of the node's NVIDIA GPUs that it is given whole: nothing else has them then.",
      }),
    ),
  })
  .refine(
    (value) => [value.image, value.clone, value.adopted].filter((one) => one !== undefined).length === 1,
    'a VM has exactly one of image, clone and adopted',
  )
  .refine(
    (value) => !(value.template === true && value.snapshot !== undefined),
    'a VM template has no snapshot: Proxmox refuses to make one of a VM that has snapshots',
  )
  .refine(
    (value) => !(value.template === true && value.state === 'running'),
    "a template never runs: say state: 'stopped'",
  );
