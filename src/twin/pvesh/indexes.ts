/** Directories of Proxmox's interface as they are in 8.4, also where the twin has no route (pvesh-errors, pvesh-reads). Data only. */

export interface Index {
  /** What its rows call the name. */
  readonly key: 'name' | 'subdir' | 'cmd' | 'id' | 'type';
  /** Name and abilities (`Drwcd`), in the order of the answer. */
  readonly entries: readonly (readonly [name: string, abilities: string])[];
}

function index(key: Index['key'], text: string): Index {
  const words = text.trim().split(/\s+/);
  const entries = words.flatMap((name, at) => (at % 2 === 0 ? [[name, words[at + 1] ?? ''] as const] : []));
  return { key, entries };
}

export const indexes: Readonly<Record<string, Index>> = {
  '/': index('subdir', 'version -r--- cluster Dr--- nodes Dr--- storage Dr-c- access Dr--- pools Drwcd'),
  '/access': index(
    'subdir',
    `users Dr-c- groups Dr-c- roles Dr-c- acl -rw-- domains Dr-c- openid Dr--- tfa Dr--- ticket -r-c-
     password --w--`,
  ),
  '/cluster': index(
    'name',
    `acme Dr--- backup Dr-c- backup-info Dr--- ceph Dr--- config Dr-c- firewall Dr--- ha Dr--- jobs Dr---
     log -r--- mapping Dr--- metrics Dr--- notifications Dr--- nextid -r--- options -rw-- replication Dr-c-
     resources -r--- status -r--- tasks -r--- sdn Drw--`,
  ),
  '/cluster/backup-info': index('subdir', 'not-backed-up -r---'),
  '/cluster/jobs': index('subdir', 'schedule-analyze -r--- realm-sync Dr---'),
  '/cluster/mapping': index('name', 'dir Dr-c- pci Dr-c- usb Dr-c-'),
  '/nodes/{node}': index(
    'name',
    `aplinfo -r-c- apt Dr--- capabilities Dr--- ceph Dr--- certificates Dr--- config -rw-- disks Dr--- dns -rw--
     firewall Dr--- hardware Dr--- hosts -r-c- journal -r--- lxc Dr-c- migrateall ---c- netstat -r---
     network Drwcd qemu Dr-c- query-url-metadata -r--- replication Dr--- report -r--- rrd -r--- rrddata -r---
     scan Dr--- services Dr--- spiceshell ---c- startall ---c- status -r-c- stopall ---c- storage Dr---
     subscription -rwcd suspendall ---c- syslog -r--- tasks Dr--- termproxy ---c- time -rw-- version -r---
     vncshell ---c- vzdump ---c- wakeonlan ---c- sdn Dr---`,
  ),
  '/nodes/{node}/apt': index('id', 'changelog -r--- repositories -rwc- update -r-c- versions -r---'),
  '/nodes/{node}/hardware': index('type', 'pci Dr--- usb -r---'),
  '/nodes/{node}/lxc/{vmid}': index(
    'subdir',
    `config -rw-- pending -r--- status Dr--- vncproxy ---c- termproxy ---c- vncwebsocket -r--- spiceproxy ---c-
     migrate ---c- clone ---c- rrd -r--- rrddata -r--- firewall Dr--- snapshot Dr-c- resize --w--
     interfaces -r---`,
  ),
  '/nodes/{node}/lxc/{vmid}/snapshot/{snapname}': index('cmd', 'rollback ---c- config -rw--'),
  '/nodes/{node}/lxc/{vmid}/status': index(
    'subdir',
    'current -r--- start ---c- stop ---c- shutdown ---c- reboot ---c- migrate -----',
  ),
  '/nodes/{node}/qemu/{vmid}': index(
    'subdir',
    `config -rwc- cloudinit -rw-- pending -r--- status Dr--- unlink --w-- vncproxy ---c- termproxy ---c-
     migrate -r-c- resize --w-- move ----- rrd -r--- rrddata -r--- monitor ---c- agent Dr-c- snapshot Dr-c-
     spiceproxy ---c- sendkey --w-- firewall Dr--- mtunnel ---c- remote_migrate ---c-`,
  ),
  '/nodes/{node}/qemu/{vmid}/snapshot/{snapname}': index('cmd', 'rollback ---c- config -rw--'),
  '/nodes/{node}/qemu/{vmid}/status': index(
    'subdir',
    'current -r--- start ---c- stop ---c- reset ---c- shutdown ---c- suspend ---c- reboot ---c-',
  ),
  '/nodes/{node}/storage/{storage}': index(
    'subdir',
    `content Dr-c- download-url ---c- file-restore Dr--- import-metadata -r--- prunebackups -r--d rrd -r---
     rrddata -r--- status -r--- upload ---c-`,
  ),
  '/nodes/{node}/tasks/{upid}': index('name', 'log -r--- status -r---'),
};
