/** `cloudInit` of a VM, named as cloud-init names it. It knows no other key and no template. */

import {
  absolutePath,
  accountName,
  anyAddress,
  hostName,
  octalMode,
  pattern,
  projectFile,
  secretRef,
  storageId,
  whole,
} from './scalar.ts';
import { z } from './z.ts';

const flag = (description?: string) => {
  const schema = z.boolean();
  return z.exactOptional(description === undefined ? schema : schema.meta({ description }));
};
const texts = z.array(z.string().min(1));
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what a line must not have.
const line = pattern(/^[^\x00-\x1f\x7f]*$/, 'a single line without control characters');
const word = pattern(/^\S+$/, 'one word');
const argv = z
  .array(z.string())
  .min(1)
  .meta({ description: "A program and its arguments: ['systemctl', 'restart', 'x']. No shell reads them." });
const sshKey = pattern(/^(ssh-|ecdsa-|sk-)\S+ \S+( .*)?$/, 'a public ssh key on one line');
const size = pattern(/^\d+(\.\d+)?[BKMGT]$|^auto$/, "a size such as 2G, or 'auto'");
/** Has room for a zone index neither cloud-init nor netplan would take. */
const prefixed = pattern(
  /^[0-9a-fA-F.:]+\/\d{1,3}$/,
  'an address with its prefix length, such as 10.0.0.5/24 or fd00::5/64',
);

const user = z
  .strictObject({
    name: accountName,
    gecos: z.exactOptional(line.meta({ description: 'Full name.' })),
    primary_group: z.exactOptional(accountName),
    groups: z.exactOptional(z.array(accountName).min(1)),
    shell: z.exactOptional(absolutePath),
    homedir: z.exactOptional(absolutePath),
    uid: z.exactOptional(whole(0, 4_294_967_294)),
    system: flag('An account of the system: no home, a low number.'),
    no_create_home: flag(),
    sudo: z.exactOptional(
      line.min(1).meta({ description: "A rule of sudoers without the name: 'ALL=(ALL) NOPASSWD:ALL'." }),
    ),
    ssh_authorized_keys: z.exactOptional(z.array(sshKey).min(1)),
    lock_passwd: flag('No login by password; cloud-init locks it unless this says false.'),
    password: z.exactOptional(
      secretRef.meta({
        description: "Reference to a password, { secret: 'env:NAME' }: hashed before it goes anywhere.",
      }),
    ),
    hashed_passwd: z.exactOptional(
      secretRef.meta({
        description: 'Reference to a hash as `mkpasswd --method=sha-512` prints it.',
      }),
    ),
  })
  .refine(
    (value) => value.password === undefined || value.hashed_passwd === undefined,
    'a user has one of password and hashed_passwd',
  );

const file = z
  .strictObject({
    path: absolutePath,
    content: z.exactOptional(
      z.union([z.string(), secretRef], "a text, or a reference to a secret: { secret: 'env:NAME' }"),
    ),
    file: z.exactOptional(projectFile.meta({ description: 'A file of the project that holds the text.' })),
    permissions: z.exactOptional(octalMode),
    owner: z.exactOptional(
      pattern(/^[a-z_0-9][a-z0-9_-]*(:[a-z_0-9][a-z0-9_-]*)?$/, "a user, or 'user:group'"),
    ),
    append: flag('Added to a file that is there.'),
    defer: flag('Written once accounts and packages are there.'),
  })
  .refine(
    (value) => (value.content === undefined) !== (value.file === undefined),
    'a file has exactly one of content and file',
  );

const apt = z.strictObject({
  preserve_sources_list: flag('The sources of the image stay as they are.'),
  proxy: z.exactOptional(line),
  conf: z.exactOptional(z.string().meta({ description: 'Text of an apt.conf.' })),
  primary: z.exactOptional(z.array(z.strictObject({ arches: texts.min(1), uri: word })).min(1)),
  sources: z.exactOptional(
    z
      .record(
        pattern(/^[A-Za-z0-9._-]+$/, 'a file name'),
        z
          .strictObject({
            source: line.min(1).meta({ description: "'deb https://… $RELEASE main', or 'ppa:…'." }),
            keyid: z.exactOptional(pattern(/^(0x)?[0-9A-Fa-f ]{8,}$/, 'the fingerprint of a key')),
            keyserver: z.exactOptional(word),
            key: z.exactOptional(z.string().min(1).meta({ description: 'The key itself, armored.' })),
          })
          .refine(
            (value) => value.keyserver === undefined || value.keyid !== undefined,
            'a keyserver stands beside a keyid',
          ),
      )
      .meta({ description: 'Further sources by name: the file below /etc/apt/sources.list.d.' }),
  ),
});

const net = z
  .strictObject({
    dhcp4: flag(),
    dhcp6: flag(),
    'accept-ra': flag('Takes its address and route of IPv6 from the router (SLAAC).'),
    addresses: z.exactOptional(z.array(prefixed).min(1)),
    routes: z.exactOptional(
      z
        .array(
          z.strictObject({
            to: z.union([prefixed, z.literal('default')], "a network such as 10.1.0.0/16, or 'default'"),
            via: anyAddress,
            metric: z.exactOptional(whole(0, 4_294_967_295)),
            'on-link': flag('The gateway is reached although it lies in no network of the interface.'),
          }),
        )
        .min(1),
    ),
    nameservers: z.exactOptional(
      z.strictObject({
        addresses: z.exactOptional(z.array(anyAddress).min(1)),
        search: z.exactOptional(z.array(hostName).min(1)),
      }),
    ),
    mtu: z.exactOptional(whole(576, 65_535)),
    optional: flag('The boot does not wait for it.'),
  })
  .meta({ description: 'An interface, with the keys of netplan; laid over what its ipconfig says.' });

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
