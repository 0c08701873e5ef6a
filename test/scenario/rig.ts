/** A temporary copy of the sample fleet and the built `phx` to drive in it: what a person has, without the terminal. */

import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { PlanDocument } from '../../src/cli/plan-document.ts';
import type { RunEvent } from '../../src/core/event.ts';
import type { TwinState } from '../../src/twin/state.ts';
import { tempFolder } from '../temp.ts';
import { worldOf } from '../world.ts';
import { digestOf } from './digest.ts';
import { Events } from './events.ts';
import { host, inTheirTime, overSsh, ssh, wordsFor } from './over-ssh.ts';
import { type Ended, program, repository, runInProcess, runInThread } from './program.ts';

export type { Ended };

/** With PHX_PROCESSES=all every run is a process of its own. */
const processesOnly = process.env.PHX_PROCESSES === 'all';

/** What the sample fleet consists of, in the repository. */
const sample = ['config', 'templates', 'phoenixfile.ts'];

export class Project {
  readonly root: string;
  readonly #env: Readonly<Record<string, string | undefined>>;
  /** Whether a fault may wait here that kills the process of phx. */
  #deadly = false;

  private constructor(root: string) {
    this.root = root;
    this.#env = { PATH: process.env.PATH, HOME: root, NO_COLOR: '1', ...inTheirTime };
  }

  /** The sample fleet, nothing built. */
  static fleet(): Project {
    const root = tempFolder();
    for (const part of sample) {
      cpSync(join(repository, part), join(root, part), { recursive: true });
    }
    mkdirSync(join(root, 'node_modules'));
    symlinkSync(repository, join(root, 'node_modules', 'phoenix-orchestrator'), 'dir');
    ssh?.leadOverSsh(root);
    return new Project(root);
  }

  /** The same with what any command keeps of texts and templates, for processes that would all have to load them anew. */
  static known(): Project {
    known ??= Project.fleet();
    if (!existsSync(join(known.root, '.cache'))) known.phx('list');
    return known.copy();
  }

  /** A folder that is a project already. */
  static at(root: string): Project {
    return new Project(root);
  }

  /** An independent copy, with all that was built. */
  copy(): Project {
    const root = tempFolder();
    cpSync(this.root, root, { recursive: true, verbatimSymlinks: true });
    ssh?.leadOverSsh(root);
    const copy = new Project(root);
    copy.#deadly = this.#deadly;
    return copy;
  }

  /** Runs phx: in a thread, which starts in no time, or in a process while a fault waits here that kills it. */
  phx(...typed: string[]): Ended {
    const words = wordsFor(typed);
    const start = { cwd: this.root, env: this.#env, words, ahead: ssh?.ahead };
    const ended = this.#deadly || processesOnly ? runInProcess(start) : runInThread(start);
    if (ended.code === null) this.#deadly = false;
    if (words[0] === 'twin' && words.includes('--kill')) this.#deadly = true;
    return ended;
  }

  /** Runs phx as a process, with further environment variables. */
  phxWith(env: Readonly<Record<string, string>>, ...typed: string[]): Ended {
    return runInProcess({ cwd: this.root, env: { ...this.#env, ...env }, words: wordsFor(typed) });
  }

  /** Runs phx as a process that reads this from its standard input. */
  phxTyping(input: string, ...typed: string[]): Ended {
    return runInProcess({ cwd: this.root, env: this.#env, words: wordsFor(typed), input });
  }

  /** Runs phx where no file may be larger than so many blocks of 512 bytes. */
  phxWithin(blocks: number, ...words: string[]): Ended {
    const limited = `trap '' XFSZ; ulimit -f ${blocks}; exec "$@"`;
    const ended = spawnSync('sh', ['-c', limited, 'sh', process.execPath, program, ...wordsFor(words)], {
      cwd: this.root,
      encoding: 'utf8',
      input: '',
      timeout: 60_000,
      env: this.#env,
    });
    return { code: ended.status, out: ended.stdout, err: ended.stderr };
  }

  /** Starts phx and leaves it running. */
  start(...words: string[]): ChildProcess {
    return spawn(process.execPath, [program, ...wordsFor(words)], {
      cwd: this.root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: this.#env,
    });
  }

  /** Runs with `--json` and answers the events; the run has to end well unless another code is expected. */
  run(words: readonly string[], code = 0): Events {
    const ended = this.phx('run', ...words, '--json');
    assert.equal(ended.code, code, `${ended.err}\n${ended.out.split('\n').slice(-4).join('\n')}`);
    const events = new Events(
      ended.out.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as RunEvent])),
    );
    for (const { hostKind } of events.of('planned')) assert.equal(hostKind, host.kind);
    return events;
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
    if (path === 'phoenixfile.ts' && text.includes("host: 'twin',")) ssh?.leadOverSsh(this.root);
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

let known: Project | undefined;
let built: Project | undefined;

/** The whole fleet, built once for all test files of this very program and sample, and copied for each test. */
export function builtFleet(): Project {
  built ??= keptFleet();
  return built.copy();
}

/** What was built lies in .cache/tests, under the digest of all that it was made of and by. */
function keptFleet(): Project {
  const parts = [...sample, 'dist'].map((part) => join(repository, part));
  // Who was built over ssh is another host to phx: its records say nothing of the twin as such, nor the other way round.
  const kind = overSsh ? 'fleet-over-ssh-' : 'fleet-';
  const name = `${kind}${digestOf(parts).slice(0, 16)}`;
  const folder = join(repository, '.cache', 'tests');
  const kept = join(folder, name);
  if (existsSync(kept)) return Project.at(kept);
  mkdirSync(folder, { recursive: true });
  for (const old of readdirSync(folder))
    if (/^[a-f0-9]{16}/.test(old.slice(kind.length)) && old.startsWith(kind) && !old.startsWith(name))
      rmSync(join(folder, old), { recursive: true, force: true });
  const fresh = Project.fleet();
  fresh.run(['all', '-j', '8']);
  const draft = `${kept}.${process.pid}`;
  cpSync(fresh.root, draft, { recursive: true, verbatimSymlinks: true });
  try {
    renameSync(draft, kept);
  } catch {
    // Another test file was first: theirs is the same.
    rmSync(draft, { recursive: true });
  }
  return fresh;
}
