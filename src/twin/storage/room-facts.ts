/** The room of the node as the facts sweep prints it: file systems below storages, volume groups, logical volumes. */

import type { Storage, TwinState } from '../state.ts';
import { activationProblem, pluginOf } from './plugins.ts';
import { type Rooms, spaceOf } from './rooms.ts';
import { allStorages } from './storages.ts';

/** `|<size> <free> <available> <path>`; a server that is gone tells nothing. */
export function sweptRooms(state: TwinState, rooms: Rooms): string[] {
  return state.storages.flatMap((storage) => {
    const { path } = storage.options;
    if (path === undefined || activationProblem(state, storage) !== undefined) return [];
    const space = spaceOf(state, storage, rooms);
    if (!space) return [];
    const { total, used, available } = space;
    return [`|${[total, total - used, available].map(Math.floor).join(' ')} ${path}`];
  });
}

interface Lying {
  readonly storage: Storage;
  readonly key: string;
}

/** Storages by the volume groups and thin pools that they lie on, those of the installer included. */
function onLvm(state: TwinState): Lying[] {
  const installer: Storage = {
    ...{ id: '', type: 'lvmthin', options: { vgname: 'pve', thinpool: 'data' } },
  };
  const seeded = Object.keys(state.rooms ?? {}).flatMap((key): Storage[] => {
    const [, kind, vgname = '', thinpool = ''] = /^(group|thin):([^/]+)\/?(.*)$/.exec(key) ?? [];
    if (kind === undefined) return [];
    const type = kind === 'group' ? 'lvm' : 'lvmthin';
    return [{ id: '', type, options: { vgname, ...(thinpool === '' ? {} : { thinpool }) } }];
  });
  const groups = [installer, ...seeded].map(({ options: { vgname = '' } }): Storage => {
    return { id: '', type: 'lvm', options: { vgname } };
  });
  const found = new Map<string, Lying>();
  for (const storage of [installer, ...seeded, ...groups, ...allStorages(state)]) {
    const key = pluginOf(storage).place(state, storage)?.key;
    if (key !== undefined && /^(group|thin):/.test(key) && !found.has(key)) found.set(key, { storage, key });
  }
  return [...found.values()];
}

/** Rows of `vgs`, each with its `|`. */
export function sweptGroups(state: TwinState, rooms: Rooms): string[] {
  return onLvm(state).flatMap(({ storage, key }) => {
    const space = key.startsWith('group:') ? spaceOf(state, storage, rooms) : undefined;
    return space ? [`|  ${key.slice(6)}\t${space.total}\t${Math.floor(space.available)}`] : [];
  });
}

/** Rows of `lvs` for thin pools, and one for all that each of them holds. */
export function sweptLogical(state: TwinState, rooms: Rooms): string[] {
  return onLvm(state).flatMap(({ storage, key }) => {
    const place = key.startsWith('thin:') ? pluginOf(storage).place(state, storage) : undefined;
    if (!place) return [];
    const { total, used } = rooms.space(place);
    const [group = '', pool = ''] = key.slice(5).split('/');
    const data = total === 0 ? 0 : (used / total) * 100;
    const promised = Math.max(0, Math.round(rooms.promised(place)));
    const inside = promised === 0 ? [] : [`|  ${group}\tvm\tVwi-a-tz--\t${promised}\t\t\t${pool}`];
    return [`|  ${group}\t${pool}\ttwi-aotz--\t${total}\t${data.toFixed(2)}\t1.00\t`, ...inside];
  });
}
