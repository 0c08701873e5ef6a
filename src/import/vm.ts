/** VMs of the old file. */

import { pattern } from '../config/schema/scalar.ts';
import type { Json } from '../core/json.ts';
import { application } from './apps.ts';
import { checks } from './checks.ts';
import { atLeast } from './container.ts';
import { guestRules } from './firewall.ts';
import { dependencies, size, snapshot, start, state, unreadKeys } from './guest.ts';
import { features, setLayers, together } from './layers.ts';
import { isObject, type Old } from './ledger.ts';
import { bridge, gateway, nameservers } from './nets.ts';
import { record, sshKeys, variableOf } from './node.ts';
import { dropAll } from './node-storage.ts';
import {
  anyText,
  asCidr,
  asDomain,
  asHost,
  asPath,
  asStorage,
  flag,
  move,
  read,
  text,
  whole,
} from './values.ts';
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

/** One VM; the one that it is cloned from came before. */
export function vm(work: Work, guest: Guest, others: ForVms): void {
  const { draft, old } = guest;
  if (move(old.at('name'), draft, ['name'], asHost) === undefined)
    work.guess(draft, ['name'], `vm${guest.id}`, 'The old file names it nothing that is a name of a host.');
  size(work, guest, others.defaults);
  start(guest);
  origin(work, guest, others.release);
  disk(work, guest, others.defaults);
  network(work, guest, others);
  user(work, guest);
  work.add(
    draft,
    ['agent'],
    true,
    'features and health of a VM are reached through its agent, which its image brings or cloud-init installs',
  );
  if (draft.get(['template']) !== true)
    work.add(
      draft,
      ['cloudInit'],
      {},
      'the old system put the agent into the image: cloud-init installs it at the first boot',
    );
  volumes(work, guest);
  snippets(work);
  const wanted = features(work, guest, old.at('features'));
  setLayers(work, guest, together(wanted, application(work, guest, others.network, wanted)));
  stacks(guest);
  for (const one of old.at('dns_records')?.items() ?? [])
    if (one.isEmpty) one.drop('an empty list');
    else record(work, one, String(one.at('hostname')?.value ?? ''), String(one.at('ip')?.value ?? ''));
  for (const key of ['portainer_environment_name', 'portainer_agent_hostname'])
    old.at(key)?.drop('phx makes no environments inside Portainer: its page adds them');
  dropAll(
    old.at('qm_options'),
    'nothing in the old system ever read it; keys of qm have the same names here',
  );
  dependencies(work, guest);
  guestRules(work, guest, old.at('firewall'));
  snapshot(work, guest);
  checks(work, guest);
  state(work, guest);
  unreadKeys(guest);
}

