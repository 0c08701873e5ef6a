/**
 * The data volumes of one container, in it or parked under an id of their own, and the moves between the two. Each move is
 * written down before it begins: what a killed worker of Proxmox left where no conf names it is found again.
 */

import { BlockedError, CommandError, PhxError, unreadable } from '../../src/core/error.ts';
import type { TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import {
  dataVolumes,
  type Move,
  type Parking,
  parkedWords,
  parkingFile,
  parkingId,
  parkingOf,
  printParking,
  storageOf,
  volumeOf,
} from '../../src/proxmox/parking.ts';
import { pct } from '../../src/proxmox/pct.ts';
import { setConfKey } from '../../src/proxmox/raw-lines.ts';
import { parseVolumeList } from '../../src/proxmox/volume-list.ts';
import { confOf } from '../guest/conf.ts';
import { putConf } from '../guest/put-conf.ts';
import { untilWorkerEnds } from '../guest/worker.ts';
import { LXCContainer } from './container.ts';
import { blockedAtPath, lostOnItsWay, notOurs, protectedFrom, tooHigh } from './parking-problems.ts';
import { freeKey, occupantOf, withVolume } from './volume-keys.ts';

const minutes = 60_000;

/** The key that a volume gets where it goes; without an answer it keeps its own. */
export type KeyFor = (key: string, value: string) => string | undefined;

export class ParkedVolumes {
  readonly #id: number;
  readonly #project: string;
  readonly #context: TaskContext<Facts>;

  constructor(id: number, project: string, context: TaskContext<Facts>) {
    this.#id = id;
    this.#project = project;
    this.#context = context;
  }

  get #parkingId(): number {
    const found = parkingId(this.#id);
    if (found === undefined) throw new BlockedError(tooHigh(this.#id));
    return found;
  }

  /** What is parked of it, by this project. */
  get parking(): Parking | undefined {
    const found = parkingOf(this.#context.facts(), this.#id);
    return found?.project === this.#project ? found : undefined;
  }

  /** Refuses where nothing can be parked, before anything is touched. */
  refuse(): void {
    const other = this.#context.facts().guests.get(this.#parkingId);
    if (other && !this.parking) throw new BlockedError(notOurs(this.#id, other));
  }

  /** What the container itself names. */
  get own(): Map<string, string> {
    return dataVolumes(this.#keysOf(this.#id));
  }

  #keysOf(id: number): ReadonlyMap<string, string> {
    const guest = this.#context.facts().guests.get(id);
    return guest ? confOf(guest).keys : new Map();
  }

  async look(): Promise<void> {
    const ids = [this.#id, parkingId(this.#id)].flatMap((id) => (id === undefined ? [] : [`guest:${id}`]));
    await this.#context.refresh(ids);
  }

  /** Takes every data volume out of the stopped container; nothing when it has none. */
  async park(keyFor: KeyFor = () => undefined): Promise<void> {
    await this.settle();
    if (this.own.size > 0) this.refuse();
    for (const [key, value] of this.own) {
      const taken = this.parking?.volumes ?? new Map();
      await this.#move({ to: 'parking', from: key, key: freeKey(keyFor(key, value) ?? key, taken), value });
    }
    if (this.parking) await this.prove();
  }

  /** Gives every parked volume back to the container; answers how many there were. */
  async bringBack(keyFor: KeyFor = () => undefined): Promise<number> {
    if (!this.parking) return 0;
    await this.settle();
    const parked = [...(this.parking?.volumes ?? [])];
    for (const [key, value] of parked) {
      const keys = this.#keysOf(this.#id);
      // Proxmox asks for the protection after it has renamed the volume: then nobody would name it.
      if (keys.get('protection') === '1') throw new BlockedError(protectedFrom(this.#id, key, value));
      const wanted = keyFor(key, value) ?? key;
      const occupied = wanted.startsWith('mp') && occupantOf(keys, value);
      if (occupied) throw new BlockedError(blockedAtPath(this.#id, value, occupied, this.#parkingId));
      this.#context.log(`${parkedWords(key, value)} goes back to ${this.#id}`);
      await this.#move({ to: 'guest', from: key, key: freeKey(wanted, keys), value });
    }
    await this.#close();
    return parked.length;
  }

  /** All that is parked is on its storage, as the storage itself says. */
  async prove(): Promise<void> {
    const volumes = [...(this.parking?.volumes.values() ?? [])].flatMap((value) => volumeOf(value) ?? []);
    for (const storage of new Set(volumes.map(storageOf))) {
      const there = await this.#list(storage, this.#parkingId);
      const missing = volumes.filter((volume) => storageOf(volume) === storage && !there.includes(volume));
      if (missing.length === 0) continue;
      throw new PhxError('failed', {
        title: `Parked volumes of container ${this.#id} are not on ${storage}`,
        facts: missing.map((volume) => ['missing', volume] as const),
        hint: `The container was not touched any further. Look at the storage: pvesm list ${storage}`,
      });
    }
  }

  /** Destroys what is parked. */
  async free(): Promise<void> {
    await this.settle();
    const { parking } = this;
    if (!parking) return;
    for (const [key, value] of parking.volumes)
      this.#context.log(`destroying the parked ${parkedWords(key, value)}`);
    if (this.#keysOf(parking.id).get('protection') === '1')
      await this.#context.run(
        pct.set(parking.id, { protection: '0' }, [], new LXCContainer(parking.id, this.#context).digest),
      );
    await this.#context.run(pct.destroyNamed(parking.id), { deadline: 30 * minutes });
    await this.look();
  }

  /** Brings a move to its end that was cut short: what stands on the node says how far it came. */
  async settle(): Promise<void> {
    await this.look();
    const { parking } = this;
    const move = parking?.move;
    if (!parking || !move) return this.#close();
    for (const id of [this.#id, parking.id]) await untilWorkerEnds(id, this.#context);
    await this.look();
    if (!this.#arrived(move)) await this.#find(parking, move);
    await this.#write({ ...(this.parking ?? parking), move: undefined });
    return this.#close();
  }

  /** A volume between two confs: the worker renames it, takes it out of the one, and puts it into the other. */
  async #find(parking: Parking, move: Move): Promise<void> {
    const [from, to] = this.#ends(move);
    const storage = storageOf(volumeOf(move.value) ?? '');
    const named = volumeOf(this.#keysOf(from).get(move.from) ?? '');
    if (named !== undefined && (await this.#list(storage, from)).includes(named)) return;
    const known = [...this.#keysOf(to).values()].map(volumeOf);
    const lost = (await this.#list(storage, to)).filter((volume) => !known.includes(volume));
    const [volume] = lost;
    const gone = !this.#context.facts().guests.has(this.#id);
    // Whoever destroyed the container meanwhile destroyed what it still named.
    if (gone && lost.length === 0) return;
    if (volume === undefined || lost.length > 1 || (gone && move.to === 'guest'))
      throw new BlockedError(lostOnItsWay(this.#id, move, to, lost));
    this.#context.log(`an interrupted move left ${volume} without a name; it is ${move.value}`);
    const value = move.key.startsWith('unused') ? volume : withVolume(move.value, volume);
    const volumes = new Map(parking.volumes);
    if (move.to === 'parking') {
      if (named !== undefined) await this.#setKey(move.from, undefined);
      volumes.set(move.key, value);
      return this.#write({ ...parking, volumes });
    }
    volumes.delete(move.from);
    await this.#write({ ...parking, volumes });
    return this.#setKey(move.key, value);
  }

  async #setKey(key: string, value: string | undefined): Promise<void> {
    const container = new LXCContainer(this.#id, this.#context);
    await putConf(container, setConfKey(container.text, key, value), this.#context);
  }

  #ends({ to }: Move): [number, number] {
    const ends: [number, number] = [this.#id, this.#parkingId];
    return to === 'parking' ? ends : [ends[1], ends[0]];
  }

  #arrived(move: Move): boolean {
    const [from, to] = this.#ends(move);
    return this.#keysOf(to).has(move.key) && !this.#keysOf(from).has(move.from);
  }

  async #move(move: Move): Promise<void> {
    const [from, to] = this.#ends(move);
    const fresh = { id: this.#parkingId, project: this.#project, of: this.#id, volumes: new Map() };
    await this.#write({ ...(this.parking ?? fresh), move });
    const argv = pct.moveVolume(from, move.from, to, move.key);
    try {
      await this.#context.run(argv, { deadline: 30 * minutes, detached: true });
    } catch (error) {
      await this.look();
      if (!(error instanceof CommandError) || !this.#arrived(move)) throw error;
      this.#context.log('it said no, but the volume is where it was to go');
    }
    await this.look();
    if (!this.#arrived(move)) {
      throw new PhxError('failed', {
        title: `${argv.slice(0, 4).join(' ')} ended well, but the volume is not in ${to}`,
        facts: [['volume', move.value]],
        hint: 'Run again: it is looked for where it can be.',
      });
    }
    const { parking } = this;
    if (parking) await this.#write({ ...parking, move: undefined });
  }

  async #write(parking: Omit<Parking, 'move'> & { readonly move?: Move | undefined }): Promise<void> {
    const { move, ...rest } = parking;
    const text = printParking(move ? { ...rest, move } : rest);
    const { context, path } = { context: this.#context, path: parkingFile(parking.id) };
    await context.writeFile(path, text, { scratch: true, mode: 0o640 });
    await this.look();
    if (context.facts().guests.get(parking.id)?.conf === text) return;
    throw new PhxError('failed', { title: `${path} does not say what was written there` });
  }

  /** The conf goes with its last volume. */
  async #close(): Promise<void> {
    const { parking } = this;
    if (!parking || parking.volumes.size > 0 || parking.move) return;
    await this.#context.removeFile(parkingFile(parking.id), { scratch: true });
    await this.look();
  }

  async #list(storage: string, owner: number): Promise<string[]> {
    const argv = ['pvesm', 'list', storage, '--content', 'rootdir', '--vmid', String(owner)];
    const outcome = await this.#context.ask(argv);
    if (outcome.exit !== 0) throw new CommandError(argv, outcome);
    const volumes = parseVolumeList(outcome.stdout);
    if (!volumes) throw unreadable(argv, outcome);
    return volumes;
  }
}
