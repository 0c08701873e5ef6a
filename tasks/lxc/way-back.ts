/**
 * The end of making a container anew. When all went well its note goes; when one of its tasks did not, the container of
 * before comes back: from its backup, with its data, running if it ran.
 */

import { BlockedError, PhxError, problemOf } from '../../src/core/error.ts';
import type { TargetEnding, TaskContext } from '../../src/core/task.ts';
import { parseProperties, printProperties } from '../../src/proxmox/conf.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { haProjectOf } from '../../src/proxmox/ha.ts';
import { volumeOf } from '../../src/proxmox/parking.ts';
import { pct } from '../../src/proxmox/pct.ts';
import { giveBackHa, leaveHa } from '../guest/ha-leave.ts';
import { clearHalfMade } from '../guest/half-made.ts';
import { forgetReady } from '../guest/inside.ts';
import { LXCContainer } from './container.ts';
import { type KeyFor, ParkedVolumes } from './parked-volumes.ts';
import {
  formerStands,
  noteReturned,
  type RecreateNote,
  readNote,
  removeNote,
  writeNote,
} from './recreate-note.ts';
import { dropDataSnapshots } from './snapshots-of-data.ts';
import { freeKey } from './volume-keys.ts';

const minutes = 60_000;

/** What is told at the end of the run; undefined when there is nothing to tell. */
export async function endOf(
  id: number,
  project: string,
  { whole, troubles }: TargetEnding,
  context: TaskContext<Facts>,
): Promise<string | undefined> {
  const note = await readNote(id, context);
  if (!note) return undefined;
  const target = `ctid:${id}`;
  const kept = note.backup?.volume;
  const trouble = troubles.find(({ title }) => !title.startsWith('not run: ')) ?? troubles[0];
  if (!trouble) {
    if (!whole) return `${target} is not made anew as a whole yet: phx run ${target}`;
    await keptAsBefore(id, project, note, context);
    await removeNote(id, context);
    return `${target} was made anew${kept ? `; its former root is kept as ${kept}` : ''}`;
  }
  const failed = `${trouble.task}: ${trouble.title}`;
  await context.refresh([`guest:${id}`]);
  if (!note.backup && !formerStands(id, note, context.facts())) {
    await removeNote(id, context);
    return `${target} is being made anew without a way back (${failed}); its data volumes are kept: mend it, then phx run ${target}`;
  }
  try {
    await goBack(id, project, { ...note, failed }, context);
  } catch (error) {
    return `${target} could not be brought back as it was before (${problemOf(error).title}); the next run tries again: phx run ${target}${kept ? `; its former root is ${kept}` : ''}`;
  }
  const state = note.former.ran ? 'stands and runs' : 'stands';
  return `${target} could not be made anew (${failed}); the container of before ${state} again, with its data. Mend it, then: phx run ${target} --recreate`;
}

/** What the HA manager keeps for us is a step of its own; what somebody else put into its hands is there again. */
async function keptAsBefore(
  id: number,
  project: string,
  { former: { ha } }: RecreateNote,
  context: TaskContext<Facts>,
): Promise<void> {
  if (ha && haProjectOf(ha) !== project) await giveBackHa({ id, kind: 'ct' }, ha, context);
}

/** Brings the container of before back; begun anew it goes on where it was. */
export async function goBack(
  id: number,
  project: string,
  begun: RecreateNote,
  context: TaskContext<Facts>,
): Promise<void> {
  const container = new LXCContainer(id, context);
  const volumes = new ParkedVolumes(id, project, context);
  await volumes.settle();
  let note = begun;
  if (begun.stage === 'make') note = await noteReturned(id, note, context);
  note = await writeNote(id, { ...note, stage: 'back' }, context);
  if (!formerStands(id, note, context.facts())) {
    if (!note.backup?.volume) throw new BlockedError(nothingToRestore(id));
    await clearNew(container, volumes, note, context);
    const { former, backup } = note;
    const argv = pct.restore(id, backup?.volume ?? '', former.storage, former.description);
    await context.run(argv, { deadline: 6 * 60 * minutes, detached: true });
    const state = await container.look();
    container.prove(formerStands(id, note, context.facts()), `pct restore ${id}`, `it is ${state}`);
  }
  const given = await volumes.bringBack((key) => (key in note.volumes ? key : 'unused0'));
  if (given > 0 || begun.stage === 'back') await asBefore(container, note, context);
  if (note.former.ran) await container.start();
  if (note.former.ha) await giveBackHa({ id, kind: 'ct' }, note.former.ha, context);
  await removeNote(id, context);
}

