/** `cloudInit` of a VM, named as cloud-init names it. It knows no other key and no template. */

import { apt, argv, file, flag, line, net, user, word } from './cloud-init-parts.ts';
import { absolutePath, anyAddress, hostName, pattern, projectFile, storageId, whole } from './scalar.ts';
import { z } from './z.ts';

const size = pattern(/^\d+(\.\d+)?[BKMGT]$|^auto$/, "a size such as 2G, or 'auto'");

export const cloudInit = z
  .strictObject({
    storage: z.exactOptional(
      storageId.meta({
        description:
          "Where the snippets lie: a storage with content 'snippets'; the first such one without this.",
      }),
    ),
    newInstance: flag(
      'Changed data makes a new instance of the guest: at its next boot it does all of it again, with new ssh host keys.',
    ),
    fqdn: z.exactOptional(hostName.meta({ description: 'Full name; else the name with searchdomain.' })),
    users: z.exactOptional(
      z
        .array(z.union([z.literal('default'), user], "an account, or 'default'"))
        .min(1)
        .meta({ description: "Accounts; 'default' is that of the image, which ciuser names." }),
    ),
    ssh_pwauth: flag('Login by password over ssh.'),
    disable_root: flag('No login as root over ssh.'),
    package_update: flag('Lists of packages are fetched at the first boot.'),
    package_upgrade: flag('All packages are upgraded at the first boot.'),
    package_reboot_if_required: flag(),
    packages: z.exactOptional(
      z
        .array(z.union([word, z.tuple([word, word])], "a package, or ['package', 'version']"))
        .min(1)
        .meta({ description: "Packages: a name, or ['name', 'version']." }),
    ),
    apt: z.exactOptional(apt),
    write_files: z.exactOptional(
      z.array(file).min(1).meta({ description: 'Files of the guest, of a text or a file of the project.' }),
    ),
    bootcmd: z.exactOptional(z.array(argv).min(1).meta({ description: 'Commands of every boot, early.' })),
    runcmd: z.exactOptional(z.array(argv).min(1).meta({ description: 'Commands of the first boot, late.' })),
    mounts: z.exactOptional(
      z
        .array(z.array(z.string().min(1)).min(2).max(6))
        .min(1)
        .meta({ description: "Lines of fstab: ['/dev/vdb', '/data', 'ext4', 'defaults', '0', '2']." }),
    ),
    swap: z.exactOptional(
      z.strictObject({
        filename: z.exactOptional(absolutePath),
        size: z.exactOptional(size),
        maxsize: z.exactOptional(size),
      }),
    ),
    growpart: z.exactOptional(
      z.strictObject({
        mode: z.exactOptional(z.enum(['auto', 'growpart', 'gpart', 'off'])),
        devices: z.exactOptional(z.array(absolutePath).min(1)),
        ignore_growroot_disabled: flag(),
      }),
    ),
    resize_rootfs: z.exactOptional(z.union([z.boolean(), z.literal('noblock')], "true, false or 'noblock'")),
    disk_setup: z.exactOptional(
      z
        .record(
          absolutePath,
          z.strictObject({
            table_type: z.exactOptional(z.enum(['mbr', 'gpt'])),
            layout: z.exactOptional(
              z.union([z.boolean(), z.array(whole(1, 100)).min(1)], 'true, false or a list of percents'),
            ),
            overwrite: flag('Also where something is on the disk: it is lost.'),
          }),
        )
        .meta({ description: 'Partitions of further disks, by device.' }),
    ),
    fs_setup: z.exactOptional(
      z
        .array(
          z.strictObject({
            device: absolutePath,
            filesystem: pattern(/^[a-z0-9]+$/, 'a file system such as ext4'),
            label: z.exactOptional(line.max(16)),
            // A number is documented, but the schema of cloud-init itself refuses it: the device says it as well.
            partition: z.exactOptional(z.enum(['auto', 'any', 'none'])),
            overwrite: flag('Also where there is a file system: it is lost.'),
          }),
        )
        .min(1),
    ),
    timezone: z.exactOptional(pattern(/^[A-Za-z0-9_+/-]+$/, 'a time zone such as Europe/Berlin')),
    locale: z.exactOptional(pattern(/^[A-Za-z0-9_.@-]+$/, 'a locale such as en_US.UTF-8')),
    ntp: z.exactOptional(
      z.strictObject({
        enabled: flag(),
        servers: z.exactOptional(z.array(z.union([hostName, anyAddress])).min(1)),
        pools: z.exactOptional(z.array(hostName).min(1)),
        ntp_client: z.exactOptional(
          z.enum(['auto', 'chrony', 'ntp', 'openntpd', 'ntpdate', 'systemd-timesyncd']),
        ),
      }),
    ),
    ca_certs: z.exactOptional(
      z
        .strictObject({
          remove_defaults: flag('The certificates of the image go.'),
          trusted: z.exactOptional(
            z.array(projectFile).min(1).meta({ description: 'Files of the project, a certificate each.' }),
          ),
        })
        .refine((value) => Object.keys(value).length > 0, 'it says nothing'),
    ),
    power_state: z.exactOptional(
      z
        .strictObject({
          mode: z.enum(['poweroff', 'reboot', 'halt']),
          delay: z.exactOptional(z.union([z.literal('now'), whole(0)], "'now' or minutes")),
          timeout: z.exactOptional(whole(0).meta({ description: 'Seconds.' })),
          message: z.exactOptional(line),
          condition: z.exactOptional(z.union([z.boolean(), argv], 'true, false or a command')),
        })
        .meta({ description: 'What happens once cloud-init is through.' }),
    ),
    final_message: z.exactOptional(z.string()),
    network: z.exactOptional(
      z
        .record(pattern(/^net([12]?\d|3[01])$/, 'net0 … net31'), net)
        .meta({ description: 'Interfaces by their Proxmox names.' }),
    ),
  })
  .meta({
    description:
      'Own cloud-init data, carried as snippets in the place of what Proxmox makes of ciuser, sshkeys and ipconfig, which count all the same.',
  });