/** From a cloud image, or a clone. */
function origin(work: Work, guest: Guest, release: Old | undefined): void {
  const { draft, old, source } = guest;
  const [from, image, template] = [
    old.at('clone_from_vmid'),
    old.at('template_image'),
    old.at('is_template'),
  ];
  if (move(template, draft, ['template'], flag) === false) {
    draft.drop(['template']);
    template?.drop('it is none anyway');
  }
  old.at('template')?.drop('nothing in the old system ever read it: image names what it is made from');
  if (source !== undefined) {
    const target = draft.set(['clone'], { from: source.id });
    if (typeof from?.value === 'number') from.carry(target);
    else from?.repair(target, 'an id is a number');
    image?.drop('a clone has the image of its source');
    return;
  }
  const said = read<string>(image, anyText)?.replace(/^.*\//, '');
  const [, given] = /^([a-z]+)-server-cloudimg-[\w.-]+\.(?:img|qcow2)$/.exec(said ?? '') ?? [];
  const wanted = String(release?.value ?? '');
  const name = given ?? (/^[a-z]+$/.test(wanted) ? wanted : 'noble');
  const file = given === undefined ? `${name}-server-cloudimg-amd64.img` : String(said);
  const place = ['images', name];
  if (!work.hypervisor.has(place)) {
    work.hypervisor.set([...place, 'url'], `https://cloud-images.ubuntu.com/${name}/current/${file}`);
    work.hypervisor.note(
      place,
      '`current` is rebuilt upstream: name a dated build and its sha256 to get the same image for ever.',
    );
  }
  if (name === wanted) release?.carry(work.hypervisor.at(place));
  const target = draft.set(['image'], name);
  if (given !== undefined) image?.repair(target, 'images of the node have names');
  else image?.drop('it is no cloud image of Ubuntu, where the old system got it from');
  const gone = from === undefined || String(from.value).trim() === '' ? undefined : String(from.value);
  if (gone === undefined) from?.drop('it says nothing');
  else {
    from?.drop(`there is no VM ${gone} that it could be cloned from`);
    work.ledger.guess(target, `It was cloned from ${gone}, which is in no file: made from an image instead.`);
  }
}

function disk(work: Work, guest: Guest, defaults: Old | undefined): void {
  const { draft, old } = guest;
  const takes = work
    .section('storage')
    .filter(([, value]) => isObject(value) && (value.content as Json[]).includes('images'));
  const own = old.at('storage_pool');
  const said = read<string>(own, asStorage) === undefined ? defaults?.at('storage_pool') : own;
  const id = read<string>(said, asStorage);
  const place = ['disk', 'storage'];
  if (id !== undefined && takes.some(([name]) => name === id)) said?.carry(draft.set(place, id));
  else {
    const other = takes[0]?.[0];
    if (other === undefined)
      work.guess(
        work.hypervisor,
        ['storage', 'vm-disks'],
        { type: 'dir', path: '/var/lib/vz', content: ['images'] },
        'The old file has no storage for disks of VMs.',
      );
    const target = draft.set(place, other ?? 'vm-disks');
    const why = `There is no storage ${id ?? ''} for disks of VMs.`;
    if (said === undefined || id === undefined)
      work.ledger.guess(target, 'The old file names no storage for its disk.');
    else said.doubt(target, why);
  }
  diskSize(work, guest, defaults?.at('disk_size_gb'));
}

/** Without a size of its own a source is no larger than the smallest clone of it: a clone can grow, not shrink. */
function diskSize(work: Work, guest: Guest, fallback: Old | undefined): void {
  const { draft, old } = guest;
  const place = ['disk', 'size'];
  const own = move(old.at('disk_size_gb'), draft, place, whole(1));
  if (own === undefined && guest.source !== undefined && old.at('disk_size_gb') === undefined) {
    work.add(draft, place, guest.source.draft.get(place) ?? 32, 'as large as what it is cloned from');
    return;
  }
  if (own === undefined && move(fallback, draft, place, whole(1)) === undefined)
    work.guess(draft, place, 32, 'The old file does not say how large its disk is.');
  const clones = [...work.guests.values()].filter(({ source }) => source === guest);
  const sizes = clones
    .map((clone) => Number(clone.old.at('disk_size_gb')?.value))
    .filter((size) => size >= 1);
  const least = Math.min(...sizes, Number.POSITIVE_INFINITY);
  if (own === undefined && Number(draft.get(place)) > least)
    work.add(
      draft,
      place,
      Math.floor(least),
      'no larger than the smallest clone: a clone can grow, not shrink',
    );
  atLeast(guest, place, old.at('disk_size_gb'));
}

function network(work: Work, guest: Guest, { defaults, domain }: ForVms): void {
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

function user(work: Work, guest: Guest): void {
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
function volumes(work: Work, guest: Guest): void {
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
function snippets(work: Work): void {
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

/** `docker_stacks`: names, or objects with a name and an environment. */
function stacks({ old, draft }: Guest): void {
  const list = old.at('docker_stacks');
  for (const one of list?.isEmpty === false ? list.items() : []) {
    const name = isObject(one.value) ? String(one.value.name ?? '') : String(one.value);
    const why = `the stack ${name} was deployed through Portainer: make its docker-compose.yml an application of your own, app:${name.toLowerCase().replace(/[^a-z0-9_-]+/g, '-')}`;
    one.drop(why);
    draft.note(['app'], `Not carried: ${why}.`);
  }
  if (list?.isEmpty) list.drop('an empty list');
}
