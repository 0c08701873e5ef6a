/** The node of the old hypervisor file: accounts, network, driver, and what the old system kept for itself. */

import { pattern } from '../config/schema/scalar.ts';
import type { Json } from '../core/json.ts';
import { isObject, type Old } from './ledger.ts';
import { account } from './node-account.ts';
import { exportsOf, shares } from './node-services.ts';
import { datasets, dropAll, pools } from './node-storage.ts';
import {
  asAddress,
  asAnyAddress,
  asBridge,
  asCidr,
  asDomain,
  asHost,
  asUrl,
  flag,
  move,
  read,
  text,
} from './values.ts';
import type { Work } from './work.ts';

const own = 'the old system kept this for itself';
const unread = 'nothing in the old system ever read it';
const zone = text(pattern(/^[A-Za-z_]+(\/[A-Za-z0-9_+-]+)*$/, ''), 'a time zone');
const driver = text(pattern(/^\d+(\.\d+)+$/, ''), 'a driver version');

/** Everything of the old hypervisor file but its firewall, which guests have a part in. */
export function node(work: Work, old: Old): void {
  const { hypervisor } = work;
  hypervisor.head.push(
    'The node, imported from the old hypervisor file. What is doubtful is remarked below.',
  );
  move(old.at('timezone'), hypervisor, ['timezone'], zone);
  network(work, old.at('network'));
  move(old.at('domain_name'), hypervisor, ['network', 'domain'], asDomain);
  pools(work, old.at('zfs'));
  datasets(work, old.at('zfs'), old.at('proxmox_storage_ids'));
  account(work, old.at('users'));
  shares(work, old.at('samba'), old.at('network')?.at('workgroup'));
  exportsOf(work, old.at('nfs'));
  nvidia(work, old.at('nvidia_driver'));
  names(work, old.at('dns_server'), old.at('domain_name'));
  for (const key of ['version', 'author']) old.at(key)?.drop('it says nothing about the node');
  dropAll(old.at('core_paths'), `${own}: phx finds files by where they lie`);
  old
    .at('mount_point_base')
    ?.drop('datasets are mounted at /<pool>/<dataset>: Proxmox mounts only network storages below /mnt/pve');
  dropAll(old.at('proxmox_defaults'), unread);
  dropAll(old.at('tests'), `${unread}; checks of guests are under health and tests of each guest`);
  dropAll(old.at('behavior'), unread);
  dropAll(old.at('step_ca'), `${unread}: parameters of the layer step_ca say it`);
  dropAll(old.at('docker'), 'the templates pin versions of their own, which phx update moves');
  const api = old.at('portainer_api');
  api?.at('portainer_hostname')?.drop('Portainer is reached at the address of its guest');
  api?.at('admin_user')?.drop('phx makes no accounts inside Portainer');
  api
    ?.at('admin_password')
    ?.drop('phx makes no accounts inside Portainer; it stood in clear text: change it there');
  dropAll(
    old.at('shared_zfs_volumes'),
    'a raw volume that nothing formats or mounts: give a guest a volume of its own, mp0: { storage, size, mp }',
  );
}

function network(work: Work, old: Old | undefined): void {
  const { hypervisor } = work;
  if (old === undefined) return;
  move(old.at('hostname'), hypervisor, ['hostname'], asHost);
  const face = old.at('interfaces');
  // One object, despite its name; should somebody have made a list of it, each is a bridge.
  for (const one of face?.items() ?? []) {
    const name = read<string>(one.at('name'), asBridge) ?? 'vmbr0';
    const bridge = ['network', 'bridges', name];
    one.at('name')?.carry(hypervisor.at(bridge));
    move(one.at('address'), hypervisor, [...bridge, 'address'], asCidr);
    move(one.at('gateway'), hypervisor, [...bridge, 'gateway'], asAddress);
    work.guess(
      hypervisor,
      [...bridge, 'ports'],
      ['eno1'],
      'The old files name no card: put the one of your node here (ip link shows them). A bridge without its card carries no traffic.',
    );
    nameservers(work, one.at('dns_nameservers'));
  }
  old.at('fallback_dns')?.drop(unread);
  old.at('default_subnet')?.drop(`${unread}: it follows from the address of the bridge`);
  old.at('nfs_server')?.drop('it follows from the address of the node');
  old.at('external_registry_url')?.drop(unread);
  old.at('portainer_server_ip')?.drop('it is the address of the guest that has Portainer');
}

