/** The guests of all nodes as one map that never changes: made of one map a node, so that a change costs what its node has. */

import type { GuestFacts } from '../proxmox/facts.ts';

export class GuestsOfNodes implements ReadonlyMap<number, GuestFacts> {
  readonly #parts: ReadonlyMap<string, ReadonlyMap<number, GuestFacts>>;
  /** Id → the node that it was last seen on: where to look first. Shared by all versions, and only a hint. */
  readonly #seen: Map<number, string>;

  constructor(parts: ReadonlyMap<string, ReadonlyMap<number, GuestFacts>>, seen = new Map<number, string>()) {
    this.#parts = parts;
    this.#seen = seen;
  }

  /** The same with these in the place of what that part held. */
  with(name: string, part: ReadonlyMap<number, GuestFacts>): GuestsOfNodes {
    return new GuestsOfNodes(new Map([...this.#parts, [name, part]]), this.#seen);
  }

  /** The guests of one node. */
  of(name: string): ReadonlyMap<number, GuestFacts> | undefined {
    return this.#parts.get(name);
  }

  get size(): number {
    let size = 0;
    for (const part of this.#parts.values()) size += part.size;
    return size;
  }

  get(id: number): GuestFacts | undefined {
    const hint = this.#parts.get(this.#seen.get(id) ?? '')?.get(id);
    if (hint) return hint;
    for (const [name, part] of this.#parts) {
      const found = part.get(id);
      if (found === undefined) continue;
      this.#seen.set(id, name);
      return found;
    }
    return undefined;
  }

  has(id: number): boolean {
    return this.get(id) !== undefined;
  }

  *entries(): MapIterator<[number, GuestFacts]> {
    for (const part of this.#parts.values()) yield* part.entries();
  }

  *keys(): MapIterator<number> {
    for (const part of this.#parts.values()) yield* part.keys();
  }

  *values(): MapIterator<GuestFacts> {
    for (const part of this.#parts.values()) yield* part.values();
  }

  [Symbol.iterator](): MapIterator<[number, GuestFacts]> {
    return this.entries();
  }

  forEach(each: (guest: GuestFacts, id: number, all: ReadonlyMap<number, GuestFacts>) => void): void {
    for (const [id, guest] of this) each(guest, id, this);
  }
}
