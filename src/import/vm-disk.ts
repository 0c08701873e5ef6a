/** What VMs of the old file are made from, and their root disk. */

import type { Json } from '../core/json.ts';
import { atLeast } from './container.ts';
import { isObject, type Old } from './ledger.ts';
import { anyText, asStorage, flag, move, read, whole } from './values.ts';
import type { Guest, Work } from './work.ts';

/** From a cloud image, or a clone. */
export function origin(work: Work, guest: Guest, release: Old | undefined): void {
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

/** `storage_pool`, `disk_size_gb` and what the defaults say of them. */
export function disk(work: Work, guest: Guest, defaults: Old | undefined): void {
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