/** One text, with blanks or commas, or a list. */
function nameservers(work: Work, old: Old | undefined): void {
  const place = ['network', 'nameservers'];
  const all: Json[] = [...((work.hypervisor.get(place) as Json[] | undefined) ?? [])];
  for (const one of old?.items() ?? []) {
    const good: Json[] = [];
    for (const word of String(one.value)
      .split(/[\s,]+/)
      .filter((part) => part !== '')) {
      const made = asAnyAddress(word);
      if ('dropped' in made) one.drop(made.dropped);
      else good.push(made.value);
    }
    all.push(...good.filter((address) => !all.includes(address)));
    if (good.length === 0) one.drop('it names no address');
    else one.carry(work.hypervisor.set(place, all));
  }
}

function nvidia(work: Work, old: Old | undefined): void {
  const { hypervisor } = work;
  if (old === undefined) return;
  if (read<boolean>(old.at('install'), flag) === false) {
    dropAll(old, 'the driver was not to be installed');
    return;
  }
  const [version, runfile] = [
    read<string>(old.at('version'), driver),
    read<string>(old.at('runfile_url'), asUrl),
  ];
  if (version === undefined || runfile === undefined) {
    dropAll(old, 'a driver has both a version and the address of its file');
    return;
  }
  old.at('install')?.carry(hypervisor.at(['nvidia']));
  move(old.at('version'), hypervisor, ['nvidia', 'version'], driver);
  move(old.at('runfile_url'), hypervisor, ['nvidia', 'runfile'], asUrl);
  old.at('cuda_version')?.drop(`${unread}: the layer nvidia has it as its parameter cuda`);
  old.at('install_vllm_libs')?.drop(`${unread}: the layer vllm installs what it needs`);
}

function names(work: Work, old: Old | undefined, domain: Old | undefined): void {
  const { hypervisor } = work;
  if (old === undefined) return;
  if (read<boolean>(old.at('enabled'), flag) !== true) {
    dropAll(old, 'the name server was switched off');
    return;
  }
  const name = read<string>(domain, asDomain);
  if (name === undefined) {
    dropAll(old, 'a name server needs a domain: domain_name is missing');
    return;
  }
  move(domain, hypervisor, ['dns', 'domain'], asDomain);
  old.at('enabled')?.carry(hypervisor.at(['dns']));
  const upstream: Json[] = [];
  for (const one of old.at('upstream_servers')?.items() ?? []) {
    const made = asAnyAddress(one.value);
    if ('dropped' in made) one.drop(made.dropped);
    else {
      upstream.push(made.value);
      one.carry(hypervisor.at(['dns', 'upstream']));
    }
  }
  if (upstream.length > 0) hypervisor.set(['dns', 'upstream'], upstream);
  else
    work.guess(hypervisor, ['dns', 'upstream'], ['8.8.8.8'], 'the old file names no server for other names');
  dropAll(old.at('authoritative_zones'), unread);
}

/** Records that guests bring along; without a name server of the node they stand in its own list of names. */
export function record(work: Work, old: Old, name: string, address: string): void {
  const place = isObject(work.hypervisor.get(['dns']))
    ? ['dns', 'records', name]
    : ['network', 'hosts', name];
  const host = asDomain(name);
  const made = asAnyAddress(address);
  if ('dropped' in host || 'dropped' in made) old.drop('a record has a name and an address');
  else old.carry(work.hypervisor.set(place, made.value));
}
