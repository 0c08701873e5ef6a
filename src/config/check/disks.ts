/** Whether disks, mount points and downloads are claimed once, and pools have disks enough. It knows no file. */
import { mountpointOf } from '../mountpoints.ts';
import type { Path } from '../path.ts';
import { type Check, entries, type Reporter } from './subject.ts';

/** What is claimed by two is named at the second, with the place of the first. */
export const disks: Check = ({ hypervisor, guests }, report) => {
  if (hypervisor === undefined) return;
  const { pools, datasets = {} } = hypervisor.zfs ?? {};
  const disk = claims('disk', 'name another disk', report);
  for (const [name, pool] of entries(pools)) {
    enough(name, pool.raid, pool.disks?.length, report);
    for (const [at, path] of (pool.disks ?? []).entries())
      disk(path, path.replace(/^.*\//, ''), `pool ${name}`, ['zfs', 'pools', name, 'disks', at]);
  }
  const point = claims('mount point', 'give one of them another', report);
  for (const [name, properties] of entries(datasets)) {
    const path = mountpointOf(name, datasets);
    const own = properties.mountpoint === undefined ? [] : ['mountpoint'];
    if (path !== undefined) point(path, path, `dataset ${name}`, ['zfs', 'datasets', name, ...own]);
  }
  const file = claims('file', 'images are kept by the file name of their url', report);
  for (const [name, { url }] of entries(hypervisor.images)) {
    const base = url?.replace(/[?#].*$/, '').replace(/^.*\//, '');
    if (base !== undefined) file(base, base, `image ${name}`, ['images', name, 'url']);
  }
  const storages = entries(hypervisor.storage);
  const vm = guests.find((guest) => guest.kind === 'vm');
  if (vm === undefined || storages.some(([, { content }]) => content?.includes('snippets'))) return;
  report.warning(
    'hypervisor',
    ['storage'],
    `VM ${vm.id} has settings of its own to start with, and no storage takes snippets`,
    "add 'snippets' to the content of a storage of type dir",
    'key',
  );
};

type Claim = (key: string, shown: string, owner: string, path: Path) => void;

function claims(what: string, hint: string, report: Reporter): Claim {
  const taken = new Map<string, { readonly owner: string; readonly path: Path }>();
  return (key, shown, owner, path) => {
    const other = taken.get(key);
    if (other === undefined) {
      taken.set(key, { owner, path });
      return;
    }
    const place = report.where('hypervisor', other.path);
    const message =
      other.owner === owner
        ? `${what} ${shown} of ${owner} is named twice (${place})`
        : `${what} ${shown} of ${owner} is also that of ${other.owner} (${place})`;
    report.error('hypervisor', path, message, hint);
  };
}

const least = { single: 1, stripe: 1, mirror: 2, raidz1: 2, raidz2: 3, raidz3: 4 } as const;

function enough(
  name: string,
  raid: keyof typeof least | undefined,
  count: number | undefined,
  report: Reporter,
): void {
  if (raid === undefined || count === undefined || count === 0) return;
  const path = ['zfs', 'pools', name, 'disks'];
  if (count < least[raid]) {
    const message = `pool ${name} has ${count} disk${count === 1 ? '' : 's'}, ${raid} needs ${least[raid]} at least`;
    report.error('hypervisor', path, message, 'name more disks, or choose another raid');
  } else if (raid === 'single' && count > 1) {
    const message = `pool ${name} has ${count} disks, single has one`;
    report.error('hypervisor', path, message, "write raid: 'mirror', or 'stripe' to have none of them spare");
  }
}
