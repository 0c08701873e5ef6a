/**
 * The property strings of a VM's keys in one normal form: order, spellings of switches, and what goes without saying.
 * Pure tables and printing; it knows no conf file and no configuration.
 */

import { parseProperties, printProperties } from './conf.ts';
import { normalFlag } from './ct-keys.ts';

interface Form {
  /** The part that stands without its name. */
  readonly main?: string;
  readonly flags?: readonly string[];
  /** Values that are the same as no word. */
  readonly usual?: Readonly<Record<string, string>>;
  /** Lists whose order says nothing. */
  readonly sets?: readonly string[];
  /** Another name → the name. */
  readonly alias?: Readonly<Record<string, string>>;
  readonly lower?: readonly string[];
  /** Parts that are printed before the others, in this order. */
  readonly first?: readonly string[];
}

const forms: Readonly<Record<string, Form>> = {
  cpu: { main: 'cputype', flags: ['hidden'], usual: { hidden: '0' }, sets: ['flags'] },
  machine: { main: 'type', flags: ['enable-s3', 'enable-s4'] },
  agent: {
    main: 'enabled',
    flags: ['enabled', 'fstrim_cloned_disks', 'freeze-fs-on-backup'],
    usual: { fstrim_cloned_disks: '0', 'freeze-fs-on-backup': '1', type: 'virtio' },
    alias: { 'freeze-fs': 'freeze-fs-on-backup', 'guest-fsfreeze': 'freeze-fs-on-backup' },
  },
  vga: { main: 'type' },
  numa: {},
  audio: { usual: { driver: 'spice' } },
  hostpci: {
    main: 'host',
    flags: ['pcie', 'rombar', 'x-vga', 'legacy-igd'],
    usual: { pcie: '0', rombar: '1', 'x-vga': '0', 'legacy-igd': '0', driver: 'vfio' },
    lower: ['host'],
  },
  usb: { main: 'host', flags: ['usb3'], usual: { usb3: '0' }, lower: ['host'] },
  virtiofs: {
    main: 'dirid',
    flags: ['direct-io', 'expose-acl', 'expose-xattr'],
    usual: { cache: 'auto', 'direct-io': '0', 'expose-acl': '0', 'expose-xattr': '0' },
  },
  rng: { main: 'source', usual: { max_bytes: '1024', period: '1000' } },
  watchdog: { main: 'model', usual: {} },
  ivshmem: {},
  'amd-sev': {
    main: 'type',
    flags: ['no-debug', 'no-key-sharing', 'kernel-hashes', 'allow-smt'],
    usual: { 'no-debug': '0', 'no-key-sharing': '0', 'kernel-hashes': '0', 'allow-smt': '1' },
  },
  'intel-tdx': {
    main: 'type',
    flags: ['attestation'],
    usual: { 'vsock-cid': '2', 'vsock-port': '4050' },
  },
  spice_enhancements: { flags: ['foldersharing'], usual: { foldersharing: '0', videostreaming: 'off' } },
  memory: { main: 'current' },
  ipconfig: { first: ['ip', 'gw', 'ip6', 'gw6'] },
  drive: {
    main: 'file',
    flags: [
      ...['backup', 'detect_zeroes', 'iothread', 'replicate', 'ro', 'scsiblock', 'shared', 'snapshot', 'ssd'],
    ],
    usual: {
      ...{ backup: '1', replicate: '1', detect_zeroes: '1', discard: 'ignore', media: 'disk' },
      ...{ iothread: '0', ro: '0', scsiblock: '0', shared: '0', snapshot: '0', ssd: '0' },
    },
    alias: {
      ...{ volume: 'file', bps_rd_length: 'bps_rd_max_length', bps_wr_length: 'bps_wr_max_length' },
      ...{ iops_rd_length: 'iops_rd_max_length', iops_wr_length: 'iops_wr_max_length' },
    },
  },
};

/** The form of a key such as `hostpci0`; undefined for a plain value. */
function formOf(key: string): Form | undefined {
  const name = key.replace(/\d+$/, '');
  if (key === 'numa') return undefined;
  return Object.hasOwn(forms, name) ? forms[name] : undefined;
}

export function hasProperties(key: string): boolean {
  return formOf(key) !== undefined;
}

/** The part of a key that stands without its name. */
export function mainOf(key: string): string | undefined {
  return formOf(key)?.main;
}

/** The normal form of a property string; the usual is left out. */
export function normalPropertiesOf(key: string, value: string): string {
  return printOf(key, normalParts(key, value));
}

/** The same as parts. A drive of any bus is `drive`. */
export function normalParts(key: string, value: string): Map<string, string> {
  const form = formOf(key) ?? {};
  const parts = new Map<string, string>();
  for (const [given, text] of parseProperties(value, form.main)) {
    const name = form.alias?.[given] ?? given;
    parts.set(name, normalPart(form, name, text));
  }
  if (key === 'watchdog' && !parts.has('model')) parts.set('model', 'i6300esb');
  for (const [name, usual] of Object.entries(form.usual ?? {}))
    if (parts.get(name) === usual) parts.delete(name);
  return parts;
}

function normalPart(form: Form, name: string, text: string): string {
  if (form.flags?.includes(name)) return normalFlag(text);
  if (form.sets?.includes(name)) return [...new Set(text.split(';'))].sort().join(';');
  return form.lower?.includes(name) ? text.toLowerCase().replace(/\b0x/g, '') : text;
}

/** Prints parts as Proxmox does: what stands without its name comes first. */
export function printOf(key: string, parts: ReadonlyMap<string, string>): string {
  const { main, first = main === undefined ? [] : [main] } = formOf(key) ?? {};
  return printProperties(parts, first, main);
}

/** A value of the configuration as text: switches as 1 and 0, lists by semicolons, an object as a property string. */
export function printWish(key: string, value: unknown): string {
  if (value === true || value === false) return value ? '1' : '0';
  if (Array.isArray(value)) return value.map(String).join(';');
  if (value === null || typeof value !== 'object') return String(value);
  const parts = Object.entries(value).flatMap(([name, part]) =>
    part === undefined ? [] : [[name, printWish('', part)] as const],
  );
  return printOf(key, new Map(parts));
}