/** Takes the new container away, or what there is of it; its data is parked again. */
async function clearNew(
  container: LXCContainer,
  volumes: ParkedVolumes,
  note: RecreateNote,
  context: TaskContext<Facts>,
): Promise<void> {
  const { id, state } = container;
  if (state === 'half-made') await clearHalfMade(container, context, { ours: true });
  if (container.state === 'absent') return;
  forgetReady(context, id);
  // A start for work in it would be given back at the end of the run; there is nothing to give back any more.
  context.lease(`ctid:${id}`, undefined);
  await leaveHa({ id, kind: 'ct' }, context);
  await container.stop();
  if (container.conf.keys.get('protection') === '1') {
    await context.run(pct.set(id, { protection: '0' }, [], container.digest));
    await container.look();
  }
  await dropDataSnapshots(container, context);
  await mountAgain(container, note, context);
  await volumes.park(formerKey(note));
  await context.run(pct.destroyNamed(id), { deadline: 30 * minutes });
  const gone = await container.look();
  container.prove(gone === 'absent', `pct destroy ${id}`, `it is ${gone}`);
}

/** Volumes of the former container get their keys of then; what came to the new one is kept, too, but not mounted. */
function formerKey({ volumes }: RecreateNote): KeyFor {
  const numbers = Object.keys(volumes).map((key) => Number(key.replace(/\D+/, '')));
  const free = `unused${Math.max(-1, ...numbers) + 1}`;
  return (_, value) => {
    const volume = volumeOf(value);
    return Object.keys(volumes).find((key) => volumes[key]?.now === volume) ?? free;
  };
}

/** What the new one unmounted is mounted again: an unused volume can be moved only as an unused one. */
async function mountAgain(
  container: LXCContainer,
  { volumes }: RecreateNote,
  context: TaskContext<Facts>,
): Promise<void> {
  for (const [key, { value, now }] of Object.entries(volumes)) {
    const { keys } = container.conf;
    const unused = [...keys].some(([name, volume]) => name.startsWith('unused') && volume === now);
    if (!key.startsWith('mp') || now === undefined || !unused) continue;
    await setMount(container, freeKey(key, keys), asOf(value, now, undefined), context);
  }
}

/** Paths and options that the new container gave its mounts are those of before again. */
async function asBefore(
  container: LXCContainer,
  { volumes }: RecreateNote,
  context: TaskContext<Facts>,
): Promise<void> {
  for (const [key, { value }] of Object.entries(volumes)) {
    const present = container.conf.keys.get(key);
    if (!key.startsWith('mp') || present === undefined) continue;
    const now = parseProperties(present, 'volume');
    const wanted = asOf(value, now.get('volume') ?? '', now.get('size'));
    if (printProperties(now, ['volume', 'mp'], 'volume') === wanted) continue;
    await setMount(container, key, wanted, context);
  }
}

async function setMount(
  container: LXCContainer,
  key: string,
  value: string,
  context: TaskContext<Facts>,
): Promise<void> {
  await context.run(pct.set(container.id, { [key]: value }, [], container.digest));
  await container.look();
}

/** A mount as it stood, with the volume that it is now and as large as that has become. */
function asOf(value: string, volume: string, size: string | undefined): string {
  const properties = parseProperties(value, 'volume').set('volume', volume);
  if (size !== undefined) properties.set('size', size);
  return printProperties(properties, ['volume', 'mp'], 'volume');
}

function nothingToRestore(id: number) {
  return new PhxError('blocked', {
    title: `There is no backup of container ${id} to go back to`,
    hint: 'Its data volumes are kept. Build it as the configuration says.',
    command: `phx run ctid:${id}`,
  }).problem;
}
