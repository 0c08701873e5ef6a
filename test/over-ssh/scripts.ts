/**
 * A twin that is asked over ssh: the few scripts by which the ssh host reads and writes files and follows detached commands
 * act on the twin's files; everything else is a command for the twin.
 */

import type { Command, Host, Outcome } from '../../src/core/host.ts';
import { endScript, followScript, removeFilesScript, startScript } from '../../src/host/ssh/detached.ts';
import { noSuchFile, readScript, removeScript, writeScript } from '../../src/host/ssh/files.ts';

interface Detached {
  readonly aborting: AbortController;
  outcome?: Outcome;
}

/** What a command is about, for people: the scripts by what they do. */
export function wordsOf({ argv }: Command): string {
  const [sh, option, script = '', , ...words] = argv;
  const name = sh === 'sh' && option === '-c' ? names.get(script) : undefined;
  return (name === undefined ? argv : [name, ...words]).join(' ').split('\n')[0] ?? '';
}

const names = new Map([
  [readScript, 'read'],
  [writeScript, 'write'],
  [removeScript, 'remove'],
  [startScript, 'start'],
  [followScript, 'follow'],
  [endScript, 'end'],
  [removeFilesScript, 'forget'],
]);

/** What the file `shell` makes of a connection that only proves that it comes through. */
const reachWord = 'reach';

const well: Outcome = { exit: 0, stdout: '', stderr: '', ms: 0 };

export class Scripts {
  readonly #twin: Host;
  readonly #sleep: (ms: number) => Promise<void>;
  readonly #detached = new Map<string, Detached>();

  /** `sleep` in the twin's time. */
  constructor(twin: Host, sleep: (ms: number) => Promise<void>) {
    this.#twin = twin;
    this.#sleep = sleep;
  }

  async run(command: Command): Promise<Outcome> {
    const [sh, option, script, , path = '', ...words] = command.argv;
    if (command.argv.join(' ') === reachWord) return this.#reach();
    if (sh !== 'sh' || option !== '-c') return this.#twin.run(command);
    switch (script) {
      case readScript: {
        const text = await this.#twin.readFile(path);
        return text === undefined ? { ...well, exit: noSuchFile } : { ...well, stdout: text };
      }
      case writeScript:
        await this.#twin.writeFile(path, command.stdin ?? '', { mode: Number.parseInt(words[0] ?? '', 8) });
        return well;
      case removeScript:
        await this.#twin.removeFile(path);
        return well;
      case startScript:
        if (!this.#detached.has(path)) this.#start(path, words);
        return well;
      case followScript:
        return { ...well, stdout: await this.#follow(path, Number(words[0]), Number(words[1])) };
      case endScript:
        this.#detached.get(path)?.aborting.abort();
        return well;
      case removeFilesScript:
        this.#detached.delete(path);
        return well;
      default:
        return this.#twin.run(command);
    }
  }

  async #reach(): Promise<Outcome> {
    try {
      await this.#twin.reach();
      return well;
    } catch (error) {
      return { ...well, exit: 255, stderr: `${error instanceof Error ? error.message : error}\n` };
    }
  }

  #start(path: string, argv: readonly string[]): void {
    const detached: Detached = { aborting: new AbortController() };
    this.#detached.set(path, detached);
    void this.#twin.run({ argv, signal: detached.aborting.signal }).then((outcome) => {
      detached.outcome = outcome;
    });
  }

  /** What the script would print: how much is new, and whether it has ended. */
  async #follow(path: string, out: number, err: number): Promise<string> {
    const { outcome } = this.#detached.get(path) ?? {};
    if (!outcome) {
      await this.#sleep(1000);
      return '0 0 -\n';
    }
    const fresh = [outcome.stdout, outcome.stderr].map((text, at) =>
      Buffer.from(text).subarray([out, err][at]),
    );
    const [stdout = Buffer.alloc(0), stderr = Buffer.alloc(0)] = fresh;
    return `${stdout.length} ${stderr.length} ${outcome.exit}\n${stdout}${stderr}`;
  }
}
