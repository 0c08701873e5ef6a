/** A temporary copy of the example with three nodes, and the built `phx` to drive in it. */

import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { PlanDocument } from '../../src/cli/plan-document.ts';
import type { RunEvent } from '../../src/core/event.ts';
import { type Ended, repository, runInProcess, runInThread } from '../scenario/program.ts';
import { tempFolder } from '../temp.ts';

export class ClusterProject {
  readonly root = tempFolder();

  /** Nothing built. */
  constructor() {
    cpSync(join(repository, 'examples', 'cluster'), this.root, { recursive: true });
    mkdirSync(join(this.root, 'node_modules'));
    symlinkSync(repository, join(this.root, 'node_modules', 'phoenix-orchestrator'), 'dir');
  }

  /** The same configuration and the same nodes on another machine, which has no records of its own. */
  colleague(): ClusterProject {
    const other = new ClusterProject();
    cpSync(join(this.root, 'config'), join(other.root, 'config'), { recursive: true });
    mkdirSync(join(other.root, '.cache'));
    symlinkSync(join(this.root, '.cache', 'twin'), join(other.root, '.cache', 'twin'), 'dir');
    return other;
  }

  phx(...words: string[]): Ended {
    return runInThread({ cwd: this.root, env: this.#env, words });
  }

  /** One that may be killed. */
  phxAlone(...words: string[]): Ended {
    return runInProcess({ cwd: this.root, env: this.#env, words });
  }

  /** The run's events; it has to end with this code. */
  run(words: readonly string[], code = 0): RunEvent[] {
    const { code: ended, out, err } = this.phx('run', ...words, '--json');
    assert.equal(ended, code, `${err}\n${out.split('\n').slice(-4).join('\n')}`);
    return out.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as RunEvent]));
  }

  /** Runs, and answers the commands and file writes, a line each, without digests. */
  sent(words: readonly string[], code = 0): string[] {
    return this.run(words, code).flatMap((event) =>
      event.type === 'done' || event.type === 'failed'
        ? event.commands.map(({ argv }) => argv.join(' ').replace(/ --digest \w+$/, ''))
        : [],
    );
  }

  plan(...words: string[]): PlanDocument {
    const { code, out, err } = this.phx('plan', ...words, '--json');
    assert.equal(code, 0, err);
    return JSON.parse(out) as PlanDocument;
  }

  /** What a command prints on a node. */
  on(node: string, ...argv: string[]): string {
    return this.phx('twin', 'exec', '--node', node, '--', ...argv).out;
  }

  node(name: string, wish: 'up' | 'down' | 'isolated' | 'joined'): void {
    const { code, err } = this.phx('twin', 'node', name, wish);
    assert.equal(code, 0, err);
  }

  /** Lets time pass for all nodes, and has them notice it every ten seconds. */
  pass(seconds: number): void {
    for (let passed = 0; passed < seconds; passed += 10) {
      this.later(10);
      this.on('pve1', 'touch', '/tmp/passed');
    }
  }

  /** It is so many seconds later, and no node has noticed yet. */
  later(seconds: number): void {
    const file = join(this.root, '.cache', 'twin', 'cluster.json');
    const state = JSON.parse(readFileSync(file, 'utf8')) as { ahead?: number };
    writeFileSync(file, JSON.stringify({ ...state, ahead: (state.ahead ?? 0) + seconds * 1000 }));
  }

  /** Target → its state, as `phx status` tells it. */
  states(): Record<string, string> {
    const { out } = this.phx('status', '--json');
    const { targets } = JSON.parse(out) as { targets: { target: string; state: string }[] };
    return Object.fromEntries(targets.map(({ target, state }) => [target, state]));
  }

  /** Puts a text of the configuration in the place of another one. */
  edit(path: string, from: string, to: string): void {
    const file = join(this.root, 'config', path);
    const text = readFileSync(file, 'utf8');
    assert.ok(text.includes(from), `${path} does not say ${from}`);
    writeFileSync(file, text.replace(from, to));
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.root, path)), { recursive: true });
    writeFileSync(join(this.root, path), text);
  }

  get #env() {
    return { PATH: process.env.PATH, HOME: this.root, NO_COLOR: '1' };
  }
}
