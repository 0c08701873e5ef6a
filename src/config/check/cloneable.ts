/**
 * Whether a guest can be cloned as it is wanted, and sealed or made a template where it lies: kinds, privilege, sizes, and
 * what the storages can do. It knows no file.
 */
import { cloneMode } from '../../proxmox/clone-mode.ts';
import type { CloneRefusal } from '../../proxmox/clone-wish.ts';
import { abilitiesOf, snapshotTypes } from '../../proxmox/storage-abilities.ts';
import { vmCloneMode } from '../../proxmox/vm-clone-mode.ts';
import type { Hypervisor } from '../fleet.ts';
import {
  type Check,
  entries,
  type Loose,
  type LooseContainer,
  type LooseGuest,
  type LooseVm,
  type Reporter,
  title,
} from './subject.ts';
import { rootKey } from './vm-disks.ts';

type Node = Loose<Hypervisor> | undefined;

/** Snapshots and templates lie on storages that can have them. */
export const snapshots: Check = ({ guests, hypervisor }, report) => {
  for (const guest of guests) {
    if (guest.kind !== 'ct') continue;
    const volumes = [
      ['rootfs', guest.rootfs?.storage] as const,
      ...entries(guest.mounts).map(([name, mount]) => [name, mount.storage] as const),
    ];
    for (const [key, storage] of volumes) {
      const type = typeOf(hypervisor, storage);
      const abilities = abilitiesOf(type);
      if (guest.snapshot !== undefined && abilities?.snapshot === false) {
        const message = `${title(guest)} has a snapshot, but Proxmox takes none of containers on storage '${storage}' (${type}), where its ${key} lies`;
        report.error(guest.id, ['snapshot'], message, withoutSnapshot(guest));
      }
      if (guest.template === true && abilities?.template === false) {
        const message = `${title(guest)} cannot become a template: storage '${storage}' (${type}), where its ${key} lies, has no base volumes`;
        report.error(guest.id, ['template'], message, 'choose another storage, or clone it in full');
      }
    }
  }
};

function withoutSnapshot(guest: LooseContainer): string {
  const way =
    guest.state === 'stopped'
      ? 'leave it out: a stopped source is cloned as it stands; or say template: true'
      : "leave it out and say template: true, or state: 'stopped': such a source is cloned as it stands";
  return `${way}; or choose a storage of type ${snapshotTypes.join(', ')}`;
}

function typeOf(hypervisor: Node, storage: string | undefined): string | undefined {
  const known = hypervisor?.storage ?? {};
  return storage !== undefined && Object.hasOwn(known, storage) ? known[storage]?.type : undefined;
}

export function cloneable(guest: LooseGuest, source: LooseGuest, hypervisor: Node, report: Reporter): void {
  const at = ['clone', 'from'];
  if (source.kind !== guest.kind) {
    report.error(
      guest.id,
      at,
      `${title(guest)} cannot be cloned from ${title(source)}: they are of different kinds`,
    );
    return;
  }
  const refusal = refusalOf(guest, source, hypervisor);
  if (refusal !== undefined) {
    const path = guest.clone?.full === false ? ['clone', 'full'] : at;
    const place = report.where(source.id, []);
    const message = `${title(guest)} cannot be cloned from ${title(source)}${guest.clone?.full === false ? ' as a link' : ''}: ${refusal.reason} (${place})`;
    report.error(guest.id, path, message, refusal.way);
  }
  if (guest.kind === 'vm' && source.kind === 'vm') sameBus(guest, source, report);
  if (guest.kind === 'ct' && source.kind === 'ct') {
    const [own, its] = [guest.unprivileged, source.unprivileged];
    if (own !== undefined && its !== undefined && own !== its) {
      const place = report.where(source.id, ['unprivileged']);
      const message = `${title(guest)} is ${privilege(own)}, but its clone source ${title(source)} is ${privilege(its)} (${place})`;
      report.error(
        guest.id,
        ['unprivileged'],
        message,
        'a clone has the privilege of its source: make both the same',
      );
    }
  }
  const [key, size, least] =
    guest.kind === 'ct'
      ? (['rootfs', guest.rootfs?.size, source.kind === 'ct' ? source.rootfs?.size : undefined] as const)
      : (['disk', guest.disk?.size, source.kind === 'vm' ? source.disk?.size : undefined] as const);
  if (size !== undefined && least !== undefined && size < least) {
    const place = report.where(source.id, [key, 'size']);
    const message = `${key} of ${title(guest)} (${size} GiB) is smaller than that of its clone source ${title(source)} (${least} GiB, ${place})`;
    report.error(guest.id, [key, 'size'], message, `a clone can grow, not shrink: ${least} or more`);
  }
}

/** A clone has its disks where its source has them. */
function sameBus(guest: LooseVm, source: LooseVm, report: Reporter): void {
  if (rootKey(guest) === rootKey(source)) return;
  const place = report.where(source.id, ['disk']);
  const message = `the root disk of ${title(guest)} is ${rootKey(guest)}, that of its clone source ${title(source)} ${rootKey(source)} (${place})`;
  report.error(guest.id, ['disk', 'bus'], message, 'a clone has the drives of its source: name the same bus');
}

/** Nothing is refused for a storage that is missing or not described: that is told elsewhere. */
function refusalOf(guest: LooseGuest, source: LooseGuest, hypervisor: Node): CloneRefusal | undefined {
  const own = guest.kind === 'ct' ? guest.rootfs?.storage : guest.disk?.storage;
  const storage = source.kind === 'ct' ? source.rootfs?.storage : source.disk?.storage;
  if (storage === undefined || own === undefined) return undefined;
  const common = {
    template: source.template === true,
    sealed: source.snapshot !== undefined,
    state: source.state ?? 'stopped',
    storage,
    storageType: typeOf(hypervisor, storage),
  } as const;
  const wish = { full: guest.clone?.full, storage: own };
  const mode =
    source.kind === 'ct'
      ? cloneMode({ ...wish, source: common })
      : vmCloneMode({ ...wish, source: { ...common, tpm: source.tpmstate0 !== undefined } });
  return 'reason' in mode ? mode : undefined;
}

function privilege(unprivileged: boolean): string {
  return unprivileged ? 'unprivileged' : 'privileged';
}
