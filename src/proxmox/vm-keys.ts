/**
 * A VM's keys as they stand in a conf file, in one normal form, so that they can be compared with what is wanted: what
 * Proxmox makes by itself (MACs, UUIDs) is no difference, and is carried over when a key is sent again. Pure.
 */

import { type GuestConf, parseProperties, printProperties, splitList } from './conf.ts';
import { type CtKeys, normalFlag, normalProperties, normalTags } from './ct-keys.ts';
import { withoutMark } from './mark.ts';
import { hasProperties, normalPropertiesOf } from './vm-properties.ts';

/** Key → value in normal form. */
export type VmKeys = CtKeys;

/** What a switch is without a word. */
const switches: Readonly<Record<string, '0' | '1'>> = {
  ...{ onboot: '0', protection: '0', numa: '0', localtime: '0', freeze: '0', tdf: '0', keephugepages: '0' },
  ...{ kvm: '1', acpi: '1', tablet: '1', reboot: '1', ciupgrade: '1', 'allow-ksm': '1' },
};

/** What other keys are without a word. */
const unsaid: Readonly<Record<string, string>> = {
  ...switches,
  ...{ agent: '0', hotplug: 'disk,network,usb', bios: 'seabios', sockets: '1', shares: '1000' },
};

/**
 * The value of a key that holds from the next start on (what is pending counts), in the normal form of `wanted`.
 * Undefined when it is not set, unless what is wanted is what it is without a word.
 */
export function effectiveVmKey(conf: GuestConf, key: string, wanted: string | undefined): string | undefined {
  if (key === 'description') return withoutMark(conf.description) || undefined;
  const gone = conf.pendingDelete.includes(key);
  const value = gone ? undefined : (conf.pending.keys.get(key) ?? conf.keys.get(key));
  if (value === undefined) return wanted !== undefined && unsaid[key] === wanted ? wanted : undefined;
  return normalVmKey(key, value, wanted);
}

/** The value to send for a wish in normal form: cards stay the same cards, the machine the same machine. */
export function vmValueToSend(conf: GuestConf, key: string, wanted: string): string {
  if (/^net\d+$/.test(key)) {
    const { model, mac, rest } = netParts(wanted);
    const present = netParts(conf.keys.get(key) ?? '').mac;
    return printNet(model, mac ?? present, rest);
  }
  if (key !== 'smbios1') return wanted;
  const parts = parseProperties(wanted);
  const uuid = parseProperties(conf.keys.get(key) ?? '').get('uuid');
  if (uuid && !parts.has('uuid')) parts.set('uuid', uuid);
  return printProperties(parts, []);
}

/** A key in normal form; undefined where that is the same as not set. */
export function normalVmKey(key: string, value: string, wanted = value): string | undefined {
  if (/^net\d+$/.test(key)) return normalVmNet(value, wanted);
  if (key in switches) return normalFlag(value);
  switch (key) {
    case 'tags':
      return normalTags(value);
    case 'nameserver':
      return splitList(value).join(' ');
    case 'cpulimit':
    case 'migrate_downtime':
      return String(Number(value));
    case 'startup':
      return normalProperties(value, 'order');
    case 'hotplug':
      return normalHotplug(value);
    case 'boot':
      return normalBoot(value);
    case 'smbios1':
      return normalSmbios(value, wanted);
    case 'vmgenid':
      return value.toLowerCase();
    case 'sshkeys':
      return normalSshKeys(decodeURIComponent(value));
    default:
      return hasProperties(key) ? normalPropertiesOf(key, value) || undefined : value;
  }
}

/** Keys of ssh, one a line, as a file of them has it. */
export function normalSshKeys(text: string): string {
  const lines = text.split('\n').map((line) => line.trim());
  return lines.filter((line) => line !== '').join('\n');
}

function normalHotplug(value: string): string {
  if (/^(0|1|yes|no|on|off|true|false)$/i.test(value))
    return normalFlag(value) === '1' ? 'disk,network,usb' : '0';
  return splitList(value).sort().join(',');
}

/** `order=scsi0;net0`; the letters of old are left as they are. */
function normalBoot(value: string): string {
  const parts = parseProperties(value, 'legacy');
  const order = parts.get('order');
  return order === undefined ? (parts.get('legacy') ?? '') : `order=${order}`;
}

/** Always encoded; the UUID only where it is wanted. */
function normalSmbios(value: string, wanted: string): string {
  const parts = parseProperties(value);
  const encoded = normalFlag(parts.get('base64') ?? '0') === '1';
  const normal = new Map<string, string>();
  for (const [key, text] of parts) {
    if (key === 'base64') continue;
    if (key !== 'uuid') normal.set(key, encoded ? text : Buffer.from(text, 'utf8').toString('base64'));
    else if (parseProperties(wanted).has('uuid')) normal.set(key, text.toLowerCase());
  }
  if ([...normal.keys()].some((key) => key !== 'uuid')) normal.set('base64', '1');
  return printProperties(normal, []);
}

export interface NetParts {
  readonly model: string;
  readonly mac: string | undefined;
  readonly rest: Map<string, string>;
}

const models =
  /^(virtio|e1000(-825(40em|44gc|45em)|e)?|i825(51|57b|59er)|ne2k_(isa|pci)|pcnet|rtl8139|vmxnet3)$/;

/** `virtio=MAC,bridge=…` and `virtio,macaddr=MAC,…` say the same. */
/** `virtio=MAC,bridge=…` taken apart. */
export function netParts(value: string): NetParts {
  const rest = parseProperties(value, 'model');
  const named = [...rest.keys()].find((key) => models.test(key));
  const model = rest.get('model') ?? named ?? '';
  const mac = rest.get('macaddr') ?? (named === undefined ? undefined : rest.get(named));
  for (const key of ['model', 'macaddr', ...(named ? [named] : [])]) rest.delete(key);
  return { model, mac: mac?.toUpperCase(), rest };
}

function printNet(model: string, mac: string | undefined, rest: ReadonlyMap<string, string>): string {
  const head = mac === undefined ? model : `${model}=${mac}`;
  const tail = printProperties(rest, ['bridge']);
  return tail === '' ? head : `${head},${tail}`;
}

const netFlags: ReadonlySet<string> = new Set(['firewall', 'link_down', 'host-tunnel']);

/** Of an interface: switches that are off are left out, and a MAC that was not `wanted`. */
export function normalVmNet(value: string, wanted = value): string {
  const { model, mac, rest } = netParts(value);
  const normal = new Map<string, string>();
  for (const [key, entry] of rest) {
    const text = netFlags.has(key)
      ? normalFlag(entry)
      : key === 'rate'
        ? String(Number(entry))
        : key === 'trunks'
          ? [...new Set(entry.split(';').map(Number))].sort((a, b) => a - b).join(';')
          : entry;
    if (!(netFlags.has(key) && text === '0')) normal.set(key, text);
  }
  return printNet(model, netParts(wanted).mac === undefined ? undefined : mac, normal);
}
