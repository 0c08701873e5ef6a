/** Whether volumes have a storage that takes them, and storages and shares a dataset to lie on. It knows no file. */
import type { Hypervisor } from '../fleet.ts';
import { mountpointOf } from '../mountpoints.ts';
import { nearest, type Path } from '../path.ts';
import { type Check, entries, type Loose, type Owner, type Reporter, title } from './subject.ts';
import { disksOf } from './vm-disks.ts';

/** Storages exist with the right content; templates, images, datasets and shared directories are described. */
export const storage: Check = ({ hypervisor, guests }, report) => {
  if (hypervisor === undefined) return;
  // What was there before phx lies where it lay: a storage that is nobody's to describe is left alone.
  const adopted = new Set<Owner>(guests.filter((guest) => guest.adopted).map(({ id }) => id));
  const need = (owner: Owner, path: Path, id: string | undefined, content: string, what: string): void => {
    if (id === undefined) return;
    const known = hypervisor.storage ?? {};
    const found = Object.hasOwn(known, id) ? known[id] : undefined;
    if (found === undefined && adopted.has(owner)) return;
    if (found === undefined) {
      const meant = nearest(id, Object.keys(known));
      report.error(
        owner,
        path,
        `storage '${id}' of ${what} does not exist`,
        meant === undefined ? 'describe it in hypervisor.storage' : `did you mean '${meant}'?`,
      );
    } else if (found.content !== undefined && !found.content.includes(content)) {
      const place = report.where('hypervisor', ['storage', id, 'content']);
      const message = `storage '${id}' of ${what} does not take ${content}, only ${found.content.join(', ')} (${place})`;
      report.error(owner, path, message, `add '${content}' to its content, or choose another storage`);
    }
  };
  for (const guest of guests) {
    if (guest.kind === 'ct') {
      need(guest.id, ['rootfs', 'storage'], guest.rootfs?.storage, 'rootdir', `${title(guest)}'s rootfs`);
      for (const [name, mount] of entries(guest.mounts)) {
        need(guest.id, ['mounts', name, 'storage'], mount.storage, 'rootdir', `${title(guest)}'s ${name}`);
        if (mount.source !== undefined)
          onDataset(hypervisor, mount.source, guest.id, ['mounts', name, 'source'], report);
      }
      if (guest.ostemplate !== undefined)
        template(hypervisor, guest.ostemplate, guest.id, title(guest), need, report);
    } else {
      for (const { key, path, storage: id } of disksOf(guest)) {
        const what = path[0] === 'disk' ? 'disk' : key;
        need(guest.id, [...path, 'storage'], id, 'images', `${title(guest)}'s ${what}`);
      }
      for (const [key, { file }] of entries(guest.drives)) {
        const [, id] = /^([^:/]+):iso\//.exec(file ?? '') ?? [];
        need(guest.id, ['drives', key, 'file'], id, 'iso', `${title(guest)}'s ${key}`);
      }
      if (guest.image !== undefined && !Object.hasOwn(hypervisor.images ?? {}, guest.image)) {
        const meant = nearest(guest.image, Object.keys(hypervisor.images ?? {}));
        const hint = meant === undefined ? 'describe it in hypervisor.images' : `did you mean '${meant}'?`;
        report.error(guest.id, ['image'], `image '${guest.image}' of ${title(guest)} does not exist`, hint);
      }
    }
  }
  for (const [name, entry] of entries(hypervisor.templates)) {
    need('hypervisor', ['templates', name, 'storage'], entry.storage, 'vztmpl', `template ${name}`);
    if (entry.oci !== undefined) archive(name, report);
    const other = (['url', 'sha256', 'sha512'] as const).find((key) => entry[key] !== undefined);
    if (entry.oci !== undefined && other !== undefined) {
      const message = `template ${name} is an OCI image, whose digest says all: it has no ${other}`;
      report.error('hypervisor', ['templates', name, other], message, 'leave out one of the two', 'key');
    }
  }
  for (const [id, job] of entries(hypervisor.backups))
    need('hypervisor', ['backups', id, 'storage'], job.storage, 'backup', `backup job ${id}`);
  places(hypervisor, report);
};

/** Proxmox knows the archive of an OCI image by its name, and templates of distributions by theirs. */
function archive(name: string, report: Reporter): void {
  if (/^[\w.+-]+\.tar$/.test(name)) return;
  const hint = `call it ${name.replace(/[^\w.+-]/g, '_').replace(/\.tar(\.\w+)?$/, '')}.tar`;
  const message = `the file of an OCI image ends in .tar: Proxmox knows it by that`;
  report.error('hypervisor', ['templates', name], message, hint, 'key');
}

type Need = (owner: Owner, path: Path, id: string | undefined, content: string, what: string) => void;

