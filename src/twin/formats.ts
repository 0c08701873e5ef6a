/** Proxmox's value formats with the words of their refusals. Pure checks; they know no option and no state. */

import { calendarProblem } from '../proxmox/calendar.ts';
import { parseProperties, splitList } from '../proxmox/conf.ts';
import { cpuModels } from './cpu-models.ts';
import { firewallFormats } from './firewall/formats.ts';
import { networkFormats } from './network/formats.ts';
import { privileges } from './roles.ts';

/** Returns what is wrong with a value, or undefined. Texts are Proxmox's own (ct-create-refused-options, set-validation). */
export type Format = (value: string) => string | undefined;

const dnsName = /^([a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?)(\.[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?)*$/;
const ipv4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)$/;
const cidr4 = /^(.+)\/([89]|[12]\d|3[0-2])$/;
const nodeName = /^[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?$/;
const volumeId = /^[a-z][a-z0-9\-_.]*[a-z0-9]:.+$/i;

/** Is it an IPv4 address? */
export function isIpv4(text: string): boolean {
  return ipv4.test(text);
}

/** Is it an IPv6 address (checked by its characters and groups only)? */
export function isIpv6(text: string): boolean {
  return /^[0-9a-f:.]+$/i.test(text) && text.includes(':') && text.split('::').length <= 2;
}

/** A name or an address. */
function isServer(value: string): boolean {
  return dnsName.test(value) || isIpv4(value) || isIpv6(value.replace(/^\[|\]$/g, ''));
}

function unless(good: (value: string) => boolean, message: string): Format {
  return (value) => (good(value) ? undefined : message);
}

function eachOf(format: Format): Format {
  return (value) => {
    for (const part of splitList(value)) {
      const wrong = format(part);
      if (wrong) return wrong;
    }
    return undefined;
  };
}

/** As in zone.tab: a part of the world and a city, or UTC; older names are none. */
function isTimezone(value: string): boolean {
  if (value === 'host' || value === 'UTC') return true;
  if (!/^(Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Europe|Indian|Pacific)\/[A-Z]/.test(value))
    return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: value }) !== undefined;
  } catch {
    return false;
  }
}

const hotplugs = ['network', 'disk', 'cpu', 'memory', 'usb', 'cloudinit'];

const contentTypes = ['images', 'rootdir', 'vztmpl', 'iso', 'backup', 'snippets', 'import', 'none'];

const dns = unless((value) => dnsName.test(value), 'value does not look like a valid DNS name');

function userProblem(v: string): string | undefined {
  if (v.length < 3) return `user name '${v}' is too short`;
  if (v.length > 64) return `user name '${v}' is too long (${v.length} > 64)`;
  return /^[^\s:/]+@[A-Za-z][\w.-]+$/.test(v)
    ? undefined
    : `value '${v}' does not look like a valid user name`;
}

const ldapAttribute: Format = (value) =>
  /^[a-zA-Z0-9]+$/.test(value)
    ? undefined
    : `value '${value}' does not look like a simple ldap attribute name`;

