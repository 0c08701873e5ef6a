/** What the conf of a guest says, so that two of them can be compared: without what is drawn anew for each guest. */

import { parseConf, parseProperties } from '../../src/proxmox/conf.ts';
import { withoutMark } from '../../src/proxmox/mark.ts';
import { type GuestText, isObject } from './random-guest.ts';

/** Keys and lines by name; a mount by its path, since its number is nobody's wish. */
export function saidBy(text: string, kind: 'ct' | 'vm'): Record<string, string> {
  const { keys, lxc, unknown, description, pending, pendingDelete } = parseConf(text, kind);
  const said: Record<string, string> = {};
  for (const [key, value] of keys) {
    if (/^unused\d+$/.test(key) || ['meta', 'vmgenid'].includes(key)) continue;
    if ((usualOf(key) ?? (switched.includes(key) ? '0' : undefined)) === value) continue;
    const parts = parseProperties(value, 'first');
    if (kind === 'ct' && /^mp\d+$/.test(key)) said[`mount ${parts.get('mp')}`] = plain(key, value);
    else said[key] = plain(key, value);
  }
  // Lines and variables that are added come behind those that stand.
  const lines = lxc.map(({ key, value }) => `${key}: ${value}`).sort();
  if (said.env !== undefined) said.env = said.env.split('\0').sort().join('\0');
  const notes = withoutMark(description ?? '');
  return {
    ...said,
    ...(lines.length === 0 ? {} : { lxc: lines.join('\n') }),
    ...(notes === '' ? {} : { description: notes }),
    ...(unknown.length + pending.keys.size + pendingDelete.length > 0 ? { rest: text } : {}),
  };
}

const listed = /^(net|mp|rootfs|dev|startup|features|scsi|virtio|sata|ide|agent|smbios1)/;

function plain(key: string, value: string): string {
  const volume = value.replace(/\b(subvol|vm|base)-(\d+)-(disk-\d+|cloudinit)\b/, '$1-$2');
  if (!listed.test(key)) return volume;
  const parts = volume.split(',');
  return parts
    .filter((part) => !/^uuid=/.test(part))
    .map((part) => part.replace(/[0-9a-f]{2}(:[0-9a-f]{2}){5}/i, 'a card'))
    .sort()
    .join();
}

/** The leaves of a guest's file that its conf does not say, each with what it says instead. */
export function unsaid(guest: GuestText, text: string, kind: 'ct' | 'vm'): string[] {
  const conf = parseConf(text, kind);
  return Object.entries(guest).flatMap(([key, value]) => {
    if (steered.includes(key)) return [];
    if (key === 'description')
      return agrees(key, trimmed(value), withoutMark(conf.description ?? '').trimEnd() || undefined);
    if (key === 'lxc') return linesUnsaid(value as string[], conf.lxc);
    const said = saidOf(key, value, conf.keys, kind);
    if (!isObject(value)) return agrees(key, value, said);
    return Object.entries(value).flatMap(([name, wanted]) =>
      agrees(name, wanted, said === undefined ? undefined : partOf(key, name, wanted, said), key),
    );
  });
}

/** What is not kept in the conf, or not as a value of its own. */
const steered = ['id', 'kind', 'ostemplate', 'image', 'cloudInit', 'state', 'restart', 'firewall'];

/** Empty lines at the end are not kept. */
const trimmed = (value: unknown): string | undefined => String(value).trimEnd() || undefined;

function linesUnsaid(lines: readonly string[], said: readonly { key: string; value: string }[]): string[] {
  const known = said.map(({ key, value }) => `${key}: ${value}`);
  return lines.map((line) => line.replace(/\s*[:=]\s*/, ': ')).filter((line) => !known.includes(line));
}

