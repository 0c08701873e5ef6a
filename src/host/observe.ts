/** Reads a node's facts through the Host port: one sweep, then again only the parts that were touched. */

import { PhxError, whyOf } from '../core/error.ts';
import type { Host } from '../core/host.ts';
import type { FactsSource } from '../core/site.ts';
import type { Facts } from '../proxmox/facts.ts';
import { mergeFacts, parseSweep } from '../proxmox/parse-sweep.ts';
import { sweepArgv, sweepScript } from '../proxmox/sweep.ts';

const sweepDeadline = 60_000;

export class Observer implements FactsSource<Facts> {
  readonly #host: Host;
  #facts: Facts;

  private constructor(host: Host, facts: Facts) {
    this.#host = host;
    this.#facts = facts;
  }

  /** The first, whole sweep; `more` are scopes such as `file:/etc/network/interfaces`. */
  static async begin(host: Host, more: Iterable<string>): Promise<Observer> {
    const scopes = ['host', 'guests', ...new Set(more)];
    return new Observer(host, mergeFacts(undefined, scopes, await sweep(host, scopes)));
  }

  current(): Facts {
    return this.#facts;
  }

  /** Scopes as sweep.ts names them: `host`, `guests`, `guest:<id>`, `file:<path>`. */
  async refresh(scopes: readonly string[]): Promise<Facts> {
    if (scopes.length === 0) return this.#facts;
    const answer = await sweep(this.#host, scopes);
    // Laid over what is known now, not when the sweep began: another one may have ended meanwhile.
    this.#facts = mergeFacts(this.#facts, scopes, answer);
    return this.#facts;
  }
}

async function sweep(host: Host, scopes: readonly string[]) {
  const argv = sweepArgv(scopes);
  const outcome = await host.run({ argv, stdin: sweepScript, deadline: sweepDeadline, repeatable: true });
  try {
    return parseSweep(outcome.stdout);
  } catch (error) {
    throw new PhxError(
      'failed',
      {
        title: `The facts of ${host.label} cannot be read`,
        facts: [
          ['why', whyOf(error)],
          ['exit', String(outcome.exit)],
          ...(outcome.stderr ? ([['said', outcome.stderr.trim()]] as const) : []),
        ],
        hint: 'phx reads a node with one sh script; try it by hand: sh -c true.',
      },
      error,
    );
  }
}
