/** `qm cloudinit dump`, `pending` and `update`, and the drive itself: when it is written (B93, B95, B96; vm-cloudinit-update). */

import { sorted } from '../proxmox/conf.ts';
import type { Call, Work } from './call.ts';
import { cloudInitData, metaData, networkData, userData } from './cloud-init-data.ts';
import type { Guest } from './guests.ts';
import { workTime } from './latency.ts';
import type { Given } from './options.ts';
import { cloudInitDrive, loadVm, saveVm } from './vms.ts';

/** What `pending` looks at: addresses and the name are no part of it. */
const shown = [
  'cicustom',
  'cipassword',
  'citype',
  'ciupgrade',
  'ciuser',
  'nameserver',
  'searchdomain',
  'sshkeys',
];

/** Writes the drive, when there is one; what a running VM had not taken over yet is forgotten. */
export function writeCloudInit(call: Call, guest: Guest): void {
  const drive = cloudInitDrive(guest.conf);
  const volume = drive && call.state.volumes[drive.source];
  if (!volume) return;
  volume.seed = cloudInitData(call.state, guest.id, guest.conf);
  call.out('generating cloud-init ISO\n');
  delete guest.conf.cloudinit;
}

/** Shows what would be generated, also without a drive; never the snippets. */
export function qmCloudInitDump(call: Call, { values }: Given): undefined {
  const { id, conf } = loadVm(call, values.get('vmid') ?? '');
  const [user, network] = [userData(id, conf), networkData(call.state, conf)];
  const kinds: Record<string, string> = { user, network, meta: metaData(user, network) };
  call.out(`${kinds[values.get('type') ?? ''] ?? ''}\n`);
}

export function* qmCloudInitUpdate(call: Call, { values }: Given): Work {
  yield workTime('qm cloudinit update');
  const guest = loadVm(call, values.get('vmid') ?? '');
  writeCloudInit(call, guest);
  saveVm(call.state, guest);
}

export function qmCloudInitPending(call: Call, { values }: Given): undefined {
  const { conf } = loadVm(call, values.get('vmid') ?? '');
  const drive = conf.cloudinit?.keys;
  const added = drive?.get('added')?.split(',') ?? [];
  for (const key of sorted(shown)) {
    const value = conf.keys.get(key);
    const mask = (text: string | undefined) => (key === 'cipassword' ? '**********' : text);
    const written = drive?.get(key) ?? (added.includes(key) ? undefined : value);
    if (written !== undefined) call.out(`${value === undefined ? 'del' : 'cur'} ${key}: ${mask(written)}\n`);
    if (value !== undefined && value !== written) call.out(`new ${key}: ${mask(value)}\n`);
  }
}
