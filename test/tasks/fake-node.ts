/** A scripted node behind the Host port: it answers sweeps from a case's facts, commands as the case says, and records all. */

import { sha1 } from '../../src/core/digest.ts';
import type { Command, Host, Outcome } from '../../src/core/host.ts';
import { guestProbeMark } from '../../src/proxmox/guest-probe.ts';
import { setConfKey } from '../../src/proxmox/raw-lines.ts';
import { sweepMark } from '../../src/proxmox/sweep.ts';
import { effectOf } from './effects.ts';

/** A guest as the node shows it. `conf` is laid over the guest's base conf; null: there is no such guest. */
export interface GuestScene {
  /** Key → value, null for a key that is not there; `#` holds the encoded description lines. */
  readonly conf?: Readonly<Record<string, string | null>> | null;
  /** Further lines of the conf file as they stand: pending and snapshot sections. */
  readonly more?: readonly string[];
  readonly running?: boolean;
  /** Which of its starts it runs in; `pct reboot` makes it another one. */
  readonly start?: string;
  /** The whole conf file, instead of `conf` and `more`. */
  readonly text?: string;
  readonly kind?: 'ct' | 'vm';
  /** Lines of its layer file. */
  readonly layers?: readonly string[];
}

/** What a case says of the node; guest 950 stands at the top. */
export interface Scene extends GuestScene {
  readonly guests?: Readonly<Record<string, GuestScene>>;
  /** Sections of a sweep, line by line. */
  readonly host?: Readonly<Record<string, readonly string[]>>;
  readonly boot?: string;
  readonly files?: Readonly<Record<string, string | null>>;
  /** Directory → `user:group uid:gid mode`; one that is not named, or null, is not there. */
  readonly dirs?: Readonly<Record<string, string | null>>;
  /** Unit → its two words in a sweep: `active enabled`, `inactive disabled`; a unit that is not named is unknown. */
  readonly units?: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly exit?: number;
  readonly stdout?: string;
  readonly stderr?: string;
  /** What the node shows then, also when the command failed. */
  readonly shows?: Scene;
}

/** One value for ever, or one after the other, the last for ever. */
export type Script<T> = T | readonly T[];

export interface Scripted {
  readonly answers: Readonly<Record<string, Script<Answer>>>;
  readonly guest: Readonly<Record<string, Script<string>>>;
  readonly after: Readonly<Record<string, Script<Scene>>>;
}

export const subject = '950';
const confFile = /^\/etc\/pve\/(?:lxc|qemu-server)\/(\d+)\.conf$/;

function baseConf(id: string, kind: 'ct' | 'vm'): Record<string, string> {
  if (kind === 'vm') {
    return {
      '#': `#phx%3A project=fleet kind=vmid vmid=${id} incarnation=born${id} from=image%3Anoble`,
      boot: 'order=scsi0',
      memory: '512',
      name: 'web',
      scsi0: `quick:vm-${id}-disk-0,size=8G`,
      smbios1: 'uuid=0b8f1b2e-0000-4000-8000-000000000001',
      vmgenid: '0b8f1b2e-0000-4000-8000-000000000002',
    };
  }
  return {
    '#': `#phx%3A project=fleet kind=ctid vmid=${id} incarnation=born${id} from=iso%3Avztmpl/u.tar.zst`,
    arch: 'amd64',
    hostname: 'web',
    memory: '512',
    ostype: 'debian',
    rootfs: `quick:subvol-${id}-disk-0,size=8G`,
    swap: '512',
    unprivileged: '1',
  };
}

interface Guest extends GuestScene {
  readonly keys: Readonly<Record<string, string | null>>;
}

function throughAgent(argv: readonly string[]): boolean {
  return argv.slice(0, 3).join(' ') === 'qm guest exec';
}

/** What an agent tells of a program that ended well. */
function agentSays(stdout: string): string {
  return JSON.stringify({ exited: 1, exitcode: 0, 'out-data': stdout });
}

export class FakeNode implements Host {
  readonly kind = 'local';
  readonly label = 'scripted node';
  /** Every command but sweeps, in order. */
  readonly heard: Command[] = [];
  readonly wrote = new Map<string, string>();
  readonly #script: Scripted;
  readonly #used = new Map<string, number>();
  readonly #guests = new Map<string, Guest>();
  readonly #files = new Map<string, string>();
  readonly #dirs = new Map<string, string | null>();
  readonly #units = new Map<string, string>();
  #host: Readonly<Record<string, readonly string[]>> = {};
  #boot = 'boot-1';

  constructor(scene: Scene, script: Scripted) {
    this.#script = script;
    this.#set({ conf: {}, ...scene });
  }

