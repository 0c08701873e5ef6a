/** A storage of the configuration as the options that `pvesm` takes, and what differs from storage.cfg. It runs nothing. */

import type { Storage } from '../../src/config/fleet.ts';
import { contentSet, type StorageSection } from '../../src/proxmox/storage-cfg.ts';

type Options = Readonly<Record<string, string>>;

/** What can never be changed (B134), and what can, for each type; other options are a person's own and stay. */
const known: Readonly<Record<Storage['type'], { fixed: readonly string[]; changing: readonly string[] }>> = {
  zfspool: { fixed: ['pool'], changing: ['sparse', 'blocksize'] },
  dir: { fixed: ['path'], changing: ['shared', 'is_mountpoint'] },
  btrfs: { fixed: ['path'], changing: ['is_mountpoint'] },
  lvmthin: { fixed: ['vgname', 'thinpool'], changing: [] },
  nfs: { fixed: ['server', 'export'], changing: ['options'] },
  cifs: { fixed: ['server', 'share'], changing: ['username', 'domain', 'smbversion', 'subdir'] },
  pbs: { fixed: ['server', 'datastore'], changing: ['username', 'fingerprint', 'namespace', 'port'] },
};
const common = ['content', 'nodes', 'disable'];

export interface Wanted {
  readonly type: Storage['type'];
  readonly fixed: Options;
  readonly changing: Options;
}

export function wantedOf(storage: Storage): Wanted {
  const { fixed, changing } = known[storage.type];
  const given = storage as unknown as Readonly<Record<string, unknown>>;
  return {
    type: storage.type,
    fixed: pick(given, fixed),
    changing: pick(given, ['content', ...changing, 'nodes', 'disable']),
  };
}

function pick(given: Readonly<Record<string, unknown>>, keys: readonly string[]): Options {
  return Object.fromEntries(
    keys.flatMap((key) => {
      const value = given[key];
      const text = Array.isArray(value) ? value.join(',') : value === true ? '1' : String(value ?? '');
      const normal = normalOption(key, text);
      return value === undefined || normal === undefined ? [] : [[key, normal]];
    }),
  );
}

/** An option in the one form that is compared; undefined where it says the same as no option. */
function normalOption(key: string, value: string): string | undefined {
  if (key === 'content' || key === 'nodes') return contentSet(value);
  if (!['disable', 'shared', 'sparse', 'is_mountpoint'].includes(key)) return value;
  if (/^(0|no|off|false|)$/i.test(value)) return undefined;
  return /^(1|yes|on|true)$/i.test(value) ? '1' : value;
}

/** The options of a definition that phx knows, in the form that is compared. */
export function presentOf(section: StorageSection): { readonly fixed: Options; readonly changing: Options } {
  const own = known[section.type as Storage['type']] ?? { fixed: ['path', 'pool', 'server'], changing: [] };
  const given = Object.fromEntries(section.options);
  return { fixed: pick(given, own.fixed), changing: pick(given, [...own.changing, ...common]) };
}

/** What makes a storage another one, as a person reads it: `dir /tank/iso`, `nfs nas /export`. */
export function identityOf(type: string, fixed: Options): string {
  return [type, ...Object.values(fixed)].join(' ');
}

export interface Difference {
  readonly set: Options;
  readonly gone: readonly string[];
}

/** What has to be set and deleted so that `from` becomes `to`. */
export function difference(from: Options, to: Options): Difference {
  return {
    set: Object.fromEntries(Object.entries(to).filter(([key, value]) => from[key] !== value)),
    gone: Object.keys(from).filter((key) => to[key] === undefined),
  };
}

export function isEqual({ set, gone }: Difference): boolean {
  return Object.keys(set).length === 0 && gone.length === 0;
}

export function addArgv(id: string, { type, fixed, changing }: Wanted): string[] {
  return ['pvesm', 'add', type, id, ...words(fixed), ...words(changing)];
}

/** `--disable 0` says more plainly than a deletion that the storage is used from now on. */
export function setArgv(id: string, { set, gone }: Difference): string[] {
  const enable = gone.includes('disable') ? { disable: '0' } : {};
  const others = gone.filter((key) => key !== 'disable');
  return [
    ...['pvesm', 'set', id, ...words({ ...set, ...enable })],
    ...(others.length > 0 ? ['--delete', others.join(',')] : []),
  ];
}

function words(options: Options): string[] {
  return Object.entries(options).flatMap(([key, value]) => [`--${key}`, value]);
}
