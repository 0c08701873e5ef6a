/**
 * A node in this very process, asked through a real sshd by the program's own ssh host, whose connection is cut at one
 * command. What has to hold after that is not known here.
 */

import { setTimeout as wait } from 'node:timers/promises';
import type { Command, Host, Outcome } from '../../src/core/host.ts';
import { sshHost } from '../../src/host/ssh/ssh.ts';
import type { Twin } from '../../src/twin/twin.ts';
import { tempFolder } from '../temp.ts';
import { type Front, listen, startFront } from './front.ts';
import { Scripts, wordsOf } from './scripts.ts';

/**
 * When the connection is cut: before the command reaches the node; while it is at work, which it goes on with; while it is,
 * and dies half-way, since nobody reads what it prints; or when it has ended and nobody has heard of it.
 */
export const cuts = ['before', 'during', 'half-way', 'after'] as const;
export type Cut = (typeof cuts)[number];

/** What changes the node: it can be left half done, and is not sent again unseen. */
export const changing =
  /^(pct|qm|zfs|zpool|pvesm|pveam|pveum|vzdump|apt-get|systemctl|ifreload|systemd-run) (?!(\w+ )?(exec|status|config|list|get|show|is-active|is-enabled|pending)\b)/;

export interface Point {
  readonly at: number;
  readonly what: Cut;
}

export class CutNode {
  /** What was asked since `begin`, in order. */
  asked: string[] = [];
  /** What was asked while a command that changes the node was still at work there, without its connection. */
  early: string[] = [];
  /** Whether the connection was cut since. */
  struck = false;
  readonly #front: Front;
  readonly #over: Host;
  #scripts: Scripts | undefined;
  #twin: Twin | undefined;
  #point: Point | undefined;
  #busy: string | undefined;

  static async start(): Promise<CutNode> {
    const front = await startFront();
    const node = new CutNode(front);
    const server = await listen(front.folder, (command) => node.#answer(command));
    // Nobody waits for it when the tests are over.
    server.unref();
    return node;
  }

  private constructor(front: Front) {
    this.#front = front;
    const { sshd } = front;
    this.#over = sshHost({
      ...{ label: 'node', ssh: sshd.ssh, config: sshd.config, folder: tempFolder() },
      ...{ clock: Date.now, sleep: (ms) => wait(ms / 100) },
      ...{ env: { PATH: process.env.PATH ?? '' }, nodeEnv: {} },
    });
  }

  /** The same node over ssh, for one life; the connection stays for the next one. */
  over(host: Host, twin: Twin, point?: Point): Host {
    this.asked = [];
    this.early = [];
    this.struck = false;
    this.#twin = twin;
    this.#scripts = new Scripts(host, (ms) => twin.time.sleep(ms));
    this.#point = point;
    return { ...this.#over, close: async () => {} };
  }

  async end(): Promise<void> {
    await this.#over.close();
    await this.#front.sshd.stop();
  }

  async #answer(command: Command): Promise<Outcome> {
    const words = wordsOf(command);
    const at = this.asked.push(words) - 1;
    if (this.#busy !== undefined && changing.test(this.#busy)) this.early.push(words);
    const scripts = this.#scripts;
    if (!scripts) throw new Error('nobody has begun');
    if (at !== this.#point?.at) return scripts.run(command);
    const { what } = this.#point;
    this.struck = true;
    const { sshd } = this.#front;
    if (what === 'before') {
      sshd.cut();
      return { exit: 143, stdout: '', stderr: '', ms: 0 };
    }
    if (what === 'during') {
      this.#busy = words;
      await this.#cutAndBack();
      this.#busy = undefined;
      return scripts.run(command);
    }
    if (what === 'half-way')
      this.#twin?.addFault({ match: command.argv.slice(0, 3).join(' '), nth: 1, kill: 'during' });
    const outcome = await scripts.run(command);
    this.#twin?.clearFaults();
    sshd.cut();
    return outcome;
  }

  /** Until phx has come back, and for as long as it would take to look at the node if it did not wait for this command. */
  async #cutAndBack(): Promise<void> {
    const { sshd } = this.#front;
    const came = () => sshd.log().filter((line) => line.startsWith('Accepted publickey')).length;
    const before = came();
    sshd.cut();
    for (let turn = 0; came() === before && turn < 1000; turn++) await wait(10);
    await wait(400);
  }
}
