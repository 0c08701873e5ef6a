/**
 * Whether safety points can be taken of a guest as it says, and gone back to without losing what shall stay: data beside
 * its root never goes back in time unasked. It knows no file.
 */
import { abilitiesOf, canSnapshot, hasDatasets } from '../../proxmox/storage-abilities.ts';
import type { Guest, Hypervisor } from '../fleet.ts';
import type { Path } from '../path.ts';
import { type Check, entries, type Loose, type LooseGuest, title } from './subject.ts';
import { disksOf, rootKey } from './vm-disks.ts';

type Node = Loose<Hypervisor> | undefined;

/** What is wrong, where, and the way out. */
interface Flaw {
  readonly path: Path;
  readonly message: string;
  readonly way: string;
}

/** A guest of either kind, as far as its safety goes. */
interface Shape {
  /** Storage of its root. */
  readonly root: string | undefined;
  /** Key of a directory or a device of the node. */
  readonly bind: string | undefined;
  /** Key of data of its own beside the root. */
  readonly data: string | undefined;
  /** Key and storage of what Proxmox takes no snapshot of. */
  readonly stiff: readonly [key: string, storage: string] | undefined;
  readonly words: { readonly bind: string; readonly noun: string };
}

export const safety: Check = ({ hypervisor, guests }, report) => {
  for (const guest of guests) {
    for (const { path, message, way } of flawsOf(guest, hypervisor))
      report.error(guest.id, path, `${title(guest)} ${message}`, way);
  }
};

function flawsOf(guest: LooseGuest, node: Node): Flaw[] {
  const by = guest.safety?.by ?? 'snapshot';
  const back = guest.rollback === 'on-failure';
  const shape = shapeOf(guest, node);
  const bare = back && by === 'none' ? noPoint("safety: { by: 'none' } takes none") : [];
  const template = back && guest.template === true ? noPoint('none is taken of a template') : [];
  const places = placesOf(guest, shape, node, by);
  return [...bare, ...template, ...places, ...(back ? lossesOf(guest, shape, node, by) : [])];
}

function shapeOf(guest: LooseGuest, node: Node): Shape {
  if (guest.kind === 'ct') {
    const mounts = entries(guest.mounts);
    const root = guest.rootfs?.storage;
    const able = abilitiesOf(typeOf(node, root))?.snapshot;
    return {
      root,
      bind: mounts.find(([, mount]) => mount.source !== undefined)?.[0],
      data: mounts.find(([, mount]) => mount.storage !== undefined)?.[0],
      stiff: able === false && root !== undefined ? ['rootfs', root] : undefined,
      words: { bind: 'mounts a directory of the node', noun: 'containers' },
    };
  }
  const drives = entries(guest.drives).filter(([key]) => key !== rootKey(guest));
  const stiff = disksOf(guest).find(
    ({ whole, storage, format }) => whole && canSnapshot(typeOf(node, storage), format) === false,
  );
  return {
    root: guest.disk?.storage,
    bind: drives.find(([, { file, media }]) => file?.startsWith('/') && media !== 'cdrom')?.[0],
    data: drives.find(([, { storage, cloudinit }]) => storage !== undefined && cloudinit !== true)?.[0],
    stiff: stiff?.storage === undefined ? undefined : [stiff.key, stiff.storage],
    words: { bind: 'has a device of the node', noun: 'VMs' },
  };
}

function noPoint(why: string): Flaw[] {
  const message = `is to be rolled back on failure, but has no safety point to go back to: ${why}`;
  return [{ path: ['rollback'], message, way: 'leave out rollback, or say how one is taken' }];
}

/** Why a guest could not be taken back without anybody being asked, were that wanted; undefined: it could. */
export function whyNoWayBack(guest: Guest, node: Hypervisor): { message: string; way: string } | undefined {
  return flawsOf({ ...guest, rollback: 'on-failure' }, node)[0];
}

