/**
 * `--recreate`: a container is made anew, stage by stage, each written down on the node before it begins. A run that dies in
 * between is taken up by the next one; what fails afterwards goes back (`way-back.ts`).
 */

import { backupStorageOf } from '../../src/config/backup-storage.ts';
import type { Container, Fleet } from '../../src/config/fleet.ts';
import { BlockedError, PhxError } from '../../src/core/error.ts';
import type { TaskContext } from '../../src/core/task.ts';
import { parseProperties } from '../../src/proxmox/conf.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { dataVolumes } from '../../src/proxmox/parking.ts';
import { pct } from '../../src/proxmox/pct.ts';
import { backUp, backupsOf } from '../guest/backup.ts';
import { haResource } from '../guest/ha.ts';
import { leaveHa } from '../guest/ha-leave.ts';
import { clearHalfMade } from '../guest/half-made.ts';
import { forgetReady } from '../guest/inside.ts';
import { clearLeftLock } from '../guest/leftover.ts';
import { targetOf } from '../guest/names.ts';
import { untilWorkerEnds } from '../guest/worker.ts';
import { birthChanges, madeAnew } from './birth.ts';
import { LXCContainer } from './container.ts';
import { ParkedVolumes } from './parked-volumes.ts';
import { refuseRecreate } from './recreate-checks.ts';
import { formerStands, noteIn, type RecreateNote, writeNote } from './recreate-note.ts';
import { dropDataSnapshots } from './snapshots-of-data.ts';
import { endOf, goBack } from './way-back.ts';

export class Recreation {
  readonly #ct: Container;
  readonly #fleet: Fleet;
  readonly #project: string;
  readonly #context: TaskContext<Facts>;
  readonly #container: LXCContainer;
  readonly #volumes: ParkedVolumes;

  constructor(ct: Container, fleet: Fleet, project: string, context: TaskContext<Facts>) {
    this.#ct = ct;
    this.#fleet = fleet;
    this.#project = project;
    this.#context = context;
    this.#container = new LXCContainer(ct.id, context);
    this.#volumes = new ParkedVolumes(ct.id, project, context);
  }

  get #permitted(): boolean {
    return this.#context.permits('recreate', targetOf(this.#ct));
  }

  /**
   * Takes the former container away where that was asked for, or was begun. `ready` refuses what the new one cannot be
   * made from, before anything is gone.
   */
  async prepare(ready: () => void): Promise<void> {
    const { id } = this.#ct;
    const context = this.#context;
    let note = noteIn(context.facts(), id);
    // Nobody asked for it any more while the former one still stands; or it was on its way back.
    const back =
      note?.stage === 'back' || (note && !this.#permitted && formerStands(id, note, context.facts()));
    if (note && back) {
      context.log('the container of before comes back: making it anew did not come to its end');
      await goBack(id, this.#project, note, context);
      note = undefined;
      const changes = this.#permitted ? [] : birthChanges(this.#ct, context.facts());
      if (changes.length > 0) throw new BlockedError(madeAnew(this.#ct, changes));
    }
    if (!note) {
      if (!this.#permitted || !['stopped', 'running'].includes(this.#container.state)) return;
      note = await this.#begin(ready);
    } else context.log(`making it anew was interrupted (${note.stage}), and goes on`);
    context.lease(`${targetOf(this.#ct)}/recreate`, (end, ending) => endOf(id, this.#project, ending, end));
    await this.#volumes.settle();
    if (formerStands(id, note, context.facts())) note = await this.#takeDown(note);
    else if (this.#container.state === 'half-made')
      await clearHalfMade(this.#container, context, { ours: true });
    if (note.stage !== 'make') await writeNote(id, { ...note, stage: 'make' }, context);
  }

  /** All that refuses it, before anything is touched; then the first note. */
  async #begin(ready: () => void): Promise<RecreateNote> {
    const { id } = this.#ct;
    const { conf } = this.#container;
    const context = this.#context;
    const storage = backupStorageOf(this.#ct, this.#fleet);
    refuseRecreate(this.#container, storage, context);
    ready();
    const data = dataVolumes(conf.keys);
    if (data.size > 0) this.#volumes.refuse();
    const ha = haResource(context.facts(), id);
    const root = parseProperties(conf.keys.get('rootfs') ?? '', 'volume').get('volume') ?? '';
    return writeNote(
      id,
      {
        stage: 'park',
        former: {
          incarnation: this.#container.mark?.incarnation ?? '',
          description: conf.description.replace(/\n+$/, ''),
          storage: root.replace(/:.*$/, ''),
          ran: this.#container.state === 'running',
          ...(ha ? { ha } : {}),
        },
        ...(storage === undefined
          ? {}
          : { backup: { storage, before: await backupsOf(id, storage, context) } }),
        volumes: Object.fromEntries([...data].map(([key, value]) => [key, { value }])),
      },
      context,
    );
  }

  async #takeDown(begun: RecreateNote): Promise<RecreateNote> {
    const { id } = this.#ct;
    const context = this.#context;
    const container = this.#container;
    await clearLeftLock(this.#container, context);
    forgetReady(context, id);
    await leaveHa(this.#ct, context);
    await container.stop();
    if (this.#volumes.own.size > 0) await dropDataSnapshots(container, context);
    await this.#volumes.park();
    let note = begun;
    if (note.backup && note.backup.volume === undefined) {
      const { storage, before } = note.backup;
      // Started detached, it may have come to its end without the run that began it.
      if (note.stage === 'backup') await untilWorkerEnds(id, context);
      else note = await writeNote(id, { ...note, stage: 'backup' }, context);
      const taken = (await backupsOf(id, storage, context)).find((volume) => !before.includes(volume));
      const volume = taken ?? (await backUp(container, storage, context));
      note = await writeNote(id, { ...note, stage: 'destroy', backup: { storage, before, volume } }, context);
    } else note = await writeNote(id, { ...note, stage: 'destroy' }, context);
    if (this.#volumes.own.size > 0)
      throw new PhxError('failed', {
        title: `Container ${id} still holds data volumes; it is not destroyed`,
      });
    await container.look();
    await context.run(pct.destroyNamed(id), { deadline: 30 * 60_000 });
    const state = await container.look();
    container.prove(state === 'absent', `pct destroy ${id}`, `it is ${state}`);
    return note;
  }
}