export const formats = {
  ...firewallFormats,
  ...networkFormats,
  'pve-vmid': unless((v) => /^[1-9]\d{2,8}$/.test(v), 'value does not look like a valid VM ID'),
  'pve-configid': (v) => (/^[a-z][a-z0-9_-]+$/i.test(v) ? undefined : `invalid configuration ID '${v}'`),
  'pve-configid-list': eachOf((v) =>
    /^[a-z][a-z0-9_-]+$/i.test(v) ? undefined : `invalid configuration ID '${v}'`,
  ),
  'pve-node': unless((v) => nodeName.test(v), 'value does not look like a valid node name'),
  'pve-node-list': eachOf(unless((v) => nodeName.test(v), 'value does not look like a valid node name')),
  'pve-storage-id': (v) =>
    /^[a-z][a-z0-9\-_.]*[a-z0-9]$/i.test(v) ? undefined : `storage ID '${v}' contains illegal characters`,
  'pve-storage-id-list': eachOf((v) =>
    /^[a-z][a-z0-9\-_.]*[a-z0-9]$/i.test(v) ? undefined : `storage ID '${v}' contains illegal characters`,
  ),
  'pve-storage-path': unless((v) => /^\/[^;()]/.test(v), 'value does not look like a valid absolute path'),
  'pve-storage-vgname': (v) =>
    /^[a-z0-9][a-z0-9\-_.]*[a-z0-9]$/i.test(v) ? undefined : `lvm name '${v}' contains illegal characters`,
  'pve-storage-server': unless(isServer, 'value does not look like a valid server name or IP address'),
  'pve-storage-portal-dns': unless(
    (v) => isServer(v.replace(/:\d+$/, '')),
    'value does not look like a valid portal address',
  ),
  'pve-storage-portal-dns-list': eachOf(
    unless((v) => isServer(v.replace(/:\d+$/, '')), 'value does not look like a valid portal address'),
  ),
  'pve-dir-override-list': eachOf((v) =>
    /^[a-z]+=[^\s,]+$/.test(v) && !/(^|\/)\.\.(\/|$)/.test(v) ? undefined : `invalid override '${v}'`,
  ),
  'pve-storage-content': (v) => (contentTypes.includes(v) ? undefined : `invalid content type '${v}'`),
  'pve-storage-content-list': eachOf((v) =>
    contentTypes.includes(v) ? undefined : `invalid content type '${v}'`,
  ),
  'pve-volume-id': (v) => (volumeId.test(v) ? undefined : `unable to parse volume ID '${v}'`),
  'pve-vmid-list': eachOf(unless((v) => /^[1-9]\d{2,8}$/.test(v), 'value does not look like a valid VM ID')),
  'pve-calendar-event': (v) =>
    calendarProblem(v) === undefined
      ? undefined
      : `invalid calendar event '${v}' - unable to parse calendar event: ${v}\n`,
  'dns-name': dns,
  'dns-name-list': eachOf(dns),
  'lxc-ip-list': eachOf(
    unless(
      (v) => isIpv4(v) || isIpv6(v.replace(/^(fe80:[^%]+)%[a-z]\w{1,20}([:.]\d+)?$/i, '$1')),
      'value does not look like a valid IP address',
    ),
  ),
  'pve-acme-domain': (v) =>
    /^[a-z0-9][a-z0-9_-]*(\.[a-z0-9][a-z0-9_-]*)+$/i.test(v)
      ? undefined
      : `value '${v}' does not look like a valid domain name!`,
  ip: unless((v) => isIpv4(v) || isIpv6(v), 'value does not look like a valid IP address'),
  ipv4: unless(isIpv4, 'value does not look like a valid IPv4 address'),
  ipv6: unless(isIpv6, 'value does not look like a valid IPv6 address'),
  'pve-ipv4-config': unless(
    (v) => v === 'dhcp' || v === 'manual' || (cidr4.test(v) && isIpv4(v.replace(/\/.*$/, ''))),
    'value does not look like a valid ipv4 network configuration',
  ),
  'pve-ipv6-config': unless(
    (v) => ['auto', 'dhcp', 'manual'].includes(v) || (/\/\d{1,3}$/.test(v) && isIpv6(v.replace(/\/.*$/, ''))),
    'value does not look like a valid ipv6 network configuration',
  ),
  'mac-addr': unless(
    (v) => /^[0-9a-f][02468ace](:[0-9a-f]{2}){5}$/i.test(v),
    'value does not look like a valid unicast MAC address',
  ),
  'mac-prefix': unless(
    (v) => /^[0-9a-f][02468ace](:[0-9a-f]{2}){0,2}:?$/i.test(v),
    'value is not a valid unicast MAC address prefix',
  ),
  CIDR: unless(
    (v) =>
      (cidr4.test(v) && isIpv4(v.replace(/\/.*$/, ''))) ||
      (/\/\d{1,3}$/.test(v) && isIpv6(v.replace(/\/.*$/, ''))),
    'value does not look like a valid CIDR network',
  ),
  'pve-lxc-mp-string': (v) =>
    /\/\.\.?(\/|$)|^\.\.\//.test(v) ? `${v} contains illegal character sequences` : undefined,
  'pve-volume-id-or-qm-path': (v) =>
    /^(none|cdrom|\/.*)$/.test(v) || volumeId.test(v) ? undefined : `unable to parse volume ID '${v}'`,
  'pve-volume-id-or-absolute-path': (v) =>
    v.startsWith('/') || volumeId.test(v) ? undefined : `unable to parse volume ID '${v}'`,
  'pve-bridge-id': (v) => (/^[-.\w]+$/.test(v) ? undefined : `invalid bridge ID '${v}'`),
  'pve-poolid': (v) => {
    if (v.replace(/\/+$/, '').split('/').length > 3)
      return `pool name '${v}' nested too deeply (max levels = 3)`;
    return /^[\w.-]+(\/[\w.-]+){0,2}$/.test(v) ? undefined : `pool name '${v}' contains invalid characters`;
  },
  address: (v) => (isServer(v) ? undefined : `value does not look like a valid address: ${v}`),
  'ldap-simple-attr': ldapAttribute,
  'ldap-simple-attr-list': eachOf(ldapAttribute),
  'pve-realm': (v) =>
    /^[A-Za-z][A-Za-z0-9.\-_]+$/.test(v) ? undefined : 'value does not look like a valid realm',
  'pve-day-of-week-list': eachOf((v) =>
    /^(mon|tue|wed|thu|fri|sat|sun)$/.test(v) ? undefined : `invalid day '${v}'`,
  ),
  'email-or-username-list': eachOf(
    unless(
      (v) => /^[a-zA-Z0-9+._~-]+@[a-zA-Z0-9.-]+$/.test(v) || /^[\w+\-~]+(\.[\w+\-~]+)*$/.test(v),
      'value does not look like a valid email address or user name',
    ),
  ),
  'pve-cpuset': unless(isCpuset, 'unable to parse cpuset option'),
  'pve-hotplug-features': (v) => {
    const wrong = /^[01]$/.test(v) ? undefined : splitList(v).find((one) => !hotplugs.includes(one));
    return wrong === undefined ? undefined : `invalid hotplug feature '${wrong}'`;
  },
  'pve-qm-bootdev-list': eachOf((v) =>
    /^(ide[0-3]|sata[0-5]|scsi([12]?\d|30)|virtio(\d|1[0-5])|net([12]?\d|3[01])|hostpci(\d|1[0-5])|usb(\d|1[0-3]))$/.test(
      v,
    )
      ? undefined
      : `invalid boot device '${v}'`,
  ),
  'pve-vm-cpu-conf': cpuProblem,
  'address-list': eachOf(
    unless((v) => isIpv4(v) || isIpv6(v), 'value does not look like a valid IP address'),
  ),
  'disk-size': (v) =>
    /^\d+(\.\d+)?([KMGT](iB)?)?$/.test(v) ? undefined : `value does not look like a valid disk size: ${v}`,
  'pve-lxc-dev-string': (v) =>
    v.startsWith('/dev/') && !/\/\.\.?(\/|$)/.test(v) ? undefined : `${v} is not a valid device path`,
  'pve-startup-order': unless(isStartup, 'unable to parse startup options'),
  'pve-ct-timezone': (v) => (isTimezone(v) ? undefined : `invalid time zone '${v}'`),
  'pve-userid': userProblem,
  'pve-userid-list': eachOf(userProblem),
  'pve-tokenid-list': eachOf((v) =>
    /^[^\s:/]+@[A-Za-z][\w.-]+![A-Za-z][\w.-]+$/.test(v)
      ? undefined
      : `value '${v}' does not look like a valid token ID`,
  ),
  'pve-groupid': accessName('group'),
  'pve-groupid-list': eachOf(accessName('group')),
  'pve-roleid': accessName('role'),
  'pve-roleid-list': eachOf(accessName('role')),
  'pve-priv-list': eachOf((v) => (privileges.has(v) ? undefined : `invalid privilege '${v}'`)),
  'email-opt': unless(
    (v) => v === '' || /^[\w+~-]+(\.[\w+~-]+)*@[a-z0-9-]+(\.[a-z0-9-]+)*$/i.test(v),
    'value does not look like a valid email address',
  ),
  'pve-tag-list': eachOf(unless((v) => /^[a-z0-9_][a-z0-9_\-+.]*$/i.test(v), 'invalid characters in tag')),
} satisfies Record<string, Format>;

