/** Whether a VM's own cloud-init data fits its storages, its interfaces and itself. It knows no file. */

import type { Fleet, Storage } from '../fleet.ts';
import { nearest } from '../path.ts';
import { snippetFolder, snippetStorageOf } from '../snippets.ts';
import { type Check, entries, type Loose, type LooseVm, type Reporter, title } from './subject.ts';

/** What would show at the start of the VM, or inside of it, and what would not show at all. */
export const cloudInit: Check = ({ hypervisor, guests }, report) => {
  for (const vm of guests) {
    if (vm.kind !== 'vm' || vm.cloudInit === undefined) continue;
    form(vm, report);
    reaches(vm, report);
    if (hypervisor) place(vm, hypervisor, report);
    accounts(vm, report);
    files(vm, report);
    interfaces(vm, hypervisor?.network?.nameservers ?? [], report);
  }
};

/** The network data is of NoCloud; Windows, and the other form of a drive, want another one. */
function form(vm: LooseVm, report: Reporter): void {
  if (vm.citype !== undefined && vm.citype !== 'nocloud') {
    const message = `cloudInit of ${title(vm)} is for a drive of type nocloud, not ${vm.citype}`;
    report.error(vm.id, ['citype'], message, 'leave citype out');
  }
  if (vm.ostype?.startsWith('w')) {
    const message = `cloudInit of ${title(vm)} is for Linux; its ostype is ${vm.ostype}`;
    report.error(
      vm.id,
      ['cloudInit'],
      message,
      'leave cloudInit out: Proxmox makes what Windows reads',
      'key',
    );
  }
}

/** Whether anybody ever reads it: a template that is never started hands on its disks, not its data. */
function reaches(vm: LooseVm, report: Reporter): void {
  if (vm.ignore?.includes('cicustom')) {
    const message = `${title(vm)} has cloudInit, but ignores cicustom, by which its data gets onto the drive`;
    report.error(
      vm.id,
      ['cloudInit'],
      message,
      "take 'cicustom' out of ignore, or leave cloudInit out",
      'key',
    );
  }
  const agent = typeof vm.agent === 'object' ? vm.agent.enabled : vm.agent;
  const work = (vm.layers ?? []).length > 0 || (vm.app ?? vm.health) !== undefined;
  if (vm.template !== true || (work && agent !== false)) return;
  const message = `${title(vm)} is a template that is never started: its cloudInit reaches nobody, also none of its clones`;
  const hint = 'say it in the VMs that are cloned from it, each of which has a drive of its own';
  report.error(vm.id, ['cloudInit'], message, hint, 'key');
}

function place(vm: LooseVm, hypervisor: Loose<Fleet['hypervisor']>, report: Reporter): void {
  const known = hypervisor.storage ?? {};
  const named = vm.cloudInit?.storage;
  const path = ['cloudInit', ...(named === undefined ? [] : ['storage'])];
  const end = named === undefined ? 'key' : 'value';
  const id = snippetStorageOf(named, known);
  if (id === undefined) {
    const message = `no storage takes the snippets of ${title(vm)}'s cloudInit`;
    report.error(
      vm.id,
      path,
      message,
      "add 'snippets' to the content of a storage that lies in a directory",
      end,
    );
    return;
  }
  const found = Object.hasOwn(known, id) ? known[id] : undefined;
  if (found === undefined) {
    const meant = nearest(id, Object.keys(known));
    const hint = meant === undefined ? 'describe it in hypervisor.storage' : `did you mean '${meant}'?`;
    report.error(vm.id, path, `storage '${id}' of ${title(vm)}'s cloudInit does not exist`, hint, end);
  } else if (found.content !== undefined && !found.content.includes('snippets')) {
    const where = report.where('hypervisor', ['storage', id, 'content']);
    const message = `storage '${id}' of ${title(vm)}'s cloudInit does not take snippets, only ${found.content.join(', ')} (${where})`;
    report.error(vm.id, path, message, "add 'snippets' to its content, or choose another storage", end);
  } else if (found.type !== undefined && snippetFolder(id, found as Storage) === undefined) {
    const message = `storage '${id}' (${found.type}) of ${title(vm)}'s cloudInit has no folder for snippets`;
    report.error(vm.id, path, message, 'choose a storage that lies in a directory', end);
  }
}

