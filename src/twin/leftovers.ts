/**
 * What a create holds on the node while it unpacks: the root mounted, over a loop device where it is a raw image. Killed, it
 * leaves both (B106), and destroy does not undo them (B108). With `findmnt`, `umount` and `losetup` as their manuals say.
 */

import type { ConfSection } from '../proxmox/conf.ts';
import type { Program } from './call.ts';
import { mountsOf } from './guests.ts';
import type { TwinState } from './state.ts';
import { findStorage, hasFiles } from './storage/storages.ts';
import { findVolume, parseVolumeId, volumePath } from './storage/volumes.ts';
import { fail, words } from './words.ts';

interface Held {
  readonly source: string;
  readonly target: string;
}

function rootOf(id: number): string {
  return `/var/lib/lxc/${id}/rootfs`;
}

/** Mounts the volumes of a container that is being made; tells what `release` has to undo. */
export function hold(state: TwinState, id: number, conf: ConfSection): Held[] {
  state.mounts ??= [];
  state.loops ??= [];
  const held: Held[] = [];
  for (const mount of mountsOf(conf)) {
    if (mount.kind !== 'volume') continue;
    const { storage, name } = parseVolumeId(mount.source);
    const image = findVolume(state, mount.source).format === 'raw' && hasFiles(findStorage(state, storage));
    const inside = mount.key === 'rootfs' ? '' : (mount.properties.get('mp') ?? '');
    const target = `${rootOf(id)}${inside}`;
    const source = image ? freeLoop(state.loops) : name;
    if (image) state.loops.push({ device: source, file: volumePath(state, mount.source) });
    held.push({ source, target });
    state.mounts.push({ source, target });
  }
  return held;
}

/** Undoes what one `hold` did: its create came to its end, or was told to end. What others left stays (B108). */
export function release(state: TwinState, held: readonly Held[]): void {
  const same = (one: Held) => held.some((own) => own.source === one.source && own.target === one.target);
  state.mounts = (state.mounts ?? []).filter((mount) => !same(mount));
  state.loops = (state.loops ?? []).filter(({ device }) => !held.some(({ source }) => source === device));
}

function freeLoop(loops: readonly { readonly device: string }[]): string {
  let number = 0;
  while (loops.some(({ device }) => device === `/dev/loop${number}`)) number++;
  return `/dev/loop${number}`;
}

function within(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

const findmnt: Program = (call) => {
  const { operands, value } = words(call, ['-o', '--output']);
  const columns = (value.get('-o') ?? value.get('--output') ?? 'TARGET,SOURCE').toUpperCase().split(',');
  const [asked] = operands;
  const found = (call.state.mounts ?? []).filter(
    ({ source, target }) => asked === undefined || target === asked || source === asked,
  );
  for (const { source, target } of found) {
    call.out(`${columns.map((column) => (column === 'SOURCE' ? source : target)).join(' ')}\n`);
  }
  if (found.length === 0) call.exit(1);
  return undefined;
};

const umount: Program = (call) => {
  const { flags, operands } = words(call);
  const deep = flags.some((flag) => flag === '--recursive' || /^-[a-z]*R/.test(flag));
  for (const operand of operands) {
    const mounts = call.state.mounts ?? [];
    if (!mounts.some(({ target }) => target === operand)) {
      fail(call, `umount: ${operand}: not mounted.`, 32);
      continue;
    }
    const below = mounts.filter(({ target }) => target !== operand && within(target, operand));
    if (below.length > 0 && !deep) fail(call, `umount: ${operand}: target is busy.`, 32);
    else call.state.mounts = mounts.filter(({ target }) => !within(target, operand));
  }
  return undefined;
};

const losetup: Program = (call) => {
  const { flags, operands, value } = words(call, ['-O', '--output', '-d', '--detach', '-j', '--associated']);
  const loops = call.state.loops ?? [];
  const gone = value.get('-d') ?? value.get('--detach');
  if (gone !== undefined) {
    if (!loops.some(({ device }) => device === gone))
      return fail(call, `losetup: ${gone}: detach failed: No such device or address`);
    // Busy, it is taken away with its last user.
    if (!(call.state.mounts ?? []).some(({ source }) => source === gone))
      call.state.loops = loops.filter(({ device }) => device !== gone);
    return undefined;
  }
  const file = value.get('-j') ?? value.get('--associated');
  const columns = (value.get('-O') ?? value.get('--output') ?? 'NAME,BACK-FILE').toUpperCase().split(',');
  const quiet = flags.some((flag) => flag === '--noheadings' || flag === '-n');
  if (!quiet && loops.length > 0) call.out(`${columns.join(' ')}\n`);
  for (const loop of loops) {
    if (file !== undefined && loop.file !== file) continue;
    if (operands.length > 0 && !operands.includes(loop.device)) continue;
    call.out(`${columns.map((column) => (column === 'BACK-FILE' ? loop.file : loop.device)).join(' ')}\n`);
  }
  return undefined;
};

export const leftoverTools: Readonly<Record<string, Program>> = { findmnt, losetup, umount };
