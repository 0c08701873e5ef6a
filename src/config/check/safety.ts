/**
 * Whether safety points can be taken of a container as it says, and gone back to without losing what shall stay: data of
 * its own volumes never goes back in time unasked. It knows no file.
 */
import { abilitiesOf } from '../../proxmox/storage-abilities.ts';
import type { Container, Hypervisor } from '../fleet.ts';
import type { Path } from '../path.ts';
import { type Check, entries, type Loose, type LooseContainer, title } from './subject.ts';

type Node = Loose<Hypervisor> | undefined;

/** What is wrong, where, and the way out. */
interface Flaw {
  readonly path: Path;
  readonly message: string;
  readonly way: string;
}

export const safety: Check = ({ hypervisor, guests }, report) => {
  for (const guest of guests) {
    if (guest.kind !== 'ct') continue;
    for (const { path, message, way } of flawsOf(guest, hypervisor))
      report.error(guest.id, path, `${title(guest)} ${message}`, way);
  }
};

function flawsOf(guest: LooseContainer, node: Node): Flaw[] {
  const by = guest.safety?.by ?? 'snapshot';
  const back = guest.rollback === 'on-failure';
  const bare = back && by === 'none' ? noPoint("safety: { by: 'none' } takes none") : [];
  const template = back && guest.template === true ? noPoint('none is taken of a template') : [];
  return [...bare, ...template, ...placesOf(guest, node, by), ...(back ? lossesOf(guest, node, by) : [])];
}

function noPoint(why: string): Flaw[] {
  const message = `is to be rolled back on failure, but has no safety point to go back to: ${why}`;
  return [{ path: ['rollback'], message, way: 'leave out rollback, or say how one is taken' }];
}

/** Why a container could not be taken back without anybody being asked, were that wanted; undefined: it could. */
export function whyNoWayBack(
  guest: Container,
  node: Hypervisor,
): { message: string; way: string } | undefined {
  return flawsOf({ ...guest, rollback: 'on-failure' }, node)[0];
}

/** Where the points are to lie. */
function placesOf(guest: LooseContainer, node: Node, by: string): Flaw[] {
  const type = typeOf(node, guest.rootfs?.storage);
  if (by === 'dataset' && type !== undefined && type !== 'zfspool') {
    const message = `has safety points by dataset, but its root has none: storage '${guest.rootfs?.storage}' is of type ${type}`;
    const other = abilitiesOf(type)?.snapshot === false ? 'backup' : 'snapshot';
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
function lossesOf(guest: LooseContainer, node: Node, by: string): Flaw[] {
  const mounts = entries(guest.mounts);
  const bind = mounts.find(([, mount]) => mount.source !== undefined)?.[0];
  const data = mounts.find(([, mount]) => mount.storage !== undefined)?.[0];
  const type = typeOf(node, guest.rootfs?.storage);
  const onPool = type === undefined || type === 'zfspool';
  const flaw = (message: string, way: string): Flaw[] => [{ path: ['rollback'], message, way }];
  if (by === 'snapshot' && bind !== undefined) {
    const ways = [
      ...(onPool ? ["{ by: 'dataset' }"] : []),
      ...(data === undefined ? ["{ by: 'backup' }"] : []),
    ];
    return flaw(
      `is to be rolled back by a snapshot, but mounts a directory of the node (${bind}): Proxmox takes no snapshot of it (B66)`,
      sayOne(ways),
    );
  }
  if (by === 'snapshot' && data !== undefined) {
    return flaw(
      `is to be rolled back by a snapshot, and its data in ${data} would go back in time with it`,
      sayOne(onPool ? ["{ by: 'dataset' }"] : []),
    );
  }
  if (by === 'snapshot' && abilitiesOf(type)?.snapshot === false) {
    return flaw(
      `is to be rolled back by a snapshot, but Proxmox takes none of containers on storage '${guest.rootfs?.storage}' (${type})`,
      sayOne(["{ by: 'backup' }"]),
    );
  }
  if (by !== 'backup') return [];
  if (data !== undefined) {
    return flaw(
      `is to be rolled back by a backup, and a restore would take its data in ${data} with it`,
      sayOne(onPool ? ["{ by: 'dataset' }"] : []),
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
