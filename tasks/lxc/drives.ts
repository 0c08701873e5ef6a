/** The drives of one container as they stand, and the commands that change them; it knows no configuration but a mount. */

import type { Mount } from '../../src/config/fleet.ts';
import { BlockedError, PhxError } from '../../src/core/error.ts';
import type { TaskContext } from '../../src/core/task.ts';
import { effectiveKey, normalFlag } from '../../src/proxmox/ct-keys.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { pct } from '../../src/proxmox/pct.ts';
import { confOf } from '../guest/conf.ts';
import { LXCContainer } from './container.ts';
import { type Mounted, printMount, volumesOf, wantedOptions } from './mounts.ts';

const minutes = 60_000;

/** The drives of one container, and the commands that change them. */
export class Drives {
  readonly #id: number;
  readonly #context: TaskContext<Facts>;
  readonly #container: LXCContainer;

  constructor(id: number, context: TaskContext<Facts>) {
    this.#id = id;
    this.#context = context;
    this.#container = new LXCContainer(id, context);
  }

  #at(path: string): Mounted | undefined {
    return volumesOf(this.#context.facts(), this.#id).get(path);
  }

  /** `pct set`, where `needed`; then a look. */
  async set(
    keys: Readonly<Record<string, string>>,
    remove: readonly string[] = [],
    needed = true,
  ): Promise<void> {
    if (!needed) return;
    const argv = pct.set(this.#id, keys, remove, this.#container.digest);
    await this.#context.run(argv, { deadline: 30 * minutes });
    await this.#container.look();
  }

  /** Drives of a protected container stay as they are (B51): so this comes before anything else. */
  async unprotect(wanted: string | undefined): Promise<void> {
    const present = this.#container.conf.keys.get('protection');
    if (wanted === '0')
      await this.set({ protection: '0' }, [], present !== undefined && normalFlag(present) === '1');
    else await this.set({}, ['protection'], present !== undefined);
  }

  /** `paths` are those of all mounts that are wanted. */
  async mount(key: string, mount: Mount, paths: readonly string[]): Promise<void> {
    const options = wantedOptions(mount);
    await this.#takeAlong(key, mount, paths);
    const present = this.#at(mount.mp);
    if (!present) {
      this.#refuseProtected(mount.mp, 'is to be added');
      const volume = mount.storage ? `${mount.storage}:${mount.size}` : (mount.source ?? '');
      await this.set({ [this.#freeKey(key)]: printMount(volume, mount.mp, options, undefined) });
      return;
    }
    const where = mount.storage ? present.volume.replace(/:.*$/, '') : present.volume;
    const wanted = mount.storage ?? mount.source ?? '';
    if (where !== wanted) {
      throw new BlockedError({
        title: `${mount.mp} of container ${this.#id} would have to move`,
        facts: [[mount.mp, `${where} → ${wanted}`]],
        hint: 'phx does not move data unasked: pct move-volume does, and keeps the old volume.',
        command: `pct move-volume ${this.#id} ${present.key} ${wanted}`,
      });
    }
    if (present.leaving) {
      await this.#context.run(pct.revert(this.#id, [present.key], this.#container.digest));
      await this.#container.look();
    }
    if (mount.size !== undefined) await this.growTo(mount.mp, mount.size);
    await this.keepOptions(mount.mp, options);
  }

  /** Another path under the same key is the same volume, mounted elsewhere: never a new, empty one beside it. */
  async #takeAlong(key: string, mount: Mount, paths: readonly string[]): Promise<void> {
    if (this.#at(mount.mp)) return;
    const recorded = this.#recorded();
    for (const [path, mounted] of volumesOf(this.#context.facts(), this.#id)) {
      const place = mount.storage ? mounted.volume.replace(/:.*$/, '') : mounted.volume;
      const same = mounted.key === key && place === (mount.storage ?? mount.source);
      if (!same || mounted.leaving || paths.includes(path) || !recorded.includes(path)) continue;
      this.#refuseProtected(path, `→ ${mount.mp}`);
      const value = printMount(mounted.volume, mount.mp, mounted.options, mounted.printedSize);
      await this.set({ [key]: value });
      this.#context.log(`the volume of ${path} is now mounted at ${mount.mp}`);
      return;
    }
  }

  /** Paths of the mounts that a former run brought about. */
  #recorded(): string[] {
    const outputs = this.#context.stamp(this.#context.task)?.outputs ?? {};
    return Object.keys(outputs).filter((name) => name.startsWith('/'));
  }

  /** Sends a mount again with its own volume where its options differ: `STORAGE:SIZE` would allocate another (B46, B48). */
  async keepOptions(path: string, options: string): Promise<void> {
    const present = this.#at(path);
    if (!present || present.options === options) return;
    this.#refuseProtected(path, `${present.options || 'no options'} → ${options || 'none'}`);
    const mp = path === '/' ? undefined : path;
    await this.set({ [present.key]: printMount(present.volume, mp, options, present.printedSize) });
    const seen = this.#at(path)?.options;
    this.#container.prove(
      seen === options,
      `pct set ${this.#id} --${present.key}`,
      `${path} has ${seen || 'no options'}`,
    );
  }

  async growTo(path: string, size: number): Promise<void> {
    const present = this.#at(path);
    if (present?.size === undefined || present.size === size) return;
    if (present.size > size) {
      throw new BlockedError({
        title: `${path} of container ${this.#id} would have to shrink`,
        facts: [[path, `${present.size}G → ${size}G`]],
        ...(path === '/'
          ? {
              hint: 'Proxmox only grows volumes. Set the size back, or have the container made anew; its data volumes are kept.',
              command: `phx run ctid:${this.#id} --recreate`,
            }
          : {
              hint: 'Proxmox only grows volumes. Set the size back, or move its data to a smaller one by hand.',
            }),
      });
    }
    const argv = pct.resize(this.#id, present.key, size, this.#container.digest);
    await this.#context.run(argv, { deadline: 30 * minutes });
    await this.#container.look();
    const seen = this.#at(path)?.size;
    if (seen === size) return;
    // pct resize ends with zero although its task failed (B5).
    throw new PhxError('failed', {
      title: `pct resize ended well, but ${path} of container ${this.#id} has not grown`,
      facts: [['size', `${seen}G instead of ${size}G`]],
    });
  }

  /** A mount that left the configuration is detached; its volume stays with the container as `unusedN`. */
  async detachFormer(paths: readonly string[]): Promise<void> {
    const mounts = volumesOf(this.#context.facts(), this.#id);
    const leaving = this.#recorded().flatMap((path) => {
      const mounted = paths.includes(path) ? undefined : mounts.get(path);
      return mounted && !mounted.leaving ? [{ path, mounted }] : [];
    });
    const [first] = leaving;
    if (!first) return;
    this.#refuseProtected(first.path, 'is no longer in the configuration');
    await this.set(
      {},
      leaving.map(({ mounted }) => mounted.key),
    );
    for (const { path, mounted } of leaving) if (mounted.size !== undefined) this.#tellUnused(path, mounted);
  }

  #tellUnused(path: string, { volume, key }: Mounted): void {
    const unused = [...this.#container.conf.keys].find(
      ([name, value]) => /^unused\d+$/.test(name) && value === volume,
    );
    const id = this.#id;
    this.#context.log(
      unused
        ? `the volume of ${path}, ${volume}, stays as ${unused[0]}; when nobody needs it: pct set ${id} --delete ${unused[0]}`
        : `${key} (${path}) goes at the next start; its volume ${volume} then stays as an unused one, until pct set ${id} --delete unusedN`,
    );
  }

  #refuseProtected(path: string, change: string): void {
    if (protectionOf(this.#context.facts(), this.#id) !== '1') return;
    throw new BlockedError({
      title: `container ${this.#id} is protected: Proxmox changes none of its drives`,
      facts: [[path, change]],
      hint: 'Say protection: false, run it, then say protection: true again and run once more.',
      command: `phx run ctid:${this.#id}`,
    });
  }

  /** The key that the configuration names, unless another mount sits there: then the first free one. */
  #freeKey(wanted: string): string {
    const taken = new Set([...volumesOf(this.#context.facts(), this.#id).values()].map(({ key }) => key));
    if (!taken.has(wanted)) return wanted;
    let index = 0;
    while (taken.has(`mp${index}`)) index++;
    return `mp${index}`;
  }
}

/** `1` or `0`, whether it is said or not; undefined without the container. */
export function protectionOf(facts: Facts, id: number): string | undefined {
  const guest = facts.guests.get(id);
  return guest && effectiveKey(confOf(guest), 'protection', '0');
}