  #set(scene: Scene): void {
    const { guests = {}, host, boot, files = {}, dirs = {}, units = {}, ...own } = scene;
    if (Object.keys(own).length > 0) this.#setGuest(subject, own);
    for (const [id, guest] of Object.entries(guests)) this.#setGuest(id, guest);
    this.#host = { ...this.#host, ...host };
    this.#boot = boot ?? this.#boot;
    for (const [path, words] of Object.entries(dirs)) this.#dirs.set(path, words);
    for (const [name, words] of Object.entries(units)) this.#units.set(name, words);
    for (const [path, text] of Object.entries(files)) {
      if (text === null) this.#files.delete(path);
      else this.#files.set(path, text);
    }
  }

  #setGuest(id: string, scene: GuestScene): void {
    if (scene.conf === null) {
      this.#guests.delete(id);
      return;
    }
    const before = this.#guests.get(id);
    const keys = { ...(before?.keys ?? baseConf(id, scene.kind ?? before?.kind ?? 'ct')), ...scene.conf };
    this.#guests.set(id, { ...before, ...scene, keys });
  }

  identity = async (): Promise<string> => 'scripted';
  readFile = async (path: string): Promise<string | undefined> => this.#files.get(path);
  close = async (): Promise<void> => {};

  /** A case scripts it as the answer to `(reach)`. */
  async reach(): Promise<void> {
    const refusal = this.#next(this.#script.answers, 'answer', '(reach)');
    if (refusal?.exit) throw new Error(refusal.stderr);
  }

  async writeFile(path: string, text: string): Promise<void> {
    this.#files.set(path, text);
    this.wrote.set(path, text);
    const id = confFile.exec(path)?.[1];
    if (id !== undefined) this.#setGuest(id, { text });
  }

  async removeFile(path: string): Promise<void> {
    this.#files.delete(path);
    const id = confFile.exec(path)?.[1];
    if (id !== undefined) this.#guests.delete(id);
  }

  async run(command: Command): Promise<Outcome> {
    const { argv, stdin = '' } = command;
    const said = (stdout: string): Outcome => ({ exit: 0, stdout, stderr: '', ms: 1 });
    if (stdin.startsWith(sweepMark)) return said(this.#sweep(argv.slice(3)));
    this.heard.push(command);
    const line = argv.join(' ');
    const outdated = this.#refuseDigest(argv);
    if (outdated) return { ...said(''), exit: 255, stderr: outdated };
    if (stdin.startsWith(guestProbeMark)) {
      const refusal = this.#next(this.#script.answers, 'answer', line);
      const answer = () => this.#probe(argv.slice(argv.indexOf('-s') + 2));
      return refusal
        ? { ...said(''), ...refusal }
        : said(throughAgent(argv) ? agentSays(answer()) : answer());
    }
    // No worker of Proxmox is about unless the case says so.
    const usual =
      argv[0] === 'pgrep' ? { ...said(''), exit: 1 } : said(throughAgent(argv) ? agentSays('') : '');
    const { shows, ...answer } = this.#next(this.#script.answers, 'answer', line) ?? {};
    const outcome = { ...usual, ...answer };
    if (shows) this.#set(shows);
    const scene = outcome.exit === 0 ? this.#next(this.#script.after, 'after', line) : undefined;
    if (scene) this.#set(scene);
    else if (outcome.exit === 0) this.#take(argv);
    return outcome;
  }

  /** Proxmox refuses a digest that is not that of the conf (B22); no change of a guest may go without one. */
  #refuseDigest(argv: readonly string[]): string | undefined {
    const [program, verb = '', id = ''] = argv;
    if ((program !== 'pct' && program !== 'qm') || !['set', 'resize'].includes(verb)) return undefined;
    const at = argv.indexOf('--digest');
    const guest = this.#guests.get(id);
    if (at >= 0 && guest && argv[at + 1] === sha1(confText(guest))) return undefined;
    return at < 0 ? 'a change without a digest' : 'the digest is that of another conf';
  }

  #take(argv: readonly string[]): void {
    if (argv[0] === 'systemctl') this.#steer(argv);
    if (argv[0] === 'flock') {
      const text = this.#files.get(argv.at(-1) ?? '');
      const guest = this.#guests.get(argv.at(-3) ?? '');
      if (guest && text !== undefined && argv.at(-2) === sha1(confText(guest)))
        this.#setGuest(argv.at(-3) ?? '', { text });
      return;
    }
    if (argv[1] === 'move-volume') this.#moveVolume(argv);
    const effect = effectOf(argv, (key) => this.#guests.get(argv[2] ?? '')?.keys[key]);
    if (!effect) return;
    const { id, ...scene } = effect;
    if (scene.conf === undefined && !this.#guests.has(id)) return;
    this.#setGuest(id, scene);
  }

  /** Out of one conf, under another name into the other. */
  #moveVolume([, , from = '', key = '', , to = '', , targetKey = '']: readonly string[]): void {
    const value = this.#value(from, key);
    if (value === undefined) return;
    this.#setKey(from, key, null);
    this.#setKey(to, targetKey, value.replace(/-\d+-disk-/, `-${to}-disk-`));
  }

  #value(id: string, key: string): string | undefined {
    const lines = confText(this.#guests.get(id) ?? { keys: {} }).split('\n');
    return lines.find((line) => line.startsWith(`${key}: `))?.slice(key.length + 2);
  }

  #setKey(id: string, key: string, value: string | null): void {
    const guest = this.#guests.get(id);
    if (guest?.text === undefined) this.#setGuest(id, { conf: { [key]: value } });
    else this.#setGuest(id, { text: setConfKey(guest.text, key, value ?? undefined) });
  }

  /** What `systemctl start`, `restart`, `enable`, `disable` and `stop` do to a unit. */
  #steer([, verb = '', ...words]: readonly string[]): void {
    const now = words.includes('--now');
    for (const name of words.filter((word) => !word.startsWith('-'))) {
      const [active = 'inactive', enabled = 'disabled'] = this.#units.get(name)?.split(' ') ?? [];
      const starts = /^(re)?start$/.test(verb) || (verb === 'enable' && now);
      const stops = verb === 'stop' || (verb === 'disable' && now);
      const next = [
        starts ? 'active' : stops ? 'inactive' : active,
        verb === 'enable' ? 'enabled' : verb === 'disable' ? 'disabled' : enabled,
      ];
      this.#units.set(name, next.join(' '));
    }
  }

  /** What the longest prefix of the line is to be answered with now. */
  #next<T>(all: Readonly<Record<string, Script<T>>>, kind: string, line: string): T | undefined {
    const prefix = Object.keys(all)
      .filter((key) => line.startsWith(key))
      .sort((a, b) => b.length - a.length)[0];
    const found = prefix === undefined ? undefined : all[prefix];
    if (found === undefined) return undefined;
    const list = (Array.isArray(found) ? found : [found]) as readonly T[];
    const used = this.#used.get(`${kind} ${prefix}`) ?? 0;
    this.#used.set(`${kind} ${prefix}`, used + 1);
    return list[Math.min(used, list.length - 1)];
  }

  #probe(questions: readonly string[]): string {
    const exact = Object.fromEntries(
      questions.map((question) => [question, this.#script.guest[question] ?? '']),
    );
    return questions.map((question) => `=${question}\t${this.#next(exact, 'guest', question)}\n`).join('');
  }

  #sweep(scopes: readonly string[]): string {
    const lines = ['@sweep 1'];
    const section = (head: string, content: readonly string[]) =>
      lines.push(`@${head}`, ...content.map((line) => `|${line}`));
    for (const scope of scopes) {
      if (scope === 'host') {
        section(`node pve1 machine-1 ${this.#boot} 6.14.8-2-pve 98304000`, []);
        for (const [name, content] of Object.entries(this.#host)) section(name, content);
      } else if (scope.startsWith('file:')) {
        const text = this.#files.get(scope.slice(5));
        if (text === undefined) lines.push(`@absent ${scope.slice(5)}`);
        else section(`file ${scope.slice(5)}`, text.replace(/\n$/, '').split('\n'));
      } else if (scope.startsWith('dir:')) {
        const [path, found] = [scope.slice(4), this.#dirs.get(scope.slice(4))];
        lines.push(found ? `@dir ${found} ${path}` : `@nodir ${path}`);
      } else if (scope.startsWith('unit:')) {
        const name = scope.slice(5);
        lines.push(`@unit ${name} ${this.#units.get(name) ?? '- -'}`);
      } else {
        for (const [id, guest] of this.#guests) {
          if (scope !== 'guests' && scope !== `guest:${id}`) continue;
          const state = guest.running ? `running ${guest.start ?? '1'}` : 'stopped';
          section(
            `guest ${guest.kind ?? 'ct'} ${id} ${state}`,
            confText(guest).replace(/\n$/, '').split('\n'),
          );
          if (guest.running && guest.kind !== 'vm') section(`layers ${id}`, guest.layers ?? []);
        }
      }
    }
    return `${[...lines, '@end'].join('\n')}\n`;
  }
}

function confText({ text, ...guest }: Guest): string {
  return text ?? `${confLines(guest).join('\n')}\n`;
}

function confLines({ keys, more = [] }: Guest): string[] {
  const lines = Object.entries(keys).flatMap(([key, value]) => {
    if (value === null) return [];
    return key === '#' ? value.split('\n') : [`${key}: ${value}`];
  });
  return [...lines, ...more];
}
