/** The conf of a container as fields of a guest's file: the inverse of what phx sends. Pure; it knows no other guest. */

import type { Json } from '../core/json.ts';
import { type GuestConf, parseProperties, splitList } from '../proxmox/conf.ts';
import { normalFlag } from '../proxmox/ct-keys.ts';
import { withoutMark } from '../proxmox/mark.ts';
import { gibibytes } from '../proxmox/volume-size.ts';
import { byNumber, effectiveKeys, emptyReading, ownKeys, type Reading, wholeSize } from './reading.ts';
import { type Fits, typed, typedParts, typedProperties } from './typed.ts';

/** What has a value of its own in the file, in the order in which it is written. */
const plain = [
  ...['memory', 'swap', 'cores', 'cpulimit', 'cpuunits', 'ostype', 'arch'],
  ...['searchdomain', 'timezone', 'tty', 'console', 'cmode', 'debug', 'entrypoint', 'hookscript'],
  ...['onboot', 'protection'],
];

/** What a key is that no conf names, although phx wants one. */
const unsaid: Readonly<Record<string, string>> = { memory: '512', swap: '512' };

export function readContainer(id: number, conf: GuestConf, fits: Fits): Reading {
  const reading = emptyReading();
  const { fields, left, ignore } = reading;
  const keys = effectiveKeys(conf);
  const take = (key: string): string | undefined => {
    const value = keys.get(key);
    keys.delete(key);
    return value;
  };
  const hostname = take('hostname');
  if (hostname === undefined) ignore.add('hostname');
  fields.set('hostname', hostname ?? `ct${id}`);
  fields.set('unprivileged', normalFlag(take('unprivileged') ?? '0') === '1');
  const isTemplate = normalFlag(take('template') ?? '0') === '1';
  if (isTemplate) fields.set('template', true);
  const tags = take('tags');
  if (tags !== undefined) fields.set('tags', splitList(tags));
  const description = withoutMark(conf.description);
  if (description !== '') fields.set('description', description);
  for (const key of plain) {
    const value = take(key);
    if (value !== undefined) fields.set(key, typed(value, [key], fits));
    else if (unsaid[key] !== undefined) {
      fields.set(key, Number(unsaid[key]));
      ignore.add(key);
    }
  }
  const startup = take('startup');
  if (startup !== undefined) fields.set('startup', typedProperties(startup, 'order', ['startup'], fits));
  const features = take('features');
  if (features !== undefined) fields.set('features', featuresOf(features, fits));
  const nameserver = take('nameserver');
  if (nameserver !== undefined) fields.set('nameserver', splitList(nameserver));
  readRoot(take('rootfs') ?? '', reading, fits);
  for (const [key, value] of [...keys].sort(byNumber)) {
    const number = /^(net|mp|dev)\d+$/.exec(key)?.[1];
    if (number === undefined) continue;
    keys.delete(key);
    if (number === 'net') fields.set(key, netOf(key, value, fits));
    else if (number === 'dev') fields.set(key, typedProperties(value, 'path', [key], fits));
    else readMount(key, value, reading, fits);
  }
  readEnv(take('env'), reading);
  if (conf.lxc.length > 0)
    fields.set(
      'lxc',
      conf.lxc.map(({ key, value }) => `${key}: ${value}`),
    );
  for (const [key, value] of [...keys].sort(byNumber)) {
    if (ownKeys.test(key)) continue;
    const why = /^unused\d+$/.test(key)
      ? 'a volume that is attached nowhere'
      : 'the configuration has no such key';
    left.push({ key, value, why });
  }
  return reading;
}

function featuresOf(text: string, fits: Fits): Json {
  const parts = [...parseProperties(text)].map(([key, value]): [string, Json] => [
    key,
    key === 'mount' ? value.split(/[;\s]+/).filter(Boolean) : typed(value, ['features', key], fits),
  ]);
  return Object.fromEntries(parts);
}

function netOf(key: string, text: string, fits: Fits): Json {
  const parts = parseProperties(text);
  // There is no other type, and Proxmox writes it by itself.
  if (parts.get('type') === 'veth') parts.delete('type');
  return typedParts(parts, [key], fits);
}

function readRoot(text: string, reading: Reading, fits: Fits): void {
  const { volume, size, options } = volumeParts(text, ['rootfs'], fits);
  if (!volume.includes(':') || volume.startsWith('/')) {
    reading.refused = `its root is ${volume === '' ? 'none' : volume}, which is no volume of a storage`;
    return;
  }
  const whole = wholeSize(gibibytes(size));
  if (whole === undefined) {
    reading.ignore.add('rootfs');
    reading.left.push({ key: 'rootfs', value: text, why: 'a size that is no whole number of GiB' });
  }
  reading.fields.set('rootfs', {
    storage: volume.replace(/:.*$/, ''),
    size: whole ?? Math.max(1, Math.ceil(gibibytes(size) ?? 1)),
    ...(whole === undefined ? {} : options),
  });
}

function readMount(key: string, text: string, { fields, left }: Reading, fits: Fits): void {
  const { volume, size, options } = volumeParts(text, [key], fits);
  if (volume.startsWith('/dev/')) {
    left.push({ key, value: text, why: 'a device of the node, mounted as a disk' });
  } else if (volume.startsWith('/')) {
    fields.set(key, { source: volume, ...options });
  } else {
    const whole = wholeSize(gibibytes(size));
    if (whole === undefined) left.push({ key, value: text, why: 'a size that is no whole number of GiB' });
    else fields.set(key, { storage: volume.replace(/:.*$/, ''), size: whole, ...options });
  }
}

function volumeParts(text: string, path: readonly string[], fits: Fits) {
  const parts = parseProperties(text, 'volume');
  const [volume = '', size] = [parts.get('volume'), parts.get('size')];
  parts.delete('volume');
  parts.delete('size');
  const options = [...parts].map(([key, value]): [string, Json] => [
    key,
    key === 'mountoptions' ? value.split(';') : typed(value, [...path, key], fits),
  ]);
  return { volume, size, options: Object.fromEntries(options) };
}

/** NUL stands between variables; those that look like secrets are nothing for a file. */
function readEnv(text: string | undefined, { fields, left }: Reading): void {
  const parts = (text ?? '').split('\0').filter((part) => part !== '');
  const kept: Record<string, Json> = {};
  for (const part of parts) {
    const [, name = '', value = ''] = /^([^=]*)=?([\s\S]*)$/.exec(part) ?? [];
    if (/pass|secret|token|key|credential/i.test(name))
      left.push({ key: `env.${name}`, why: 'it may be a secret, which is nothing for a file' });
    else kept[name] = value;
  }
  if (Object.keys(kept).length > 0) fields.set('env', kept);
}
