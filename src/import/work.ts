/** What all parts of an import share: the account, the files that are being put together, what templates there are. */

import type { Path } from '../config/path.ts';
import type { Json } from '../core/json.ts';
import { Draft } from './draft.ts';
import type { Ledger, Old } from './ledger.ts';

/** What is known of a layer's template. */
export interface KnownTemplate {
  readonly requires: readonly string[];
  readonly params: Readonly<Record<string, { readonly type: string }>>;
}

/** What the project and phx have that a configuration may name. */
export interface Known {
  /** By layer name: `feature:docker`, `app:qdrant`. */
  readonly templates: ReadonlyMap<string, KnownTemplate>;
  /** Texts of the check scripts that phx ships, by file name. */
  readonly checks: ReadonlyMap<string, string>;
}

/** Containers and VMs. */
export type Kind = 'ct' | 'vm';

/** A guest on its way: what the old file says of it, and what will be written. */
export interface Guest {
  readonly id: number;
  readonly kind: Kind;
  readonly old: Old;
  readonly draft: Draft;
  /** The one that it is cloned from. */
  source: Guest | undefined;
  readonly gpus: readonly number[];
}

/** One import: what it knows, and what it has put together so far. */
export class Work {
  readonly ledger: Ledger;
  readonly known: Known;
  readonly hypervisor = new Draft('hypervisor', 'config/hypervisor.json5');
  readonly defaults = new Draft('defaults', 'config/defaults.json5');
  readonly guests = new Map<number, Guest>();
  /** Further files by path, such as check scripts. */
  readonly extra = new Map<string, string>();
  /** Secrets that have to be given before the first run: reference → what for. */
  readonly secrets = new Map<string, string>();

  constructor(ledger: Ledger, known: Known) {
    this.ledger = ledger;
    this.known = known;
  }

  /** Says something that the old files did not. */
  add(draft: Draft, path: Path, value: Json, why: string): void {
    this.ledger.add(draft.set(path, value), why);
  }

  /** The same where a person has to look whether it is right. */
  guess(draft: Draft, path: Path, value: Json, why: string): void {
    this.ledger.guess(draft.set(path, value), why);
  }

  /** A reference to a secret in the place of one that stood in clear text. */
  secret(old: Old, draft: Draft, path: Path, variable: string, what: string): void {
    const reference = `env:${variable}`;
    this.secrets.set(reference, what);
    old.repair(
      draft.set(path, { secret: reference }),
      `a secret has no place in a file: give it as ${variable}, or name a file: or exec: reference`,
    );
  }

  /** Members of a section of the node. */
  section(...path: string[]): [string, Json][] {
    const value = this.hypervisor.get(path);
    return value !== null && typeof value === 'object' ? Object.entries(value as Record<string, Json>) : [];
  }

  isSource(guest: Guest): boolean {
    return [...this.guests.values()].some(({ source }) => source === guest);
  }

  /** Whether the guest, or what it is cloned from, has one of these things. */
  inherits(guest: Guest, has: (guest: Guest) => boolean): boolean {
    for (let at: Guest | undefined = guest; at !== undefined; at = at.source) if (has(at)) return true;
    return false;
  }
}
