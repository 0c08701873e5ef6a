/**
 * A container's keys as they stand in a conf file, in one normal form, so that they can be compared with what is wanted.
 * Pure; forms as recorded (B52 order, B54 nameserver, B56 tags, B57 description).
 */

import { type GuestConf, parseProperties, printProperties } from './conf.ts';
import { withoutMark } from './mark.ts';

/** Key → value in normal form. */
export type CtKeys = Readonly<Record<string, string>>;

/**
 * The value of a key that holds from the next start on (what is pending counts), in the normal form of `wanted`:
 * a generated MAC or `type=veth` that the configuration does not name is no difference. Undefined when it is not set.
 */
export function effectiveKey(conf: GuestConf, key: string, wanted: string | undefined): string | undefined {
  if (key === 'description') return withoutMark(conf.description) || undefined;
  if (conf.pendingDelete.includes(key)) return undefined;
  const value = conf.pending.keys.get(key) ?? conf.keys.get(key);
  if (value === undefined) return wanted === '0' && defaultsOff.has(key) ? '0' : undefined;
  if (/^net\d+$/.test(key)) return normalNet(value, wanted);
  if (/^dev\d+$/.test(key)) return normalProperties(value, 'path');
  if (key === 'tags') return normalTags(value);
  if (key === 'features') return normalFeatures(value);
  if (key === 'startup') return normalProperties(value, 'order');
  return value;
}

/** The value to send: a MAC that the guest already has is carried over, so that it stays the same card (B46). */
export function valueToSend(conf: GuestConf, key: string, wanted: string): string {
  if (!/^net\d+$/.test(key)) return wanted;
  const properties = parseProperties(wanted);
  const present = parseProperties(conf.keys.get(key) ?? '').get('hwaddr');
  if (present && !properties.has('hwaddr')) properties.set('hwaddr', present);
  return printProperties(properties, ['name', 'bridge']);
}

const defaultsOff: ReadonlySet<string> = new Set(['onboot', 'protection']);

function normalNet(value: string, wanted: string | undefined): string {
  const properties = parseProperties(value);
  const asked = parseProperties(wanted ?? '');
  for (const own of ['hwaddr', 'type']) if (!asked.has(own)) properties.delete(own);
  const mac = properties.get('hwaddr');
  if (mac) properties.set('hwaddr', mac.toUpperCase());
  for (const [key, entry] of properties) if (entry === '0' && !asked.has(key)) properties.delete(key);
  return printProperties(properties, ['name', 'bridge']);
}

export function normalProperties(value: string, defaultKey: string): string {
  return printProperties(
    parseProperties(value, defaultKey),
    [defaultKey],
    defaultKey === 'path' ? 'path' : undefined,
  );
}

export function normalTags(value: string): string {
  const tags = value.split(/[,;\s]+/).filter((tag) => tag !== '');
  return [...new Set(tags.map((tag) => tag.toLowerCase()))].sort().join(';');
}

function normalFeatures(value: string): string | undefined {
  const parts = value.split(',').filter((part) => part !== '' && !part.endsWith('=0'));
  return parts.length === 0 ? undefined : parts.sort().join(',');
}
