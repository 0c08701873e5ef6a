/** A bench for shell scripts: a folder with fake programs first in its PATH, and every shell of this machine. */

import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { tempFolder } from '../temp.ts';

const folders = ['/usr/bin', '/bin', '/usr/sbin', '/sbin'];

/** `sh`, and each of dash, bash and busybox that this machine has. */
export const shells: readonly (readonly string[])[] = [
  ['sh'],
  ...[['dash'], ['bash', '--posix'], ['bash'], ['busybox', 'sh']].filter(
    ([program = '']) => pathOf(program) !== undefined,
  ),
];

/** Where a program of this machine lies. */
function pathOf(program: string): string | undefined {
  return folders.map((folder) => join(folder, program)).find((path) => existsSync(path));
}

export class Bench {
  readonly root = tempFolder();
  readonly #bin = `${this.root}.bin`;

  constructor() {
    mkdirSync(this.#bin);
    process.on('exit', () => {
      for (const path of [this.root, this.#bin]) rmSync(path, { recursive: true, force: true });
    });
  }

  /** Writes a file below the root, its folder with it. */
  file(path: string, text: string): void {
    const place = join(this.root, path);
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, text);
  }

  folder(path: string): void {
    mkdirSync(join(this.root, path), { recursive: true });
  }

  /** A symbolic link below the root; its target stands as it is. */
  link(path: string, target: string): void {
    const place = join(this.root, path);
    mkdirSync(dirname(place), { recursive: true });
    symlinkSync(target, place);
  }

  /** A program of this name that is this sh script. */
  program(name: string, script: string): void {
    const path = join(this.#bin, name);
    writeFileSync(path, `#!/bin/sh\n${script}\n`);
    chmodSync(path, 0o755);
  }

  /** The machine's own programs of these names; the bench has no others than these and its own. */
  only(...names: readonly string[]): void {
    for (const name of names) {
      const path = pathOf(name);
      if (path !== undefined) symlinkSync(path, join(this.#bin, name));
    }
  }

  /** Runs an argv with the bench's programs in front of the machine's, or alone. */
  run(argv: readonly string[], input: string, { alone = false, env = {} as Record<string, string> } = {}) {
    const [program = '', ...args] = argv;
    const path = alone ? this.#bin : [this.#bin, ...folders].join(':');
    const ended = spawnSync(pathOf(program) ?? program, args, {
      input,
      encoding: 'utf8',
      cwd: this.root,
      env: { PATH: path, ...env },
    });
    return { exit: ended.status, stdout: ended.stdout, stderr: ended.stderr };
  }
}