/** Where the points are to lie. */
function placesOf(guest: LooseGuest, { root, stiff }: Shape, node: Node, by: string): Flaw[] {
  const type = typeOf(node, root);
  if (by === 'dataset' && hasDatasets(type) === false) {
    const message = `has safety points by dataset, but its root has none: storage '${root}' is of type ${type}`;
    const other = stiff ? 'backup' : 'snapshot';
    return [{ path: ['safety', 'by'], message, way: `say safety: { by: '${other}' }` }];
  }
  return by === 'backup' && node !== undefined ? backupPlace(guest.safety?.storage, node) : [];
}

function backupPlace(storage: string | undefined, node: Loose<Hypervisor>): Flaw[] {
  const able = entries(node.storage).flatMap(([id, { content }]) =>
    content?.includes('backup') ? [id] : [],
  );
  const way =
    able.length > 0 ? `${able.join(' and ')} can` : "give a storage of the node the content 'backup'";
  if (storage === undefined) {
    const message = 'has safety points by backup, but no storage of the node takes backups';
    return able.length > 0 ? [] : [{ path: ['safety', 'by'], message, way }];
  }
  const known = Object.hasOwn(node.storage ?? {}, storage) ? node.storage?.[storage] : undefined;
  // Its content may be what is wrong with it: that is told elsewhere.
  if (known !== undefined && (known.content === undefined || able.includes(storage))) return [];
  const why = known === undefined ? 'does not exist' : 'does not take backups';
  const message = `has safety points by backup on storage '${storage}', which ${why}`;
  return [{ path: ['safety', 'storage'], message, way }];
}

/** What stands in the way of going back without a person being asked. */
function lossesOf(guest: LooseGuest, shape: Shape, node: Node, by: string): Flaw[] {
  const { root, bind, data, stiff, words } = shape;
  const type = typeOf(node, root);
  const onPool = hasDatasets(type) !== false;
  const byDataset = onPool ? ["{ by: 'dataset' }"] : [];
  const flaw = (message: string, way: string): Flaw[] => [{ path: ['rollback'], message, way }];
  if (by === 'snapshot' && bind !== undefined) {
    // A directory is no part of a backup; a device is, and would be restored to a volume.
    const byBackup = data === undefined && guest.kind === 'ct' ? ["{ by: 'backup' }"] : [];
    return flaw(
      `is to be rolled back by a snapshot, but ${words.bind} (${bind}): Proxmox takes no snapshot of it${guest.kind === 'ct' ? ' (B66)' : ''}`,
      sayOne([...byDataset, ...byBackup]),
    );
  }
  if (by === 'snapshot' && data !== undefined) {
    return flaw(
      `is to be rolled back by a snapshot, and its data in ${data} would go back in time with it`,
      sayOne(byDataset),
    );
  }
  if (by === 'snapshot' && stiff) {
    const [key, storage] = stiff;
    const which = key === 'rootfs' ? words.noun : `${words.noun} with ${key}`;
    return flaw(
      `is to be rolled back by a snapshot, but Proxmox takes none of ${which} on storage '${storage}' (${typeOf(node, storage)})`,
      sayOne(["{ by: 'backup' }"]),
    );
  }
  if (by !== 'backup') return [];
  const lost = data ?? (guest.kind === 'vm' ? bind : undefined);
  if (lost !== undefined) {
    return flaw(
      `is to be rolled back by a backup, and a restore would take its data in ${lost} with it`,
      sayOne(byDataset),
    );
  }
  if (guest.protection !== true) return [];
  return flaw(
    'is to be rolled back by a backup, but is protected: Proxmox restores nothing over it (B154)',
    'leave out protection or rollback',
  );
}

function sayOne(ways: readonly string[]): string {
  const said = ways.length === 0 ? '' : `say safety: ${ways.join(' or ')}, or `;
  return `${said}leave out rollback`;
}

function typeOf(node: Node, storage: string | undefined): string | undefined {
  const known = node?.storage ?? {};
  return storage !== undefined && Object.hasOwn(known, storage) ? known[storage]?.type : undefined;
}
