/** What the configuration wants of a container, as the keys that `pct set` takes, in normal form. Pure. */

import type { Container, ContainerNet } from '../../src/config/fleet.ts';
import { printProperties } from '../../src/proxmox/conf.ts';
import { type CtKeys, normalProperties, normalTags } from '../../src/proxmox/ct-keys.ts';
import { withoutMark } from '../../src/proxmox/mark.ts';

/** The keys that `pct set` is to make true, in normal form; what the configuration does not name is left out. */
export function wantedKeys(ct: Container): CtKeys {
  const keys: Record<string, string | undefined> = {
    hostname: ct.hostname,
    memory: String(ct.memory),
    swap: String(ct.swap),
    cores: text(ct.cores),
    cpulimit: text(ct.cpulimit),
    cpuunits: text(ct.cpuunits),
    onboot: flag(ct.onboot),
    startup: ct.startup && printStartup(ct.startup),
    protection: flag(ct.protection),
    features: ct.features && printFeatures(ct.features),
    nameserver: ct.nameserver?.join(' '),
    searchdomain: ct.searchdomain,
    timezone: ct.timezone,
    tty: text(ct.tty),
    console: flag(ct.console),
    cmode: ct.cmode,
    hookscript: ct.hookscript,
    tags: ct.tags && ct.tags.length > 0 ? normalTags(ct.tags.join(';')) : undefined,
    // As it will be read back: Proxmox keeps no empty lines at its end, and a line like our mark is no text.
    description: withoutMark(ct.description ?? '') || undefined,
  };
  for (const [name, net] of Object.entries(ct.nets)) keys[name] = printNet(net);
  gpuDevices(ct.gpus).forEach((device, at) => {
    keys[`dev${at}`] = device;
  });
  const ignored = new Set(ct.ignore);
  return Object.fromEntries(
    Object.entries(keys).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && !ignored.has(entry[0]),
    ),
  );
}

/** Device nodes of NVIDIA GPUs, the shared ones first: `devN` entries, which make the node and its cgroup rule by themselves. */
export function gpuDevices(gpus: readonly number[]): string[] {
  if (gpus.length === 0) return [];
  const shared = ['/dev/nvidiactl', '/dev/nvidia-uvm', '/dev/nvidia-uvm-tools'];
  return [...shared, ...gpus.map((index) => `/dev/nvidia${index}`)];
}

function text(value: number | undefined): string | undefined {
  return value === undefined ? undefined : String(value);
}

function flag(value: boolean | undefined): string | undefined {
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
    return value ? [`${key}=1`] : [];
  });
  return parts.length === 0 ? undefined : parts.sort().join(',');
}

function printNet(net: ContainerNet): string {
  const properties = new Map<string, string>();
  for (const [key, value] of Object.entries(net)) {
    if (value === undefined || value === false) continue;
    properties.set(
      key,
      value === true ? '1' : key === 'hwaddr' ? String(value).toUpperCase() : String(value),
    );
  }
  return printProperties(properties, ['name', 'bridge']);
}
