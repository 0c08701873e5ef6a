/** `/storage` and `/nodes/{node}/storage`: storages and what lies on them, as data (pvesh-reads, node-reads, vzdump-modes). */

import { sha1 } from '../../core/digest.ts';
import { splitList } from '../../proxmox/conf.ts';
import { describeBackup } from '../backup-notes.ts';
import { type Call, refuse } from '../call.ts';
import type { Spec } from '../formats.ts';
import { nodeFile } from '../node-files.ts';
import type { Given } from '../options.ts';
import { storageFigures, volumeRowsOf } from '../pvesm-show.ts';
import type { Storage } from '../state.ts';
import { type Rooms, roomsOf } from '../storage/rooms.ts';
import {
  allStorages,
  contentOf,
  enabledStorage,
  findStorage,
  isDisabled,
  isHere,
  isShared,
} from '../storage/storages.ts';
import { volumePath } from '../storage/volumes.ts';
import { columns, type DataRow, printObject, printRows } from '../tables.ts';
import { refuseParameter } from './refuse.ts';
import type { Route } from './route.ts';

const contentList: Spec = { format: 'pve-storage-content-list' };
const listOptions: Readonly<Record<string, Spec>> = {
  content: contentList,
  enabled: { type: 'boolean' },
  format: { type: 'boolean' },
  storage: { format: 'pve-storage-id' },
  target: { format: 'pve-node' },
};
/** Options that hold several values as one text, and those that are flags. */
const flags = new Set([
  'create-base-path',
  'create-subdirs',
  'disable',
  'mkdir',
  'nocow',
  'shared',
  'sparse',
]);

function data(call: Call, { id, type, options }: Storage): DataRow {
  const values = Object.entries(options).map(([key, value]): [string, unknown] => {
    if (flags.has(key)) return [key, Number(value)];
    if (key !== 'content-dirs') return [key, value];
    return [key, Object.fromEntries(value.split(',').map((part) => part.split('=')))];
  });
  const digest = sha1(nodeFile(call.state, '/etc/pve/storage.cfg') ?? '');
  return { ...Object.fromEntries(values), digest, storage: id, type };
}

function status(call: Call, storage: Storage, rooms?: Rooms): DataRow {
  const { total, used, available, content, status: state } = storageFigures(call, storage, rooms);
  return {
    ...{
      active: state === 'active' ? 1 : 0,
      enabled: isDisabled(storage) ? 0 : 1,
      shared: isShared(storage) ? 1 : 0,
    },
    ...{ content, type: storage.type, total, used, avail: available },
  };
}

/** All that are configured; those of another node and those that are off say nothing of their size. */
function onNode(call: Call, given: Given): undefined {
  const { values } = given;
  const rooms = roomsOf(call.state);
  const [content, name] = [values.get('content'), values.get('storage')];
  const usable = (storage: Storage) => isHere(call.state, storage) && !isDisabled(storage);
  const known = allStorages(call.state).filter(
    (storage) =>
      content === undefined ||
      (usable(storage) && splitList(content).some((type) => contentOf(storage).includes(type))),
  );
  if (name !== undefined && !known.some(({ id }) => id === name))
    refuseParameter('get', 'storage', 'No such storage.', listOptions);
  const rows = known
    .filter(({ id }) => name === undefined || id === name)
    .filter((storage) => values.get('enabled') !== '1' || !isDisabled(storage))
    .map((storage): DataRow => {
      const figures = status(call, storage, rooms);
      if (!usable(storage))
        return { ...figures, ...{ active: 0, enabled: 0, total: 0, used: 0, avail: 0 }, storage: storage.id };
      const fraction = Number(figures.used) / Number(figures.total);
      return { ...figures, storage: storage.id, ...(figures.total ? { used_fraction: fraction } : {}) };
    });
  printRows(
    call,
    given,
    columns('content', 'storage', 'type', 'active#', 'avail#', 'enabled#', 'shared#', 'total#'),
    rows,
  );
}

function one(call: Call, given: Given): undefined {
  const storage = allStorages(call.state).find(({ id }) => id === given.values.get('storage'));
  printObject(call, given, status(call, storage ?? refuseParameter('get', 'storage', 'No such storage.')));
}

function content(call: Call, given: Given): undefined {
  const storage = enabledStorage(call.state, given.values.get('storage') ?? '');
  const [wanted, vmid] = [given.values.get('content'), given.values.get('vmid')];
  const rows = volumeRowsOf(call.state, storage)
    .filter((row) => wanted === undefined || row.type === wanted)
    .filter((row) => vmid === undefined || row.vmid === vmid)
    .map((row): DataRow => {
      const own = { volid: row.volid, content: row.type, format: row.format, size: row.size, ctime: 0 };
      if (row.type === 'backup')
        return {
          ...own,
          subtype: row.volid.includes('vzdump-qemu') ? 'qemu' : 'lxc',
          vmid: Number(row.vmid),
        };
      if (row.vmid === '') return own;
      return { ...own, parent: null, used: 0, vmid: Number(row.vmid) };
    });
  printRows(call, given, columns('volid', 'content', 'ctime#', 'format', 'size#', 'vmid#'), rows);
}

/** Notes and protection of a backup (B153). */
function change(call: Call, { values }: Given): undefined {
  const storage = findStorage(call.state, values.get('storage') ?? '');
  const volume = values.get('volume') ?? '';
  const volid = volume.includes(':') ? volume : `${storage.id}:${volume}`;
  if (
    !describeBackup(call.state, volumePath(call.state, volid), values.get('notes'), values.get('protected'))
  )
    refuse(`volume '${volid}' does not exist`, 2);
}

export const storageRoutes: readonly Route[] = [
  {
    path: '/storage',
    get: {
      options: { type: {} },
      run: (call, given) => {
        const rows = allStorages(call.state).map((storage) => data(call, storage));
        printRows(call, given, columns('storage', 'type', 'content', 'digest', 'path'), rows);
        return undefined;
      },
    },
  },
  {
    path: '/storage/{storage}',
    get: {
      run: (call, given) =>
        void printObject(call, given, data(call, findStorage(call.state, given.values.get('storage') ?? ''))),
    },
  },
  {
    path: '/nodes/{node}/storage',
    get: { options: listOptions, run: onNode },
  },
  { path: '/nodes/{node}/storage/{storage}/status', get: { run: one } },
  {
    path: '/nodes/{node}/storage/{storage}/content',
    get: {
      options: { content: { format: 'pve-storage-content' }, vmid: { type: 'integer', format: 'pve-vmid' } },
      run: content,
    },
  },
  {
    path: '/nodes/{node}/storage/{storage}/content/{volume*}',
    set: { options: { notes: {}, protected: { type: 'boolean' } }, run: change },
  },
];