/** Names of groups and roles (B125). */
function accessName(what: 'group' | 'role'): Format {
  return (value) =>
    /^[A-Za-z0-9._-]+$/.test(value) ? undefined : `${what} name '${value}' contains invalid characters`;
}

/** What may be switched on and off one by one in a VM. */
const cpuFlags =
  'pcid spec-ctrl ibpb ssbd virt-ssbd amd-ssbd amd-no-ssb pdpe1gb md-clear hv-tlbflush hv-evmcs aes';

function cpuProblem(value: string): string | undefined {
  const given = parseProperties(value, 'cputype');
  const model = given.get('cputype') ?? '';
  if (model === '') return 'CPU is missing cputype';
  if (model.startsWith('custom-')) return `Custom cputype '${model.slice(7)}' not found`;
  if (!cpuModels.includes(model))
    return `Built-in cputype '${model}' is not defined (missing 'custom-' prefix?)`;
  const known = cpuFlags.split(' ');
  const flags = given.get('flags')?.split(';') ?? [];
  if (flags.some((flag) => !known.includes(flag.slice(1))))
    return `VM-specific CPU flags must be a subset of: ${known.join(', ')}`;
  return given.has('reported-model')
    ? "Property 'reported-model' not allowed in VM-specific CPU config."
    : undefined;
}

