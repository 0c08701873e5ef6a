/** What VMs of the old file are told at their first boot: network, account, mounts. */

import { pattern } from '../config/schema/scalar.ts';
import type { Json } from '../core/json.ts';
import { isObject, type Old } from './ledger.ts';
import { bridge, gateway, nameservers } from './nets.ts';
import { sshKeys, variableOf } from './node-account.ts';
import { dropAll } from './node-storage.ts';
import { anyText, asCidr, asDomain, asPath, move, read, text } from './values.ts';
import type { Guest, Work } from './work.ts';

const userName = text(pattern(/^[a-z_][a-z0-9_-]*$/, ''), 'the name of an account');
const asVmAddress = (value: Json) =>
  /^\s*dhcp\s*$/i.test(String(value)) ? { value: 'dhcp' } : asCidr(value);

/** What the other files have to say for VMs. */
export interface ForVms {
  /** `vm_defaults` of the VM file, and of the hypervisor file. */
  readonly defaults: Old | undefined;
  readonly release: Old | undefined;
  /** `network` of the hypervisor file. */
  readonly network: Old | undefined;
  readonly domain: Old | undefined;
}

/** `network_bridge`, `network_config`. */
export function network(work: Work, guest: Guest, { defaults, domain }: ForVms): void {
  const { draft, old } = guest;
  draft.set(['net0', 'model'], 'virtio');
  bridge(work, guest, old.at('network_bridge') ?? defaults?.at('network_bridge'));
  const config = old.at('network_config');
  const ip = move(config?.at('ip'), draft, ['ipconfig0', 'ip'], asVmAddress);
  if (ip === undefined) work.guess(draft, ['ipconfig0', 'ip'], 'dhcp', 'The old file names no address.');
  gateway(guest, config?.at('gw'), ['ipconfig0']);
  const unused = 'The old system never passed these on; without this line the servers of the node count.';
  nameservers(guest, config?.at('nameservers') ?? config?.at('nameserver'), unused);
  const search = config?.at('searchdomain');
  if (move(search, draft, ['searchdomain'], asDomain) === undefined)
    move(domain, draft, ['searchdomain'], asDomain);
}

/** `user_config`: the account of cloud-init, with its keys and its password. */
export function user(work: Work, guest: Guest): void {
  const { draft, old } = guest;
  const config = old.at('user_config');
  const name = move(config?.at('username'), draft, ['ciuser'], userName);
  config?.at('gw')?.drop('it stands under network_config, where it belongs');
  const key = config?.at('ssh_public_key');
  if (key !== undefined) sshKeys(key, work, ['sshkeys'], draft);
  for (const field of ['password_hash', 'password']) {
    const password = config?.at(field);
    if (password === undefined) continue;
    if (/^(not_set)?$/i.test(String(password.value).trim())) password.drop('it says that no password is set');
    else
      work.secret(
        password,
        draft,
        ['cipassword'],
        variableOf(`vm_${guest.id}`, 'PASSWORD'),
        `the password of ${String(name ?? 'the user')} in VM ${guest.id}`,
      );
  }
}

/** `volumes`: NFS mounts, which the old system wrote into fstab. Cloud-init does, at the first boot. */
export function volumes(work: Work, guest: Guest): void {
  const { draft, old } = guest;
  const list = old.at('volumes');
  if (list?.isEmpty) list.drop('an empty list');
  const mounts: Json[] = [];
  for (const one of list?.isEmpty === false ? list.items() : []) {
    const [server, path, mp] = [
      read<string>(one.at('server'), anyText),
      read<string>(one.at('path'), asPath),
      read<string>(one.at('mount_point'), asPath),
    ];
    const isNfs = String(one.at('type')?.value ?? 'nfs') === 'nfs';
    if (
      !isNfs ||
      server === undefined ||
      path === undefined ||
      mp === undefined ||
      draft.get(['template']) === true
    ) {
      dropAll(
        one,
        isNfs
          ? 'an NFS mount has a server, a path and a mount point, and no template has one'
          : 'the old system knew volumes of type nfs alone',
      );
      continue;
    }
    mounts.push([`${server}:${path}`, mp, 'nfs', 'defaults,auto,nofail', '0', '0']);
    shared(work, path);
    const target = draft.set(['cloudInit', 'mounts'], [...mounts]);
    for (const key of ['type', 'server', 'path', 'mount_point'])
      one.at(key)?.repair(target, 'mounted by cloud-init at the first boot');
    one.at('name')?.drop('a mount has no name');
  }
  if (mounts.length === 0) return;
  work.add(draft, ['cloudInit', 'packages'], ['nfs-common'], 'what NFS mounts need');
}

/** A directory of the node that a VM mounts: the old system made it, for everybody. */
function shared(work: Work, path: string): void {
  const exported = work.section('nfs', 'exports').some(([own]) => path.startsWith(`${own}/`));
  if (!exported || work.hypervisor.has(['directories', path])) return;
  const open = { owner: 'nobody', group: 'nogroup', mode: '0777' };
  work.add(work.hypervisor, ['directories', path], open, 'the old system made it before the VM mounted it');
}

/** What phx tells a VM at its first boot, its agent for one, lies on a storage. */
export function snippets(work: Work): void {
  const storages = work
    .section('storage')
    .flatMap(([id, value]) =>
      isObject(value) && value.type === 'dir' ? [[id, value.content as Json[]] as const] : [],
    );
  if (storages.some(([, content]) => content.includes('snippets'))) return;
  const why = 'data of cloud-init lie on a storage that takes snippets';
  const one = storages.find(([, content]) => content.includes('iso')) ?? storages[0];
  if (one === undefined)
    work.guess(
      work.hypervisor,
      ['storage', 'local'],
      { type: 'dir', path: '/var/lib/vz', content: ['snippets'] },
      why,
    );
  else work.add(work.hypervisor, ['storage', one[0], 'content'], [...one[1], 'snippets'], why);
}
