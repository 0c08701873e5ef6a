/** Parts of `cloudInit` with forms of their own: accounts, files, sources of packages, interfaces. It knows no other key. */

import {
  absolutePath,
  accountName,
  anyAddress,
  hostName,
  octalMode,
  pattern,
  projectFile,
  secretRef,
  whole,
} from './scalar.ts';
import { z } from './z.ts';

export const flag = (description?: string) => {
  const schema = z.boolean();
  return z.exactOptional(description === undefined ? schema : schema.meta({ description }));
};
const texts = z.array(z.string().min(1));
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what a line must not have.
export const line = pattern(/^[^\x00-\x1f\x7f]*$/, 'a single line without control characters');
export const word = pattern(/^\S+$/, 'one word');
export const argv = z
  .array(z.string())
  .min(1)
  .meta({ description: "A program and its arguments: ['systemctl', 'restart', 'x']. No shell reads them." });
const sshKey = pattern(/^(ssh-|ecdsa-|sk-)\S+ \S+( .*)?$/, 'a public ssh key on one line');
/** Has room for a zone index neither cloud-init nor netplan would take. */
const prefixed = pattern(
  /^[0-9a-fA-F.:]+\/\d{1,3}$/,
  'an address with its prefix length, such as 10.0.0.5/24 or fd00::5/64',
);

export const user = z
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

export const file = z
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

export const apt = z.strictObject({
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

export const net = z
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
