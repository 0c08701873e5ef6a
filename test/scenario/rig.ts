/** A temporary copy of the sample fleet and the built `phx` to drive in it: what a person has, without the terminal. */

import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PlanDocument } from '../../src/cli/plan-document.ts';
import type { RunEvent } from '../../src/core/event.ts';
import type { TwinState } from '../../src/twin/state.ts';
import { tempFolder } from '../temp.ts';
import { worldOf } from '../world.ts';

const repository = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const program = join(repository, 'dist', 'phx.js');

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export type Of<T extends RunEvent['type']> = Extract<RunEvent, { type: T }>;

export class Project {
  readonly root: string;

  private constructor(root: string) {
    this.root = root;
  }

  /** The sample fleet, nothing built. */
  static fleet(): Project {
    const root = tempFolder();
    for (const part of ['config', 'templates', 'phoenixfile.ts']) {
      cpSync(join(repository, part), join(root, part), { recursive: true });
    }
    mkdirSync(join(root, 'node_modules'));
    symlinkSync(repository, join(root, 'node_modules', 'phoenix-orchestrator'), 'dir');
    return new Project(root);
  }

  /** An independent copy, with all that was built. */
  copy(): Project {
    const root = tempFolder();
    cpSync(this.root, root, { recursive: true, verbatimSymlinks: true });
    return new Project(root);
  }

  phx(...words: string[]): Ended {
    return this.phxWith({}, ...words);
  }

  /** Runs phx with further environment variables. */
  phxWith(env: Readonly<Record<string, string>>, ...words: string[]): Ended {
    const ended = spawnSync(process.execPath, [program, ...words], {
      cwd: this.root,
      encoding: 'utf8',
      input: '',
      timeout: 120_000,
      env: { PATH: process.env.PATH, HOME: this.root, NO_COLOR: '1', ...env },
    });
    return { code: ended.status, out: ended.stdout, err: ended.stderr };
  }

  /** Runs phx where no file may be larger than so many blocks of 512 bytes. */
  phxWithin(blocks: number, ...words: string[]): Ended {
    const limited = `trap '' XFSZ; ulimit -f ${blocks}; exec "$@"`;
    const ended = spawnSync('sh', ['-c', limited, 'sh', process.execPath, program, ...words], {
      cwd: this.root,
      encoding: 'utf8',
      input: '',
      timeout: 60_000,
      env: { PATH: process.env.PATH, HOME: this.root, NO_COLOR: '1' },
    });
    return { code: ended.status, out: ended.stdout, err: ended.stderr };
  }

  /** Starts phx and leaves it running. */
  start(...words: string[]): ChildProcess {
    return spawn(process.execPath, [program, ...words], {
      cwd: this.root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env.PATH, HOME: this.root, NO_COLOR: '1' },
    });
  }

  /** Runs with `--json` and answers the events; the run has to end well unless another code is expected. */
  run(words: readonly string[], code = 0): Events {
    const ended = this.phx('run', ...words, '--json');
    assert.equal(ended.code, code, `${ended.err}\n${ended.out.split('\n').slice(-4).join('\n')}`);
    return new Events(
      ended.out.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as RunEvent])),
    );
  }

  plan(...words: string[]): PlanDocument {
    const ended = this.phx('plan', ...words, '--json');
    assert.equal(ended.code, 0, ended.err);
    return JSON.parse(ended.out) as PlanDocument;
  }

  read(path: string): string {
    return readFileSync(join(this.root, path), 'utf8');
  }

  write(path: string, text: string): void {
    writeFileSync(join(this.root, path), text);
  }

  remove(path: string): void {
    rmSync(join(this.root, path), { recursive: true });
  }

  /** Replaces one piece of a file; it has to be there. */
  edit(path: string, from: string, to: string): void {
    const text = this.read(path);
    assert.ok(text.includes(from), `${path} does not contain ${from}`);
    this.write(path, text.replace(from, to));
  }

  /** The last name in a folder, in order. */
  lastOf(folder: string): string {
    return readdirSync(folder).sort().at(-1) ?? '';
  }

  /** The file of a guest, by its id. */
  guest(id: number): string {
    const name = readdirSync(join(this.root, 'config', 'guests')).find((file) => file.startsWith(`${id}-`));
    return join('config', 'guests', name ?? '');
  }

  /** The simulated node, as two equal builds leave it. */
  world(): unknown {
    return worldOf(JSON.parse(this.read('.cache/twin/state.json')) as TwinState);
  }
}

/** The events of one run, asked by type. */
export class Events {
  readonly all: readonly RunEvent[];

  constructor(all: readonly RunEvent[]) {
    this.all = all;
  }

  of<T extends RunEvent['type']>(type: T): Of<T>[] {
    return this.all.filter((event): event is Of<T> => event.type === type);
  }

  /** Ids of the tasks that ended in this way, sorted. */
  tasks(type: 'done' | 'fresh' | 'kept' | 'failed' | 'outdated' | 'blocked' | 'cancelled'): string[] {
    return this.of(type)
      .map(({ task }) => task)
      .sort();
  }

  /** Every changing command that ran, in order; without the digests of confs, which no test can foresee. */
  get commands(): string[] {
    return this.all.flatMap((event) =>
      event.type === 'done' || event.type === 'failed'
        ? event.commands.map(({ argv }) => argv.join(' ').replace(/ --digest [0-9a-f]{40}$/, ''))
        : [],
    );
  }

  get summary(): Of<'summary'> {
    const last = this.all.at(-1);
    assert.equal(last?.type, 'summary');
    return last as Of<'summary'>;
  }
}

let built: Project | undefined;

/** The whole fleet, built once and copied for each test. */
export function builtFleet(): Project {
  if (!built) {
    built = Project.fleet();
    built.run(['all', '-j', '8']);
  }
  return built.copy();
}