export type FormatName = keyof typeof formats;

/** Ranges go upwards. */
function isCpuset(value: string): boolean {
  return value.split(',').every((part) => {
    const [, from, to = from] = /^\s*(\d+)(?:-(\d+))?\s*$/.exec(part) ?? [];
    return from !== undefined && Number(to) >= Number(from);
  });
}

/** A property string with its booleans as Proxmox writes them: `1` and `0`. */
export function plainBooleans(
  spec: Spec | undefined,
  given: ReadonlyMap<string, string>,
): Map<string, string> {
  const plain = new Map(given);
  for (const [key, value] of given) {
    const flag = spec?.props?.[key]?.type === 'boolean' ? parseBoolean(value) : undefined;
    if (flag !== undefined) plain.set(key, flag ? '1' : '0');
  }
  return plain;
}

function isStartup(value: string): boolean {
  return value.split(',').every((part) => /^\s*$|^(order=)?\d+$|^(up|down)=\d+$/.test(part));
}

/** One option or sub-option: what Proxmox checks, taken from the schema of 8.4. */
export interface Spec {
  readonly type?: 'integer' | 'number' | 'boolean' | 'array';
  /** What each value of an array has to be; it may be said several times. */
  readonly items?: Spec;
  readonly min?: number;
  readonly max?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly values?: readonly string[];
  readonly pattern?: RegExp;
  readonly format?: FormatName;
  readonly required?: true;
  /** A property string with these sub-options. */
  readonly props?: Readonly<Record<string, Spec>>;
  /** Sub-option that allows no other one beside it. */
  readonly exclusive?: string;
  /** Only together with this other sub-option. */
  readonly requires?: string;
  /** Another name of this sub-option. */
  readonly alias?: string;
  /** The name is itself a value, of this sub-option: `virtio=MAC` is `model=virtio` with `alias`. */
  readonly keyAlias?: string;
  /** Sub-option whose name may be left out. */
  readonly defaultKey?: string;
}

/** Proxmox's booleans: true, false, or undefined when it is neither (B52). */
export function parseBoolean(text: string): boolean | undefined {
  if (/^(1|on|yes|true)$/i.test(text)) return true;
  if (/^(0|off|no|false)$/i.test(text)) return false;
  return undefined;
}

/** What Proxmox says about a value that breaks its spec, without the option's name; undefined when it is good. */
export function checkValue(spec: Spec, value: string): string | undefined {
  if (spec.type === 'array') return undefined;
  if (spec.props) {
    const wrong = checkProperties(spec, value);
    if (wrong !== undefined) return `invalid format - ${wrong}`;
    const whole = spec.format && formats[spec.format](value);
    return whole ? `invalid format - ${whole}\n` : undefined;
  }
  if (spec.type === 'integer' && !/^[+-]?\d+$/.test(value))
    return `type check ('integer') failed - got '${value}'`;
  if (spec.type === 'number' && !/^[+-]?(\d+\.?\d*|\.\d+)$/.test(value))
    return `type check ('number') failed - got '${value}'`;
  if (spec.type === 'boolean' && parseBoolean(value) === undefined)
    return `type check ('boolean') failed - got '${value}'`;
  const wrong = spec.format && formats[spec.format](value);
  if (wrong) return `invalid format - ${wrong}\n`;
  if (spec.min !== undefined && Number(value) < spec.min)
    return `value must have a minimum value of ${spec.min}`;
  if (spec.max !== undefined && Number(value) > spec.max)
    return `value must have a maximum value of ${spec.max}`;
  const length = [...value].length;
  if (spec.minLength !== undefined && length < spec.minLength)
    return `value must be at least ${spec.minLength} characters long`;
  if (spec.maxLength !== undefined && length > spec.maxLength)
    return `value may only be ${spec.maxLength} characters long`;
  if (spec.values && !spec.values.includes(value))
    return `value '${value}' does not have a value in the enumeration '${spec.values.join(', ')}'`;
  if (spec.pattern && !spec.pattern.test(value)) return 'value does not match the regex pattern';
  return undefined;
}

