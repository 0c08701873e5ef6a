/** What the configuration wants of a container, as the keys that `pct set` takes, in normal form. Pure. */

import type { Container, ContainerNet } from '../../src/config/fleet.ts';
import { printProperties } from '../../src/proxmox/conf.ts';
import {
  type CtKeys,
  normalCpuunits,
  normalFeatures,
  normalNet,
  normalProperties,
  normalTags,
} from '../../src/proxmox/ct-keys.ts';
import { withoutMark } from '../../src/proxmox/mark.ts';
import { wantedDevices } from './devices.ts';

/**
 * The keys that `pct set` is to make true, in normal form; what the configuration does not name is left out. The step
 * `volumes` has the drives and `protection`, which keeps drives as they are; `env`, raw lines and GPUs are no single keys.
 */
export function wantedKeys(ct: Container): CtKeys {
  const keys: Record<string, string | undefined> = {
    hostname: ct.hostname,
    memory: String(ct.memory),
    swap: String(ct.swap),
    cores: text(ct.cores),
    cpulimit: text(ct.cpulimit),
    cpuunits: ct.cpuunits === undefined ? undefined : normalCpuunits(String(ct.cpuunits)),
    onboot: flag(ct.onboot),
    startup: ct.startup && printStartup(ct.startup),
    features: ct.features && printFeatures(ct.features),
    nameserver: ct.nameserver && ct.nameserver.length > 0 ? ct.nameserver.join(' ') : undefined,
    searchdomain: ct.searchdomain,
    timezone: ct.timezone,
    arch: ct.arch,
    ostype: ct.ostype,
    tty: text(ct.tty),
    console: flag(ct.console),
    cmode: ct.cmode,
    debug: flag(ct.debug),
    entrypoint: ct.entrypoint,
    hookscript: ct.hookscript,
    tags: ct.tags && ct.tags.length > 0 ? normalTags(ct.tags.join(';')) : undefined,
    // As it will be read back: Proxmox keeps no empty lines at its end, and a line like our mark is no text.
    description: withoutMark(ct.description ?? '') || undefined,
  };
  for (const [name, net] of Object.entries(ct.nets)) keys[name] = printNet(net);
  Object.assign(keys, wantedDevices(ct.devs));
  const ignored = new Set(ct.ignore);
  return Object.fromEntries(
    Object.entries(keys).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && !ignored.has(entry[0]),
    ),
  );
}

function text(value: number | undefined): string | undefined {
  return value === undefined ? undefined : String(value);
}

export function flag(value: boolean | undefined): string | undefined {
  return value === undefined ? undefined : value ? '1' : '0';
}

function printStartup(startup: NonNullable<Container['startup']>): string | undefined {
  const parts = Object.entries(startup).filter(([, value]) => value !== undefined);
  return parts.length === 0
    ? undefined
    : normalProperties(parts.map(([key, value]) => `${key}=${value}`).join(','), 'order');
}

function printFeatures(features: NonNullable<Container['features']>): string | undefined {
  const parts = Object.entries(features).flatMap(([key, value]) => {
    if (Array.isArray(value)) return value.length > 0 ? [`${key}=${value.join(';')}`] : [];
    return [`${key}=${value ? 1 : 0}`];
  });
  return normalFeatures(parts.join(','));
}

function printNet(net: ContainerNet): string {
  const properties = new Map<string, string>();
  for (const [key, value] of Object.entries(net)) {
    if (value === undefined) continue;
    const printed = Array.isArray(value)
      ? value.join(';')
      : value === true
        ? '1'
        : value === false
          ? '0'
          : value;
    properties.set(key, String(printed));
  }
  return normalNet(printProperties(properties, ['name', 'bridge']));
}
