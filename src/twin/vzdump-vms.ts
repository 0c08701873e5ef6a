/** `vzdump` of a VM: an archive in Proxmox's own format. From documentation; only those of containers were recorded. */

import { emptyConf, parseConf, printConf } from '../proxmox/conf.ts';
import { firewallOf, keepNotes, time } from './backup-notes.ts';
import { archiveStem, printArchive } from './backups.ts';
import type { Call, Work } from './call.ts';
import { putFile } from './files.ts';
import { copyTree } from './guest-tree.ts';
import type { Guest } from './guests.ts';
import { workTime } from './latency.ts';
import type { Given } from './options.ts';
import { haltVm, startVm } from './qm-power.ts';
import type { Storage } from './state.ts';
import { checkVmLock, drivesOf, isCdrom, isCloudInit, loadVm, vmName } from './vms.ts';

const endings: Readonly<Record<string, string>> = {
  zstd: 'vma.zst',
  gzip: 'vma.gz',
  '1': 'vma.lzo',
  lzo: 'vma.lzo',
};

export function* backUpVm(
  call: Call,
  vmid: string,
  dir: string,
  storage: Storage | undefined,
  values: Given['values'],
): Work {
  const info = (text: string) => call.out(`INFO: ${text}\n`);
  const guest = loadVm(call, vmid);
  const { id } = guest;
  const at = call.now();
  info(`Starting Backup of VM ${id} (qemu)`);
  info(`Backup started at ${time(at)}`);
  const running = guest.state.running !== undefined;
  info(`status = ${running ? 'running' : 'stopped'}`);
  checkVmLock(guest);
  const name = vmName(id, guest.conf);
  info(`VM Name: ${name}`);
  tellDisks(guest, info);
  const mode = running ? (values.get('mode') ?? 'snapshot') : 'stop';
  info(`backup mode: ${mode}`);
  info('ionice priority: 7');
  if (running && mode === 'stop') {
    info('stopping virtual guest');
    haltVm(call, id);
  }
  const stem = `${dir}/${archiveStem(id, at, 'qemu')}`;
  const path = `${stem}.${endings[values.get('compress') ?? '0'] ?? 'vma'}`;
  info(`creating vzdump archive '${path}'`);
  const archive = printArchive({
    ...{ vmid: id, kind: 'vm', at, conf: liveConf(guest), tree: copyTree(guest.state.tree) },
    ...firewallOf(call, id),
  });
  putFile(call.state.files, `${stem}.log`, '');
  yield workTime('vzdump');
  putFile(call.state.files, path, archive);
  info('archive file size: 1MB');
  keepNotes(call, { id, name, path, storage, values });
  if (running && mode === 'stop') {
    info('restarting vm');
    yield* startVm(call, id, false);
    info('guest is online again after 2 seconds');
  }
  info(`Finished Backup of VM ${id} (00:00:01)`);
  info(`Backup finished at ${time(call.now())}`);
}

function tellDisks({ conf }: Guest, info: (text: string) => void): void {
  for (const drive of drivesOf(conf)) {
    if (isCdrom(drive)) continue;
    const left = drive.properties.get('backup') === '0' && !isCloudInit(drive);
    const size = drive.properties.get('size') ?? '4M';
    info(
      `${left ? 'exclude' : 'include'} disk '${drive.key}' '${drive.source}' ${left ? '(backup=no)' : size}`,
    );
  }
}

/** Only the live section goes into an archive, with what is left out no drive at all. */
function liveConf(guest: Guest): string {
  const { description, keys } = parseConf(guest.state.conf, 'vm');
  const gone = ['lock', 'parent', 'vmstate', 'runningcpu', 'runningmachine'];
  const live = new Map([...keys].filter(([key]) => !gone.includes(key) && !/^unused\d+$/.test(key)));
  for (const drive of drivesOf(guest.conf))
    if (drive.properties.get('backup') === '0') live.delete(drive.key);
  return printConf({ ...emptyConf(), kind: 'vm', description, keys: live });
}
