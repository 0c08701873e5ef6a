/**
 * Small values that several schemas share. A pattern's message completes the sentence "… must be …". It knows no
 * section of the configuration.
 */
import { z } from './z.ts';

/** A pattern with the words for it. */
export function pattern(regex: RegExp, words: string, description?: string) {
  const schema = z.string().regex(regex, words);
  return description === undefined ? schema : schema.meta({ description });
}

const octet = '(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const ip4 = `${octet}(\\.${octet}){3}`;

export const address = pattern(new RegExp(`^${ip4}$`), 'an IPv4 address such as 10.0.0.1');
export const anyAddress = pattern(new RegExp(`^(${ip4}|[0-9a-fA-F]*:[0-9a-fA-F:.]+)$`), 'an IP address');
export const cidr = pattern(
  new RegExp(`^${ip4}/(3[0-2]|[12]?\\d)$`),
  'an IPv4 address with its prefix length, such as 10.0.0.5/24',
);
export const guestAddress = pattern(
  new RegExp(`^(${ip4}/(3[0-2]|[12]?\\d)|dhcp|manual)$`),
  "an IPv4 address with its prefix length such as 10.0.0.5/24, 'dhcp' or 'manual'",
);
export const guestAddress6 = pattern(
  /^([0-9a-fA-F]*:[0-9a-fA-F:.]+\/\d{1,3}|auto|dhcp|manual)$/,
  "an IPv6 address with its prefix length, 'auto', 'dhcp' or 'manual'",
);
export const mac = pattern(
  /^[0-9a-fA-F][02468aceACE]([:][0-9a-fA-F]{2}){5}$/,
  'a unicast MAC address such as 52:54:00:AA:BB:CC',
);

const label = '[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?';
/** As Proxmox VE names a node. */
export const nodeName = pattern(new RegExp(`^${label}$`), 'the name of a node');
export const hostName = pattern(
  new RegExp(`^${label}(\\.${label})*$`),
  'a host name: letters, digits and hyphens, no hyphen at an end',
);
export const storageId = pattern(/^[a-zA-Z][a-zA-Z0-9_.-]*[a-zA-Z0-9]$/, 'a storage id such as local-zfs');
export const bridgeName = pattern(/^[a-zA-Z][a-zA-Z0-9_.-]{0,14}$/, 'an interface name such as vmbr0');
/** Without `..`: two names of one directory could not be told to be one. */
export const absolutePath = pattern(
  /^(?!.*\/\.\.(\/|$))\/([^,\s]|(?<=\S) (?=\S))*$/,
  'an absolute path without ..',
);
export const configId = pattern(
  /^[a-zA-Z][a-zA-Z0-9_-]{1,39}$/,
  'a name of letters, digits, - and _, at most 40',
);
export const templateName = pattern(/^[a-z0-9][a-z0-9_-]*$/, 'a name of lower-case letters, digits, - and _');

/** A Linux account or group. */
export const accountName = pattern(/^[a-z_][a-z0-9_-]{0,31}$/, 'a user name');
/** A file of the project, from its folder. */
export const projectFile = pattern(
  /^(?!\/)(?!.*(^|\/)\.\.(\/|$))\S(.*\S)?$/,
  "a file of the project, such as './scripts/renew.sh'",
);
export const httpUrl = z.url({ protocol: /^https?$/, error: 'a URL that begins with https://' });
export const sha256 = pattern(/^[0-9a-f]{64}$/, 'a SHA-256 sum of 64 hexadecimal digits');
export const sha512 = pattern(/^[0-9a-f]{128}$/, 'a SHA-512 sum of 128 hexadecimal digits');
/** Text that ends up in a line of its own in some file of the node: nothing that anybody takes for the end of a line. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what a line must not have.
export const singleLine = pattern(/^[^\x00-\x08\x0a-\x1f\x7f\x85\u2028\u2029]*$/, 'a single line');

/** A whole number within bounds. */
export function whole(min: number, max?: number) {
  const schema = z.int('a whole number').min(min);
  return max === undefined ? schema : schema.max(max);
}

export const guestId = whole(100, 999_999_999);
/** A reference to a secret. */
export const secretRef = z
  .strictObject({
    secret: pattern(
      /^(env:[A-Za-z_][A-Za-z0-9_]*|file:\/\S.*|exec:\S.*)$/,
      "'env:NAME', 'file:/path' or 'exec:program args'",
    ),
  })
  .meta({
    description: "Where the secret is found: { secret: 'env:NAME' | 'file:/path' | 'exec:program args' }.",
  });

/** Octal permission bits, such as `0644`. */
export const octalMode = pattern(/^0?[0-7]{3,4}$/, "octal digits such as '0644'");