function template(
  hypervisor: Loose<Hypervisor>,
  volume: string,
  owner: number,
  what: string,
  need: Need,
  report: Reporter,
): void {
  const [id = '', file = ''] = volume.split(':vztmpl/');
  need(owner, ['ostemplate'], id, 'vztmpl', `${what}'s template`);
  const known = hypervisor.templates ?? {};
  const entry = Object.hasOwn(known, file) ? known[file] : undefined;
  if (entry === undefined) {
    const meant = nearest(file, Object.keys(known));
    const hint = meant === undefined ? 'describe it in hypervisor.templates' : `did you mean '${meant}'?`;
    report.error(owner, ['ostemplate'], `template file ${file} of ${what} does not exist`, hint);
  } else if (entry.storage !== undefined && entry.storage !== id) {
    const place = report.where('hypervisor', ['templates', file, 'storage']);
    report.error(
      owner,
      ['ostemplate'],
      `template file ${file} of ${what} is on storage '${entry.storage}', not on '${id}' (${place})`,
    );
  }
}

function places(hypervisor: Loose<Hypervisor>, report: Reporter): void {
  const pools = Object.keys(hypervisor.zfs?.pools ?? {});
  const datasets = Object.keys(hypervisor.zfs?.datasets ?? {});
  for (const name of datasets) {
    const pool = name.split('/')[0] ?? name;
    if (pools.includes(pool)) continue;
    const meant = nearest(pool, pools);
    const hint = meant === undefined ? 'describe it in hypervisor.zfs.pools' : `did you mean '${meant}/…'?`;
    report.error(
      'hypervisor',
      ['zfs', 'datasets', name],
      `pool ${pool} of dataset ${name} does not exist`,
      hint,
      'key',
    );
  }
  for (const [id, entry] of entries(hypervisor.storage)) {
    if ('pool' in entry && entry.pool !== undefined && ![...pools, ...datasets].includes(entry.pool)) {
      const meant = nearest(entry.pool, [...datasets, ...pools]);
      const hint =
        meant === undefined ? 'describe it in hypervisor.zfs.datasets' : `did you mean '${meant}'?`;
      report.error(
        'hypervisor',
        ['storage', id, 'pool'],
        `dataset ${entry.pool} of storage '${id}' does not exist`,
        hint,
      );
    }
    if ('path' in entry && entry.path !== undefined)
      onDataset(hypervisor, entry.path, 'hypervisor', ['storage', id, 'path'], report);
  }
  for (const [path] of entries(hypervisor.directories))
    onDataset(hypervisor, path, 'hypervisor', ['directories', path], report);
  for (const [path] of entries(hypervisor.nfs?.exports))
    onDataset(hypervisor, path, 'hypervisor', ['nfs', 'exports', path], report);
  const users = Object.keys(hypervisor.users ?? {});
  const person = (path: Path, name: string | undefined): void => {
    if (name === undefined || users.includes(name)) return;
    report.error(
      'hypervisor',
      path,
      `user ${name} of Samba does not exist on the node`,
      'describe it in hypervisor.users',
    );
  };
  person(['samba', 'user'], hypervisor.samba?.user);
  for (const [name, share] of entries(hypervisor.samba?.shares)) {
    const path = ['samba', 'shares', name];
    if (share.path !== undefined) onDataset(hypervisor, share.path, 'hypervisor', [...path, 'path'], report);
    for (const [index, user] of (share.validUsers ?? []).entries()) {
      if (!user.startsWith('@')) person([...path, 'validUsers', index], user);
    }
  }
}

/** A directory below a pool's mount point lies on a described dataset; else its data would land on the root disk. */
function onDataset(
  hypervisor: Loose<Hypervisor>,
  directory: string,
  owner: Owner,
  path: Path,
  report: Reporter,
): void {
  const pools = Object.keys(hypervisor.zfs?.pools ?? {});
  const datasets = hypervisor.zfs?.datasets ?? {};
  const points = Object.keys(datasets).flatMap((name) => mountpointOf(name, datasets) ?? []);
  const [, first, second, third, ...rest] = directory.split('/');
  if (first === 'mnt' && second === 'pve' && third !== undefined && pools.includes(third)) {
    const right = `/${[third, ...rest].join('/')}`;
    report.error(
      owner,
      path,
      `${directory} is on no dataset: Proxmox mounts only network storages below /mnt/pve`,
      `pool ${third} is mounted at /${third}: write ${right}`,
    );
    return;
  }
  if (first === undefined || !pools.includes(first)) return;
  if (points.some((point) => directory === point || directory.startsWith(`${point}/`))) return;
  const meant = nearest(directory, points);
  const hint =
    meant === undefined ? 'describe the dataset in hypervisor.zfs.datasets' : `did you mean '${meant}'?`;
  report.error(
    owner,
    path,
    `${directory} is on no dataset that is described`,
    hint,
    path.at(-1) === directory ? 'key' : 'value',
  );
}
