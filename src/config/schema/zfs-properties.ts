/** Properties of ZFS datasets that a configuration may name, with their values (zfsprops(7)). It knows no dataset. */
import type { zfsCreationOnly, zfsSettable } from '../../proxmox/sweep-host.ts';
import { absolutePath, pattern } from './scalar.ts';
import { z } from './z.ts';

type Values<Name extends string> = Readonly<Record<Name, z.ZodType<string>>>;

const onOff = z.enum(['on', 'off']);
const word = pattern(/^[\w:./@-]+$/, 'a value as zfs set takes it');
const power = pattern(/^(\d+|\d+[KM]i?B?)$/i, "a size such as '128K'");
const record = pattern(
  /^(512|(1|2|4|8|16|32|64|128|256|512)Ki?B?|(1|2|4|8|16)Mi?B?|1024|2048|4096|8192|16384|32768|65536|131072|262144|524288|1048576|2097152|4194304|8388608|16777216)$/i,
  "a power of two from 512 to '16M', such as '128K'",
);
const compression = pattern(
  /^(on|off|lz4|lzjb|zle|gzip(-[1-9])?|zstd(-(1?[1-9]|10|fast(-([1-9]0?|100|1000|500))?))?)$/,
  "an algorithm such as 'lz4', 'zstd' or 'gzip-6'",
);
const limit = pattern(/^(none|\d+(\.\d+)?([KMGTP]i?B?)?)$/i, "a size such as '800G', or 'none'");
const cache = z.enum(['all', 'none', 'metadata']);

const settable: Values<(typeof zfsSettable)[number]> = {
  recordsize: record,
  compression,
  sync: z.enum(['standard', 'always', 'disabled']),
  quota: limit,
  refquota: limit,
  reservation: limit,
  refreservation: limit,
  atime: onOff,
  relatime: onOff,
  xattr: z.enum(['on', 'off', 'dir', 'sa']),
  acltype: z.enum(['off', 'noacl', 'posix', 'posixacl', 'nfsv4']),
  aclinherit: z.enum(['discard', 'noallow', 'restricted', 'passthrough', 'passthrough-x']),
  aclmode: z.enum(['discard', 'groupmask', 'passthrough', 'restricted']),
  dedup: word,
  copies: z.enum(['1', '2', '3']),
  checksum: word,
  primarycache: cache,
  secondarycache: cache,
  logbias: z.enum(['latency', 'throughput']),
  redundant_metadata: z.enum(['all', 'most', 'some', 'none']),
  dnodesize: z.enum(['legacy', 'auto', '1k', '2k', '4k', '8k', '16k']),
  special_small_blocks: power,
  snapdir: z.enum(['hidden', 'visible']),
  readonly: onOff,
  canmount: z.enum(['on', 'off', 'noauto']),
  exec: onOff,
  setuid: onOff,
  devices: onOff,
  mountpoint: z.union([absolutePath, z.enum(['none', 'legacy'])], "an absolute path, 'none' or 'legacy'"),
  keylocation: word,
};

const creationOnly: Values<(typeof zfsCreationOnly)[number]> = {
  casesensitivity: z.enum(['sensitive', 'insensitive', 'mixed']),
  utf8only: onOff,
  normalization: z.enum(['none', 'formC', 'formD', 'formKC', 'formKD']),
  encryption: word,
  keyformat: z.enum(['raw', 'hex', 'passphrase']),
};

function optional<Name extends string>(values: Values<Name>, description?: string) {
  const entries = Object.entries<z.ZodType<string>>(values).map(([name, value]) => [
    name,
    z.exactOptional(description === undefined ? value : value.meta({ description })),
  ]);
  return Object.fromEntries(entries) as { [name in Name]: z.ZodExactOptional<z.ZodType<string>> };
}

export const datasetProperties = z.strictObject({
  ...optional(settable),
  ...optional(creationOnly, 'Only when the dataset is made.'),
});
