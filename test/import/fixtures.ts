/** The old files that the tests of the import start from, and ways to run it without the command line. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type LoadedConfig, loadConfig } from '../../src/config/load.ts';
import type { Json } from '../../src/core/json.ts';
import { type Imported, importLegacy } from '../../src/import/index.ts';
import { readLegacy } from '../../src/import/read.ts';
import type { Known } from '../../src/import/work.ts';
import { loadCatalog } from '../../src/template/catalog.ts';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** Old files by their path from the old folder. */
export type Legacy = Readonly<Record<string, Json>>;
export type Generation = 'first' | 'second';

export const node = 'phoenix_hypervisor_config.json';
export const containers = 'phoenix_lxc_configs.json';
export const vms = 'phoenix_vm_configs.json';

/** The files of a generation. */
export function legacy(generation: Generation): Record<string, Json> {
  const folder = join(root, 'test', 'fixtures', 'legacy', generation);
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.json'),
  );
  const sorted = names.map((name) => name.replaceAll('\\', '/')).sort();
  return Object.fromEntries(
    sorted.map((name) => [name, JSON.parse(readFileSync(join(folder, name), 'utf8')) as Json]),
  );
}

const templates = join(root, 'templates');
const read = (path: string) => readFileSync(path, 'utf8');
const checks = readdirSync(join(templates, 'checks')).map(
  (name) => [name, read(join(templates, 'checks', name))] as const,
);

/** What phx ships. */
export const known: Known = {
  templates: (
    await loadCatalog(
      [templates],
      async (path) => read(path),
      async (path) => readdirSync(path),
    )
  ).templates,
  checks: new Map(checks),
};

export function imported(files: Legacy, what: Known = known): Imported {
  return importLegacy(
    Object.entries(files).map(([name, value]) => readLegacy(name, JSON.stringify(value), name)),
    what,
  );
}

/** Loads a configuration that lies in memory. */
export function loaded({ files }: Pick<Imported, 'files'>): Promise<LoadedConfig> {
  const inside = (path: string) => path.slice('/import/'.length);
  return loadConfig({
    root: '/import',
    readFile: (path) => files.get(inside(path)),
    listDir: (path) =>
      [...files.keys()].flatMap((file) =>
        file.startsWith(`${inside(path)}/`) ? [file.slice(inside(path).length + 1)] : [],
      ),
  });
}

/** A small old system; `change` says what is otherwise. */
export function small(change: {
  readonly node?: Record<string, Json>;
  readonly ct?: Record<string, Json>;
  readonly lxc?: Record<string, Json>;
  readonly vms?: readonly Json[];
}): Legacy {
  const zfs = {
    pools: [{ name: 'tank', raid_level: 'single', disks: ['/dev/disk/by-id/nvme-A'] }],
    datasets: [
      {
        name: 'ct',
        pool: 'tank',
        properties: 'compression=lz4',
        proxmox_storage_type: 'zfspool',
        proxmox_content_type: 'rootdir,images',
      },
      {
        name: 'iso',
        pool: 'tank',
        properties: '',
        proxmox_storage_type: 'dir',
        proxmox_content_type: 'iso,vztmpl',
      },
    ],
  };
  const network = { interfaces: { name: 'vmbr0', address: '10.0.0.13/24', gateway: '10.0.0.1' } };
  return {
    [node]: { network, zfs, ...change.node },
    [containers]: { lxc_configs: { '900': container(200, change.ct), ...change.lxc } },
    [vms]: { vms: change.vms ?? [] },
  };
}

/** A container that is made from a template; its address ends in `at`. */
export function container(at: number, more: Readonly<Record<string, Json>> = {}): Record<string, Json> {
  return {
    name: `guest-${at}`,
    template: '/tank/iso/template/cache/ubuntu-24.04-standard_24.04-2_amd64.tar.zst',
    memory_mb: 1024,
    cores: 1,
    storage_pool: 'tank-ct',
    storage_size_gb: 8,
    network_config: { name: 'eth0', bridge: 'vmbr0', ip: `10.0.0.${at}/24`, gw: '10.0.0.1' },
    unprivileged: true,
    ...more,
  };
}
