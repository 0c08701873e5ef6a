/** A virtual machine as the merged configuration has it. It knows no file and no other guest. */
import { cloneSource, guestFields } from './guest.ts';
import { address, bridgeName, cidr, hostName, mac, pattern, secretRef, storageId, whole } from './scalar.ts';
import { z } from './z.ts';

export const vmNet = z
  .strictObject({
    model: z.enum(['virtio', 'e1000', 'e1000e', 'vmxnet3', 'rtl8139']),
    bridge: bridgeName,
    macaddr: z.exactOptional(mac),
    firewall: z.exactOptional(z.boolean()),
    tag: z.exactOptional(whole(1, 4094).meta({ description: 'VLAN.' })),
  })
  .meta({ description: 'A network interface, with the keys of `qm set --netN`.' });

export const ipconfig = z
  .strictObject({
    ip: z.union(
      [cidr, z.literal('dhcp')],
      "an IPv4 address with its prefix length such as 10.0.0.5/24, or 'dhcp'",
    ),
    gw: z.exactOptional(address),
  })
  .meta({ description: 'Address that cloud-init gives the interface of the same number.' });

export const vm = z
  .strictObject({
    kind: z.literal('vm'),
    ...guestFields,
    name: hostName,
    image: z.exactOptional(
      z.string().min(1).meta({ description: 'A key of hypervisor.images. Exactly one of image and clone.' }),
    ),
    clone: z.exactOptional(cloneSource),
    template: z.exactOptional(
      z.boolean().meta({ description: 'Turned into a template once built; it never starts again.' }),
    ),
    disk: z
      .strictObject({
        storage: storageId,
        size: whole(1).meta({ description: 'GiB; grows, never shrinks.' }),
      })
      .meta({ description: 'The root disk.' }),
    nets: z.record(z.string().regex(/^net([12]?\d|3[01])$/, 'net0 … net31'), vmNet),
    ipconfig: z.record(z.string().regex(/^ipconfig([12]?\d|3[01])$/, 'ipconfig0 … ipconfig31'), ipconfig),
    ciuser: z.exactOptional(pattern(/^[a-z_][a-z0-9_-]*$/, 'a user name')),
    sshkeys: z.exactOptional(
      z.array(pattern(/^(ssh-|ecdsa-|sk-)\S+ \S+( .*)?$/, 'a public ssh key on one line')).meta({
        description: 'Public keys that may log in.',
      }),
    ),
    cipassword: z.exactOptional(secretRef),
    gpus: z.exactOptional(
      z.array(whole(0, 255)).meta({
        description: "Indices of the node's NVIDIA GPUs that it is given whole: nothing else has them then.",
      }),
    ),
    agent: z.boolean().meta({ description: 'The QEMU guest agent answers; features need it.' }),
  })
  .refine(
    (value) => (value.image === undefined) !== (value.clone === undefined),
    'a VM has exactly one of image and clone',
  )
  .refine(
    (value) => !(value.template === true && value.snapshot !== undefined),
    'a VM template has no snapshot: Proxmox refuses to make one of a VM that has snapshots',
  );