/** The value of a key as properties. */
function saidOf(
  key: string,
  value: unknown,
  keys: ReadonlyMap<string, string>,
  kind: 'ct' | 'vm',
): string | undefined {
  const own = keys.get(key === 'disk' ? 'scsi0' : key);
  if (key === 'env') return own?.replaceAll('\0', ',');
  // All that Proxmox plugs in without a word.
  if (key === 'hotplug' && value === true) return own === undefined || own === '1' ? '1' : own && same(own);
  if (key === 'boot') return own?.replace(/^order=/, '');
  if (key === 'sshkeys') return own === undefined ? own : decodeURIComponent(own).trimEnd();
  if (kind === 'vm' || !/^mp\d+$/.test(key) || !isObject(value)) return own;
  return [...keys].find(([, text]) => parseProperties(text).get('mp') === value.mp)?.[1];
}

const same = (hotplug: string) => (hotplug === 'disk,network,usb' ? '1' : hotplug);

function partOf(key: string, name: string, wanted: unknown, said: string): string | undefined {
  const parts = parseProperties(said, 'first');
  const first = parts.get('first');
  if (name === 'storage') return first?.replace(/:.*$/, '');
  if (key === 'smbios1' && name !== 'uuid')
    return Buffer.from(parts.get(name) ?? '', 'base64').toString('utf8');
  const model = /^net\d+$/.test(key) && first === undefined ? said.split('=')[0] : undefined;
  if (name === 'model' && model !== undefined) return model;
  if (name === 'macaddr' && model !== undefined) return parts.get(model);
  if (parts.has(name)) return parts.get(name);
  // The main part of a key stands without its name.
  return first?.toLowerCase() === text(wanted).toLowerCase() ? first : undefined;
}

/** What holds where the conf says nothing, for it is usual or cannot be seen there: `key.part`, or the part of any key. */
const usual: Readonly<Record<string, string>> = {
  ...{ replicate: '1', console: '1', uid: '0', gid: '0', tablet: '1', acpi: '1', reboot: '1', kvm: '1' },
  ...{ 'allow-ksm': '1', detect_zeroes: '1', discard: 'ignore', rombar: '1', 'allow-smt': '1' },
  ...{ max_bytes: '1024', period: '1000', 'freeze-fs-on-backup': '1', videostreaming: 'off' },
  ...{ cache: 'auto', media: 'disk', 'agent.type': 'virtio', hotplug: 'disk,network,usb' },
  ...{ sockets: '1', ciupgrade: '1', bios: 'seabios' },
};
/** Switches that are off where the conf says nothing. */
const switched = [
  ...['onboot', 'debug', 'protection', 'localtime', 'freeze', 'tdf', 'keephugepages', 'numa'],
];
const usualOf = (name: string, key = ''): string | undefined => {
  const family = key.replace(/\d+$/, '');
  if (name === 'backup' && family !== 'mp') return '1';
  if (name === 'driver') return family === 'audio' ? 'spice' : 'vfio';
  return usual[`${family}.${name}`] ?? usual[name];
};

/** Those of a directory are its own; what firmware is made with is said at its birth. */
const elsewhere = ['owner', 'group', 'mode'];

function text(value: unknown): string {
  return typeof value === 'boolean' ? (value ? '1' : '0') : String(value);
}

function agrees(name: string, wanted: unknown, found: string | undefined, key?: string): string[] {
  const said = found ?? usualOf(name, key);
  const told = [`${key ? `${key}.` : ''}${name}: ${wanted} is ${found}`];
  if (Array.isArray(wanted)) {
    const by = name === 'sshkeys' ? /\n/ : /[;, ]/;
    const parts = said === undefined || said.trim() === '' ? [] : said.split(by);
    const [one, other] = [[...new Set(wanted.map(String))], [...parts]];
    if (name === 'boot' || name === 'nameserver') return one.join() === other.join() ? [] : told;
    return one.sort().join() === other.sort().join() ? [] : told;
  }
  if (name === 'size' && key !== 'ivshmem') return said === `${wanted}G` ? [] : told;
  if (said === undefined) return elsewhere.includes(name) || !wanted ? [] : told;
  return said.toLowerCase() === text(wanted).toLowerCase() ? [] : told;
}
