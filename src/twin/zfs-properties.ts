/** Which ZFS properties may be set to which values, from the OpenZFS 2.2 manual (nothing was recorded). Pure. */

import { parseSize } from './sizes.ts';

const onOff = ['on', 'off'];
const gzips = Array.from({ length: 9 }, (_, n) => `gzip-${n + 1}`);
const zstds = Array.from({ length: 19 }, (_, n) => `zstd-${n + 1}`);

const enums: Readonly<Record<string, readonly string[]>> = {
  compression: [...onOff, 'lzjb', 'gzip', ...gzips, 'zle', 'lz4', 'zstd', ...zstds, 'zstd-fast'],
  sync: ['standard', 'always', 'disabled'],
  atime: onOff,
  relatime: onOff,
  xattr: [...onOff, 'dir', 'sa'],
  acltype: ['off', 'nfsv4', 'posix', 'noacl', 'posixacl'],
  aclinherit: ['discard', 'noallow', 'restricted', 'passthrough', 'passthrough-x'],
  aclmode: ['discard', 'groupmask', 'passthrough', 'restricted'],
  canmount: [...onOff, 'noauto'],
  checksum: [...onOff, 'fletcher2', 'fletcher4', 'sha256', 'noparity', 'sha512', 'skein', 'edonr', 'blake3'],
  copies: ['1', '2', '3'],
  dedup: [...onOff, 'verify', 'sha256', 'sha512', 'skein'],
  devices: onOff,
  dnodesize: ['legacy', 'auto', '1k', '2k', '4k', '8k', '16k'],
  exec: onOff,
  logbias: ['latency', 'throughput'],
  overlay: onOff,
  primarycache: ['all', 'none', 'metadata'],
  secondarycache: ['all', 'none', 'metadata'],
  readonly: onOff,
  redundant_metadata: ['all', 'most', 'some', 'none'],
  setuid: onOff,
  snapdir: ['hidden', 'visible'],
  casesensitivity: ['sensitive', 'insensitive', 'mixed'],
  normalization: ['none', 'formC', 'formD', 'formKC', 'formKD'],
  utf8only: onOff,
};

const sizes = ['quota', 'reservation', 'refquota', 'refreservation', 'special_small_blocks'];
const free = ['mountpoint', 'sharenfs', 'sharesmb', 'mlslabel', 'keylocation', 'encryption', 'keyformat'];

/** The value as `zfs get -p` prints it, or what zfs says about a property or value that it does not take. */
export function checkProperty(name: string, value: string): { value: string } | { problem: string } {
  const allowed = Object.hasOwn(enums, name) ? enums[name] : undefined;
  if (allowed) {
    if (allowed.includes(value)) return { value: value === 'posixacl' ? 'posix' : value };
    return { problem: `'${name}' must be one of '${allowed.join(' | ')}'` };
  }
  if (name === 'recordsize') {
    const bytes = parseSize(value);
    if (bytes === undefined) return { problem: `bad numeric value '${value}'` };
    if (bytes < 512 || bytes > 16 * 1024 ** 2 || (bytes & (bytes - 1)) !== 0)
      return { problem: "'recordsize' must be power of 2 from 512B to 16M" };
    return { value: String(bytes) };
  }
  if (sizes.includes(name)) {
    const bytes = value === 'none' ? 0 : parseSize(value);
    return bytes === undefined ? { problem: `bad numeric value '${value}'` } : { value: String(bytes) };
  }
  if (name === 'mountpoint' && !value.startsWith('/') && value !== 'none' && value !== 'legacy')
    return { problem: "'mountpoint' must be an absolute path, 'none', or 'legacy'" };
  if (free.includes(name) || name.includes(':')) return { value };
  return { problem: `invalid property '${name}'` };
}

/** Properties whose value is a number of bytes. */
export function isSize(name: string): boolean {
  return sizes.includes(name) || ['recordsize', 'used', 'available', 'referenced'].includes(name);
}
