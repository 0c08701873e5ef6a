/** The verbs of `pvesm` that only look: `status`, `list`, `path` (B88). */

import { sorted } from '../proxmox/conf.ts';
import { backupsIn } from './backups.ts';
import { type Call, refuse } from './call.ts';
import { namesIn, sizeOf } from './files.ts';
import { kindOf } from './guests.ts';
import { type Given, refuseParameters, usage } from './options.ts';
import { pvesmVerbs } from './pvesm-options.ts';
import type { Storage, TwinState } from './state.ts';
import type { Space } from './storage/plugin.ts';
import { activationProblem } from './storage/plugins.ts';
import { type Rooms, roomsOf, spaceOf } from './storage/rooms.ts';
import {
  allStorages,
  contentOf,
  enabledStorage,
  findStorage,
  isDisabled,
  isHere,
} from './storage/storages.ts';
import { checkVolumeName, parseVolumeId, volumePath } from './storage/volumes.ts';

export function pvesmStatus(call: Call, { values }: Given): undefined {
  const { state } = call;
  const only = values.get('storage');
  if (only !== undefined && !allStorages(state).some((one) => one.id === only))
    refuseParameters(
      new Map([['storage', 'No such storage.']]),
      usage('pvesm', 'status', pvesmVerbs.status ?? { args: {}, options: {} }),
    );
  const content = values.get('content');
  const shown = allStorages(state)
    .filter((one) => only === undefined || one.id === only)
    .filter((one) => content === undefined || contentOf(one).includes(content))
    .filter((one) => values.get('enabled') !== '1' || (!isDisabled(one) && isHere(state, one)))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  const width = Math.max(10, ...shown.map((one) => one.id.length + (only === undefined ? 5 : 0)));
  const row = (cells: readonly string[]) => {
    const [name = '', ...rest] = cells;
    const widths = [10, 10, 15, 15, 15, 8];
    call.out(`${name.padEnd(width)} ${rest.map((cell, at) => cell.padStart(widths[at] ?? 0)).join(' ')}\n`);
  };
  row(['Name', 'Type', 'Status', 'Total', 'Used', 'Available', '%']);
  const rooms = roomsOf(call.state);
  for (const storage of shown) {
    const { space, status } = usageOf(call, storage, rooms);
    const kib = (bytes: number) => Math.floor(bytes / 1024);
    const [total, used] = [kib(space.total), kib(space.used)];
    const percent = status === 'disabled' ? 'N/A' : `${(total === 0 ? 0 : (used / total) * 100).toFixed(2)}%`;
    row([
      storage.id,
      storage.type,
      status,
      String(total),
      String(used),
      String(kib(space.available)),
      percent,
    ]);
  }
}

/** Bytes, and the content types, as Proxmox's interface tells them. */
export function storageFigures(call: Call, storage: Storage, rooms = roomsOf(call.state)) {
  const { space, status } = usageOf(call, storage, rooms);
  return { ...space, status, content: contentOf(storage).join(',') };
}

/** Without a place to lie on a storage is inactive, and nothing says why. */
function usageOf(call: Call, storage: Storage, rooms: Rooms): { space: Space; status: string } {
  const none = { total: 0, used: 0, available: 0 };
  if (isDisabled(storage) || !isHere(call.state, storage)) return { space: none, status: 'disabled' };
  const problem = activationProblem(call.state, storage);
  if (problem) call.err(problem);
  const space = problem ? undefined : spaceOf(call.state, storage, rooms);
  return space ? { space, status: 'active' } : { space: none, status: 'inactive' };
}

interface Row {
  readonly volid: string;
  readonly format: string;
  readonly type: string;
  readonly size: number;
  readonly vmid: string;
}

export function pvesmList(call: Call, { values }: Given): undefined {
  const storage = enabledStorage(call.state, values.get('storage') ?? '');
  const problem = activationProblem(call.state, storage);
  if (problem) refuse(problem);
  const content = values.get('content');
  const vmid = values.get('vmid');
  const rows = volumeRowsOf(call.state, storage)
    .filter((row) => content === undefined || row.type === content)
    .filter((row) => vmid === undefined || row.vmid === vmid);
  const width = Math.max(5, ...rows.map((row) => row.volid.length));
  const sizes = Math.max(10, ...rows.map((row) => String(row.size).length + 2));
  const line = (a: string, b: string, c: string, d: string, e: string) =>
    call.out(
      `${`${a.padEnd(width)} ${b.padEnd(7)} ${c.padEnd(7)} ${d.padStart(rows.length > 0 ? sizes : 6)} ${e}`.trimEnd()}\n`,
    );
  line('Volid', 'Format', 'Type', 'Size', 'VMID');
  for (const row of rows) line(row.volid, row.format, row.type, String(row.size), row.vmid);
}

/** All that lies on a storage: volumes, templates, backups. */
export function volumeRowsOf(state: TwinState, storage: Storage): Row[] {
  return [...volumeRows(state, storage), ...templateRows(state, storage), ...backupRows(state, storage)];
}

function volumeRows(state: TwinState, storage: Storage): Row[] {
  return sorted(Object.keys(state.volumes))
    .filter((volid) => state.volumes[volid]?.storage === storage.id)
    .map((volid) => {
      const volume = state.volumes[volid];
      const owner = volume?.owner ?? 0;
      const type = kindOf(state, owner) === 'ct' ? 'rootdir' : 'images';
      return { volid, format: volume?.format ?? 'raw', type, size: volume?.size ?? 0, vmid: String(owner) };
    });
}

function templateRows(state: TwinState, storage: Storage): Row[] {
  const path = storage.options.path;
  if (path === undefined || !contentOf(storage).includes('vztmpl')) return [];
  return templatesIn(state, path).map(({ name, size }) => ({
    volid: `${storage.id}:vztmpl/${name}`,
    format: `t${(name.split('.').pop() ?? '').replace(/^zst$/, 'zst')}`,
    type: 'vztmpl',
    size,
    vmid: '',
  }));
}

function backupRows(state: TwinState, storage: Storage): Row[] {
  if (!contentOf(storage).includes('backup')) return [];
  return backupsIn(state, storage).map(({ volid, path, name, vmid }) => ({
    volid,
    format: name.replace(/^[^.]*\./, ''),
    type: 'backup',
    size: sizeOf(state.files[path] ?? { text: '', mode: 0 }),
    vmid: String(vmid),
  }));
}

/** Archives in a dir storage's template directory, by name (B162). */
export function templatesIn(state: TwinState, path: string): { name: string; path: string; size: number }[] {
  const dir = `${path}/template/cache`;
  return namesIn(state.files, dir)
    .filter((name) => /\.tar(\.(gz|xz|zst))?$/.test(name) && !state.files[`${dir}/${name}`]?.dir)
    .map((name) => {
      const entry = state.files[`${dir}/${name}`];
      return { name, path: `${dir}/${name}`, size: entry ? sizeOf(entry) : 0 };
    });
}

export function pvesmPath(call: Call, { values }: Given): undefined {
  const { storage, name } = parseVolumeId(values.get('volume') ?? '');
  checkVolumeName(findStorage(call.state, storage), name);
  call.out(`${volumePath(call.state, values.get('volume') ?? '')}\n`);
}
