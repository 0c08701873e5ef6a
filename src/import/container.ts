/** Containers of the old file. */

import { storageId } from '../config/schema/scalar.ts';
import type { Json } from '../core/json.ts';
import { application } from './apps.ts';
import { checks } from './checks.ts';
import { guestRules } from './firewall.ts';
import { dependencies, size, snapshot, start, state, unreadKeys } from './guest.ts';
import { features, hasLayer, layerNames, setLayers, together } from './layers.ts';
import type { Old } from './ledger.ts';
import { directories, sharedVolumes, volumes } from './mounts.ts';
import { net } from './nets.ts';
import { origin, templateStorage } from './origin.ts';
import { apparmor, lxcOptions, pctOptions } from './raw-lines.ts';
import { asHost, asStorage, flag, move, read, whole } from './values.ts';
import type { Guest, Work } from './work.ts';

/** What the hypervisor file has to say for containers. */
export interface ForContainers {
  /** `network`, for the ports of Portainer. */
  readonly network: Old | undefined;
  readonly sharedVolumes: Old | undefined;
}

/** One container; those that it is cloned from came before. */
export function container(work: Work, guest: Guest, hypervisor: ForContainers): void {
  const { draft, old, source } = guest;
  if (move(old.at('name'), draft, ['hostname'], asHost) === undefined)
    work.guess(
      draft,
      ['hostname'],
      `ct${guest.id}`,
      'The old file names it nothing that is a name of a host.',
    );
  origin(work, guest);
  size(work, guest, undefined);
  move(old.at('swap_mb'), draft, ['swap'], whole(0), 'the old system did not pass it on');
  start(guest);
  privilege(work, guest, source);
  root(work, guest);
  net(work, guest);
  gpus(work, guest);
  pctOptions(guest, old.at('pct_options'));
  apparmor(guest, old);
  lxcOptions(guest, old.at('lxc_options'));
  volumes(work, guest, old.at('zfs_volumes'));
  volumes(work, guest, old.at('volumes'));
  directories(work, guest, old.at('mount_points'));
  sharedVolumes(work, guest, hypervisor.sharedVolumes);
  const wanted = features(work, guest, old.at('features'));
  setLayers(work, guest, together(wanted, application(work, guest, hypervisor.network, wanted)));
  const url = old.at('bootstrap_ca_url');
  if (layerNames(guest).includes('traefik'))
    url?.carry(draft.at(['layers']), 'the parameter ca_url of the layer traefik');
  else url?.drop('the guest has no layer traefik, which would read it');
  dockerSwitches(work, guest);
  dependencies(work, guest);
  guestRules(work, guest, old.at('firewall'));
  snapshot(work, guest);
  checks(work, guest);
  state(work, guest);
  unreadKeys(guest);
}

/** A clone has the privilege of its source. */
function privilege(work: Work, guest: Guest, source: Guest | undefined): void {
  const { draft, old } = guest;
  const said = old.at('unprivileged');
  const own = read<boolean>(said, flag);
  const its = source?.draft.get(['unprivileged']);
  if (typeof its === 'boolean' && its !== own) {
    const target = draft.set(['unprivileged'], its);
    if (said === undefined)
      work.ledger.add(target, 'the old file does not say; a clone has the privilege of its source');
    else said.repair(target, 'a clone has the privilege of its source');
    return;
  }
  if (move(said, draft, ['unprivileged'], flag) === undefined)
    work.guess(
      draft,
      ['unprivileged'],
      true,
      'The old file does not say; the old system then made it privileged.',
    );
}

function root(work: Work, guest: Guest): void {
  const { draft, old } = guest;
  const said = old.at('storage_pool');
  const id = read<string>(said, asStorage);
  const takes = work
    .section('storage')
    .filter(([, value]) => ((value as Record<string, Json>).content as Json[]).includes('rootdir'));
  const known = takes.map(([name]) => name);
  if (id !== undefined && known.includes(id)) said?.carry(draft.set(['rootfs', 'storage'], id));
  else {
    const other = known[0] ?? 'local';
    if (known.length === 0) templateStorage(work, '');
    if (known.length === 0 && storageId.safeParse(other).success) roomForRoots(work, other);
    const target = draft.set(['rootfs', 'storage'], other);
    const why =
      id === undefined
        ? 'The old file names no storage for its root.'
        : `There is no storage ${id} for roots of containers: ${other} instead.`;
    if (said === undefined || id === undefined) work.ledger.guess(target, why);
    else said.doubt(target, why);
  }
  if (move(old.at('storage_size_gb'), draft, ['rootfs', 'size'], whole(1)) === undefined)
    work.guess(draft, ['rootfs', 'size'], 32, 'The old file does not say how large its root is.');
  atLeast(guest, ['rootfs', 'size'], old.at('storage_size_gb'));
}

function roomForRoots(work: Work, id: string): void {
  const place = ['storage', id, 'content'];
  const content = ((work.hypervisor.get(place) ?? []) as Json[]).filter((one) => one !== 'rootdir');
  work.guess(
    work.hypervisor,
    place,
    [...content, 'rootdir'],
    'The old file has no storage for roots of containers.',
  );
}

/** A clone can grow, not shrink. */
export function atLeast(guest: Guest, place: readonly string[], said: Old | undefined): void {
  const [own, its] = [guest.draft.get(place), guest.source?.draft.get(place)];
  if (typeof own !== 'number' || typeof its !== 'number' || own >= its) return;
  const target = guest.draft.set(place, its);
  const why = `a clone can grow, not shrink: its source has ${its} GiB`;
  if (said === undefined) guest.old.ledger.add(target, why);
  else said.repair(target, why);
}

function gpus(work: Work, guest: Guest): void {
  const said = guest.old.at('gpu_assignment');
  if (said === undefined) return;
  if (guest.gpus.length > 0 && !work.hypervisor.has(['nvidia'])) {
    const why = 'the old file installs no driver on the node, whose cards these would be: hypervisor.nvidia';
    said.drop(why);
    guest.draft.note(['gpus'], `It had the cards ${guest.gpus.join(', ')}: ${why}.`);
  } else if (guest.gpus.length > 0)
    said.repair(guest.draft.set(['gpus'], [...guest.gpus]), 'a list of numbers');
  else if (/^(none)?$/i.test(String(said.value).trim())) said.drop('it has none');
  else said.drop('GPUs are numbers from 0 on');
}

/** Numbers of GPUs: `none`, `0`, `0, 1`. */
export function gpusOf(said: Old | undefined): number[] {
  const words = (said?.items() ?? [])
    .flatMap(({ value }) => String(value).split(/[\s,]+/))
    .filter((word) => word !== '');
  return words.every((word) => /^\d{1,2}$/.test(word)) ? [...new Set(words.map(Number))] : [];
}

/** What Docker needs in an unprivileged container; clones had it from their source. */
function dockerSwitches(work: Work, guest: Guest): void {
  if (!hasLayer(work, guest, 'docker')) return;
  const absent = ['nesting', 'keyctl', 'fuse'].filter((key) => !guest.draft.has(['features', key]));
  for (const key of absent)
    work.add(guest.draft, ['features', key], true, 'Docker needs it in an unprivileged container');
}