function accounts(vm: LooseVm, report: Reporter): void {
  const seen = new Map<string, string>();
  if (vm.ciuser !== undefined) seen.set(vm.ciuser, 'by ciuser');
  for (const [at, user] of (vm.cloudInit?.users ?? []).entries()) {
    const name = typeof user === 'string' ? user : user?.name;
    if (name === undefined) continue;
    const other = seen.get(name);
    seen.set(name, `in users.${at}`);
    if (other === undefined) continue;
    const message = `account ${name} of ${title(vm)} is described twice: ${other} and in users.${at}`;
    const hint = other === 'by ciuser' ? 'leave out one of the two' : 'put them together';
    report.error(vm.id, ['cloudInit', 'users', at], message, hint);
  }
}

/** Proxmox refuses larger ones when the VM starts (F20). */
const largest = 1024 * 1024;

function files(vm: LooseVm, report: Reporter): void {
  const seen = new Map<string, number>();
  let sum = 0;
  for (const [at, file] of (vm.cloudInit?.write_files ?? []).entries()) {
    if (file === undefined) continue;
    const { path, content, append } = file;
    if (typeof content === 'string') sum += Buffer.byteLength(content);
    if (path === undefined) continue;
    const other = seen.get(path);
    seen.set(path, at);
    const place = ['cloudInit', 'write_files', at, 'path'];
    if (other !== undefined && append !== true) {
      const message = `${path} of ${title(vm)} is written twice, in write_files.${other} and write_files.${at}`;
      report.error(vm.id, place, message, 'leave out one of the two, or say append: true');
    }
    if (path === '/var/lib/phx' || path.startsWith('/var/lib/phx/'))
      report.error(vm.id, place, `${path} of ${title(vm)} is where phx keeps its own`, 'choose another path');
  }
  if (sum <= largest) return;
  const message = `the files of ${title(vm)} have ${sum} bytes; a cloud-init drive takes ${largest} of user data`;
  report.error(vm.id, ['cloudInit', 'write_files'], message, 'let the guest fetch large ones itself', 'key');
}

function interfaces(vm: LooseVm, servers: readonly string[], report: Reporter): void {
  const own = entries(vm.cloudInit?.network);
  for (const [name, net] of own) {
    const path = ['cloudInit', 'network', name];
    if (vm.nets !== undefined && !Object.hasOwn(vm.nets, name)) {
      const meant = nearest(name, Object.keys(vm.nets));
      const hint = meant === undefined ? `describe ${name} itself` : `did you mean '${meant}'?`;
      report.error(
        vm.id,
        path,
        `${title(vm)} has no ${name}, whose network cloudInit describes`,
        hint,
        'key',
      );
    }
    const { ip, ip6 } = vm.ipconfig?.[name.replace('net', 'ipconfig')] ?? {};
    const reached = net.addresses ?? net['accept-ra'] ?? net.dhcp4 ?? net.dhcp6 ?? ip ?? ip6;
    if (net.routes !== undefined && reached === undefined)
      report.error(
        vm.id,
        [...path, 'routes'],
        `${name} of ${title(vm)} has routes, but no address`,
        'give it one',
        'key',
      );
  }
  const fixed = entries(vm.ipconfig).some(([, { ip, ip6 }]) => ip?.includes('/') || ip6?.includes('/'));
  const asks = entries(vm.ipconfig).some(
    ([, { ip, ip6 }]) => ip === 'dhcp' || ip6 === 'dhcp' || ip6 === 'auto',
  );
  const named = own.some(([, { nameservers, dhcp4, dhcp6 }]) => nameservers?.addresses ?? dhcp4 ?? dhcp6);
  const told = servers.length > 0 || (vm.nameserver ?? []).length > 0;
  if (!fixed || asks || named || told) return;
  const message = `nobody tells ${title(vm)} a name server: neither it nor the node names one`;
  report.warning(
    vm.id,
    ['cloudInit'],
    message,
    "say nameserver: ['…'] in the VM, or hypervisor.network.nameservers",
    'key',
  );
}