/** The refusal of a property string: `format error`, then a line `sub-option: reason` each (B17); keys are prefixed later. */
function checkProperties(spec: Spec, value: string): string | undefined {
  const props = spec.props ?? {};
  const wrong = new Map<string, string>();
  const unread = unreadable(spec, value);
  if (unread !== undefined) return `${unread}\n`;
  const given = unaliased(spec, parseProperties(value, spec.defaultKey));
  for (const [key, text] of given) {
    const one = Object.hasOwn(props, key) ? props[key] : undefined;
    const reason = one
      ? checkValue(one, text)
      : 'property is not defined in schema and the schema does not allow additional properties';
    if (reason !== undefined) wrong.set(key, reason);
  }
  for (const [key, one] of Object.entries(props))
    if (one.required && !given.has(key)) wrong.set(key, 'property is missing and it is not optional');
  for (const key of given.keys()) {
    const needed = Object.hasOwn(props, key) ? props[key]?.requires : undefined;
    if (needed !== undefined && !given.has(needed))
      wrong.set(needed, `missing property - '\u0000${key}' requires this property`);
  }
  if (wrong.size === 0) return alone(spec, given);
  const lines = [...wrong.keys()].sort().map((key) => `\u0000${key}: ${wrong.get(key)}\n`);
  return `format error\n${lines.join('')}`;
}

/** One that allows no other counts as said when it is on, the others when they are more than nothing. */
function alone({ exclusive }: Spec, given: ReadonlyMap<string, string>): string | undefined {
  if (exclusive === undefined || !parseBoolean(given.get(exclusive) ?? '')) return undefined;
  const others = [...given].some(([key, value]) => key !== exclusive && Number(value) > 0);
  return others ? `${exclusive} cannot be set together with other options.\n` : undefined;
}

/** What keeps a property string from being read at all, before its sub-options are looked at. */
function unreadable({ props = {}, defaultKey }: Spec, value: string): string | undefined {
  const seen = new Set<string>();
  const twice = (key: string) => `duplicate key in comma-separated list property: ${key}`;
  for (const part of value.split(',')) {
    if (part.trim() === '') continue;
    const key = /^([^=]+)=[\s\S]+$/.exec(part)?.[1];
    if (key === undefined) {
      if (part.includes('=')) return 'missing key in comma-separated list property';
      if (defaultKey === undefined) return 'value without key, but schema does not define a default key';
      if (seen.has(defaultKey)) return twice(defaultKey);
      seen.add(defaultKey);
      continue;
    }
    if (seen.has(key)) return twice(key);
    const one = Object.hasOwn(props, key) ? props[key] : undefined;
    if (one?.keyAlias !== undefined) {
      if (seen.has(one.keyAlias)) return `key alias '${one.keyAlias}' is already defined`;
      seen.add(one.keyAlias);
    }
    seen.add(one?.alias ?? key);
  }
  return undefined;
}

/** The same sub-options under the names that they are stored by. */
export function unaliased(spec: Spec, given: ReadonlyMap<string, string>): Map<string, string> {
  const named = new Map<string, string>();
  for (const [key, value] of given) {
    const one = spec.props && Object.hasOwn(spec.props, key) ? spec.props[key] : undefined;
    if (one?.keyAlias !== undefined) named.set(one.keyAlias, key);
    named.set(one?.alias ?? key, value);
  }
  return named;
}

/** Puts the option's name before the lines of its sub-options. */
export function nameProperties(option: string, reason: string): string {
  return reason.replaceAll('\u0000', `${option}.`);
}
