/** The drives of one VM as they stand, and the commands that change them; it knows no configuration but a wish for a drive. */

import { BlockedError, CommandError, PhxError } from '../../src/core/error.ts';
import type { TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { qm } from '../../src/proxmox/qm.ts';
import type { VmKeys } from '../../src/proxmox/vm-keys.ts';
import { normalParts } from '../../src/proxmox/vm-properties.ts';
import { drivesOf, isCloudVolume, type PresentDrive, type WantedDrive } from './drive.ts';
import { QemuMachine } from './machine.ts';

const minutes = 60_000;

export class Disks {
  readonly #id: number;
  readonly #context: TaskContext<Facts>;
  readonly #machine: QemuMachine;

  constructor(id: number, context: TaskContext<Facts>) {
    this.#id = id;
    this.#context = context;
    this.#machine = new QemuMachine(id, context);
  }

  #at(key: string): PresentDrive | undefined {
    return drivesOf(this.#context.facts(), this.#id).get(key);
  }

  async #set(keys: VmKeys, remove: readonly string[] = []): Promise<void> {
    const argv = qm.set(this.#id, keys, remove, this.#machine.digest);
    // A volume that is filled while nobody reads is half a volume.
    const detached = Object.values(keys).some((value) => value.includes('import-from='));
    await this.#context.run(argv, { deadline: 60 * minutes, ...(detached ? { detached } : {}) });
    await this.#machine.look();
  }

  /** Keys of drives of cloud-init besides this one: Proxmox takes a single one (B93). */
  otherCarriers(key: string): string[] {
    const drives = [...drivesOf(this.#context.facts(), this.#id)];
    const others = drives.flatMap(([other, { file }]) =>
      isCloudVolume(file) && other !== key ? [other] : [],
    );
    const [first] = others;
    if (first !== undefined && this.#machine.state === 'running') {
      throw new BlockedError({
        title: `The drive of cloud-init of VM ${this.#id} can only move while it is stopped`,
        facts: [['drive', `${first} → ${key}`]],
        hint: 'A guest that runs does not let go of it, and Proxmox takes one only. Nothing was changed.',
        command: `phx stop vmid:${this.#id} && phx run vmid:${this.#id}`,
      });
    }
    return others;
  }

  /** Brings one drive about; `recorded` are the keys that a former run made. */
  async bringAbout(key: string, wanted: WantedDrive): Promise<void> {
    let present = this.#at(key);
    if (present?.leaving) {
      await this.#context.run(qm.revert(this.#id, [key], this.#machine.digest));
      await this.#machine.look();
      present = this.#at(key);
    }
    if (!present) await this.#add(key, wanted);
    else if (wanted.kind === 'file') await this.#change(key, present, wanted);
    else this.#refuseOther(key, present, wanted);
    if (present && wanted.kind === 'firmware') this.#tellMade(key, wanted.birth);
    if (wanted.kind !== 'disk') return;
    if (wanted.size !== undefined) await this.growTo(key, wanted.size);
    await this.keepOptions(key, wanted.options);
  }

  async #add(key: string, wanted: WantedDrive): Promise<void> {
    const { kind, storage, size, file, options, birth } = wanted;
    // An import takes the size of what it imports; firmware variables and TPMs have a size of their own.
    const amount = kind === 'cloudinit' ? 'cloudinit' : birth.includes('import-from=') ? 0 : (size ?? 1);
    const volume = file ?? `${storage}:${amount}`;
    await this.#set({ [key]: [volume, birth, options].filter((part) => part !== '').join(',') });
    this.#machine.prove(this.#at(key) !== undefined, `qm set ${this.#id} --${key}`, `there is no ${key}`);
  }

  /** Another image in a CD drive, another device of the node: nothing is lost by that. */
  async #change(key: string, present: PresentDrive, { file = 'none', options }: WantedDrive): Promise<void> {
    if (present.file === file && present.options === options) return;
    if (present.file !== file && /[:/](vm|base)-\d+-/.test(present.file)) {
      throw new BlockedError({
        title: `${key} of VM ${this.#id} is a disk of its own, and would be put aside for ${file}`,
        facts: [[key, `${present.file} → ${file}`]],
        hint: 'Give the new drive another key, or detach the disk by hand: it stays as an unused one.',
        command: `qm set ${this.#id} --delete ${key}`,
      });
    }
    await this.#set({ [key]: options === '' ? file : `${file},${options}` });
    const seen = this.#at(key);
    this.#machine.prove(seen?.file === file, `qm set ${this.#id} --${key}`, `${key} is ${seen?.file}`);
  }

  #refuseOther(key: string, present: PresentDrive, { kind, storage = '' }: WantedDrive): void {
    const id = this.#id;
    const cloud = isCloudVolume(present.file);
    if (cloud !== (kind === 'cloudinit')) {
      throw new BlockedError({
        title: `${key} of VM ${id} is something else than the configuration says`,
        facts: [[key, present.file]],
        hint: 'Give this drive another key, or detach the present one by hand.',
        command: `qm set ${id} --delete ${key}`,
      });
    }
    // Where the drive of cloud-init lies is nobody's concern: it is made anew at each start.
    if (cloud || present.storage === storage) return;
    throw new BlockedError({
      title: `${key} of VM ${id} would have to move`,
      facts: [[key, `${present.storage} → ${storage}`]],
      hint: 'phx does not move data unasked: qm disk move does, also while the VM runs.',
      command: `qm disk move ${id} ${key} ${storage} --delete 1`,
    });
  }

  /** Sends a drive again with its own volume where its options differ: `STORAGE:SIZE` would make another (B46). */
  async keepOptions(key: string, options: string): Promise<void> {
    const present = this.#at(key);
    if (!present || present.options === options) return;
    await this.#set({ [key]: options === '' ? present.file : `${present.file},${options}` });
    const seen = this.#at(key)?.options;
    this.#machine.prove(
      seen === options,
      `qm set ${this.#id} --${key}`,
      `${key} has ${seen || 'no options'}`,
    );
  }

  /** What firmware variables and TPMs are made with is no option that could be changed. */
  #tellMade(key: string, birth: string): void {
    const parts = (value: string) => {
      const all = normalParts(key, value);
      // The format of a volume stands in no conf.
      for (const name of ['file', 'volume', 'size', 'format']) all.delete(name);
      return all;
    };
    const made = parts(this.#machine.conf.keys.get(key) ?? '');
    const other = [...parts(birth)].flatMap(([name, value]) =>
      made.get(name) === value ? [] : [`${name}=${value}`],
    );
    if (other.length === 0) return;
    this.#context.log(
      `${key} stays as it was made, without ${other.join(' and ')}; one that is detached is made anew, and forgets what it held: qm set ${this.#id} --delete ${key}`,
    );
  }

  async growTo(key: string, size: number): Promise<void> {
    const present = this.#at(key)?.size;
    if (present === undefined || present === size) return;
    if (present < size && !this.#machine.conf.keys.has(key)) {
      this.#context.log(`${key} is there from the next start on; the run after it makes it ${size}G`);
      return;
    }
    if (present > size) {
      throw new BlockedError({
        title: `${key} of VM ${this.#id} would have to shrink`,
        facts: [[key, `${present}G → ${size}G`]],
        hint: 'Proxmox only grows disks. Set the size back, or move its data to a smaller one by hand.',
        command: `phx config vmid:${this.#id}`,
      });
    }
    const { stderr } = await this.#context.run(qm.resize(this.#id, key, size, this.#machine.digest), {
      deadline: 30 * minutes,
    });
    await this.#machine.look();
    const seen = this.#at(key)?.size;
    if (seen === size) return;
    // qm resize ends with zero also when it refuses (B4).
    throw new PhxError('failed', {
      title: `qm resize ended well, but ${key} of VM ${this.#id} has not grown`,
      facts: [
        ['size', `${seen}G instead of ${size}G`],
        ...(stderr.trim() ? [['said', stderr.trim()] as const] : []),
      ],
    });
  }

  /** A drive that left the configuration is detached; its volume stays with the VM as `unusedN`. */
  async detach(keys: readonly string[]): Promise<void> {
    const leaving = keys.flatMap((key) => {
      const drive = this.#at(key);
      return drive && !drive.leaving ? [{ key, drive }] : [];
    });
    const [first] = leaving;
    if (!first) return;
    this.#refuseProtected(first.key);
    try {
      await this.#set(
        {},
        leaving.map(({ key }) => key),
      );
    } catch (error) {
      // A guest that does not let go of it: the change stays pending (B91).
      if (!(error instanceof CommandError)) throw error;
      await this.#machine.look();
      if (leaving.some(({ key }) => this.#at(key)?.leaving === false)) throw error;
    }
    for (const { key, drive } of leaving) this.#tellUnused(key, drive);
  }

  #tellUnused(key: string, { file, size }: PresentDrive): void {
    if (size === undefined || isCloudVolume(file)) return;
    const id = this.#id;
    const [unused] =
      [...this.#machine.conf.keys].find(([name, value]) => /^unused\d+$/.test(name) && value === file) ?? [];
    this.#context.log(
      unused
        ? `the volume of ${key}, ${file}, stays as ${unused}; when nobody needs it: qm set ${id} --delete ${unused}`
        : `${key} goes at the next start; its volume ${file} then stays as an unused one, until qm set ${id} --delete unusedN`,
    );
  }

  /** Proxmox takes no drive away from a protected VM: so this comes before anything else. */
  async unprotect(): Promise<void> {
    if (this.#machine.conf.keys.get('protection') === '1') await this.#set({ protection: '0' });
  }

  #refuseProtected(key: string): void {
    if (this.#machine.conf.keys.get('protection') !== '1') return;
    throw new BlockedError({
      title: `VM ${this.#id} is protected: Proxmox takes none of its drives away`,
      facts: [[key, 'is no longer in the configuration']],
      hint: 'Say protection: false, run it, then say protection: true again and run once more.',
      command: `phx run vmid:${this.#id}`,
    });
  }
}
