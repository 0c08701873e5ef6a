/** Options of the data centre in /etc/pve/datacenter.cfg, read and written as Proxmox does (B156, datacenter-options). */

import { parseProperties, sorted, splitList } from '../../proxmox/conf.ts';
import { type Call, refuse } from '../call.ts';
import {
  type DatacenterSettings,
  datacenterFile,
  datacenterSettings,
  defaultMacPrefix,
  structuredKeys,
} from '../datacenter-cfg.ts';
import { datacenterKeys } from '../datacenter-keys.ts';
import type { Spec } from '../formats.ts';
import { writeNodeFile } from '../node-files.ts';
import type { Given } from '../options.ts';
import { printObject } from '../tables.ts';
import type { Route } from './route.ts';

function read(call: Call): DatacenterSettings {
  const settings = datacenterSettings(call.state);
  for (const complaint of settings.complaints) call.err(complaint);
  return settings;
}

/** Its parts in their order, the main one without its name. */
function ordered(key: string, value: string): string {
  const spec = datacenterKeys[key];
  if (!structuredKeys.has(key)) return value;
  const parts = parseProperties(value, spec?.defaultKey);
  const main = spec?.defaultKey === undefined ? undefined : parts.get(spec.defaultKey);
  const others = sorted(parts.keys()).filter((name) => name !== spec?.defaultKey);
  return [...(main === undefined ? [] : [main]), ...others.map((name) => `${name}=${parts.get(name)}`)].join(
    ',',
  );
}

function show(call: Call, given: Given): undefined {
  const { description, keys } = read(call);
  const tags = splitList((keys.get('registered-tags') ?? '').replaceAll(';', ','));
  const values = [...keys].map(([key, value]): [string, unknown] => {
    if (key === 'registered-tags') return [key, tags];
    return [
      key,
      structuredKeys.has(key)
        ? Object.fromEntries(parseProperties(value, datacenterKeys[key]?.defaultKey))
        : value,
    ];
  });
  printObject(call, given, {
    mac_prefix: defaultMacPrefix,
    ...Object.fromEntries(values),
    'allowed-tags': tags,
    description,
  });
}

function set(call: Call, { values }: Given): undefined {
  const { description: before, keys } = read(call);
  const asked = new Map(values);
  const gone = splitList(asked.get('delete') ?? '');
  const description = gone.includes('description') ? '' : (asked.get('description') ?? before);
  for (const key of ['delete', 'description', 'output-format']) asked.delete(key);
  checkRange(asked.get('next-id'));
  const printed = new Map([...keys].map(([key, value]) => [key, ordered(key, value)] as const));
  for (const key of gone) printed.delete(key);
  for (const [key, value] of asked) printed.set(key, value);
  if (printed.get('mac_prefix') === defaultMacPrefix) printed.delete('mac_prefix');
  const comment =
    description === ''
      ? ''
      : description
          .replace(/\n$/, '')
          .split('\n')
          .map((line) => `#${line}\n`)
          .join('');
  const lines = sorted(printed.keys()).map((key) => `${key}: ${printed.get(key)}\n`);
  writeNodeFile(call.state, datacenterFile, `${comment}\n${lines.join('')}`, 0o640);
}

function checkRange(text: string | undefined): void {
  const range = parseProperties(text ?? '');
  const [lower, upper] = [Number(range.get('lower') ?? 100), Number(range.get('upper') ?? 1_000_000)];
  if (lower > upper) refuse(`lower (${lower}) <= upper (${upper}) boundary rule broken`);
}

const options: Readonly<Record<string, Spec>> = { ...datacenterKeys, delete: {} };

export const datacenterRoutes: readonly Route[] = [
  { path: '/cluster/options', get: { run: show }, set: { options, run: set } },
];
