/** Whether exports and shares are such that exportfs and Samba take them. It knows no file and no dataset. */
import { exportProblems } from '../../proxmox/exports.ts';
import { globalProblems, shareProblems } from '../../proxmox/smb-conf.ts';
import { type Check, entries } from './subject.ts';

/** What the node's tools would refuse, or silently leave out. */
export const services: Check = ({ hypervisor }, report) => {
  for (const [path, { clients, options }] of entries(hypervisor?.nfs?.exports)) {
    for (const problem of exportProblems(path, clients ?? ['*'], options ?? []))
      report.error('hypervisor', ['nfs', 'exports', path], `export ${path}: ${problem}`, undefined, 'key');
  }
  const samba = hypervisor?.samba;
  if (samba?.workgroup !== undefined) {
    for (const problem of globalProblems({ workgroup: samba.workgroup }))
      report.error('hypervisor', ['samba', 'workgroup'], problem);
  }
  const names = new Map<string, string>();
  for (const [name, share] of entries(samba?.shares)) {
    const place = ['samba', 'shares', name];
    const twin = names.get(name.toLowerCase());
    if (twin !== undefined)
      report.error('hypervisor', place, `share ${name}: Samba takes it for ${twin}`, undefined, 'key');
    names.set(name.toLowerCase(), name);
    if (share.path === undefined) continue;
    const validUsers = share.validUsers?.length ? share.validUsers : ['root'];
    for (const problem of shareProblems(name, {
      ...{ path: share.path, validUsers, browseable: true, writable: false },
    }))
      report.error('hypervisor', place, `share ${name}: ${problem}`, undefined, 'key');
  }
};
