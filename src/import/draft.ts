/** A configuration file while it is being put together: a tree of values and remarks beside them. It knows no key. */

import { formatPath, type Path } from '../config/path.ts';
import type { Json } from '../core/json.ts';

/** A place in a file that is being put together. */
export interface Target {
  readonly draft: Draft;
  readonly path: Path;
}

type Branch = { [key: string]: Json };

/** A file that is being put together; paths are those that its text will have. */
export class Draft {
  /** `hypervisor`, `defaults`, or `guests.<id>`. */
  readonly name: string;
  /** Path of the file from the project's folder. */
  file: string;
  /** Stands above everything. */
  readonly head: string[] = [];
  readonly #root: Branch = {};
  readonly #notes = new Map<string, { readonly path: Path; readonly texts: string[] }>();

  constructor(name: string, file: string) {
    this.name = name;
    this.file = file;
  }

  get root(): { readonly [key: string]: Json } {
    return this.#root;
  }

  at(path: Path): Target {
    return { draft: this, path };
  }

  get(path: Path): Json | undefined {
    let value: Json | undefined = this.#root;
    for (const part of path) {
      if (value === null || typeof value !== 'object' || !Object.hasOwn(value, part)) return undefined;
      value = (value as Branch)[String(part)];
    }
    return value;
  }

  has(path: Path): boolean {
    return this.get(path) !== undefined;
  }

  /** Sets a value; objects on the way to it are made. */
  set(path: Path, value: Json): Target {
    const last = String(path.at(-1));
    let branch = this.#root;
    for (const part of path.slice(0, -1).map(String)) {
      const own = Object.hasOwn(branch, part) ? branch[part] : undefined;
      const next: Branch =
        typeof own === 'object' && own !== null && !Array.isArray(own) ? (own as Branch) : {};
      if (next !== own) define(branch, part, next);
      branch = next;
    }
    define(branch, last, value);
    return this.at(path);
  }

  /** Takes a value out, with the objects that it leaves empty. */
  drop(path: Path): void {
    const parent = path.slice(0, -1);
    const branch = parent.length === 0 ? this.#root : (this.get(parent) as Branch | undefined);
    if (branch === undefined) return;
    delete branch[String(path.at(-1))];
    if (parent.length > 0 && Object.keys(branch).length === 0) this.drop(parent);
  }

  /** A remark that stands above the value, or above the nearest one that it would lie in. */
  note(path: Path, text: string): void {
    const key = formatPath(path);
    const own = this.#notes.get(key) ?? { path, texts: [] };
    if (!own.texts.includes(text)) own.texts.push(text);
    this.#notes.set(key, own);
  }

  /** Whether something is remarked at the place, or below it. */
  isNoted(path: Path): boolean {
    return [...this.#notes.values()].some(({ path: own }) => path.every((part, at) => own[at] === part));
  }

  /** Remarks by the place above which they can stand; the empty place is the top of the file. */
  notes(): ReadonlyMap<string, readonly string[]> {
    const settled = new Map<string, string[]>();
    for (const { path, texts } of this.#notes.values()) {
      let place = path;
      while (place.length > 0 && !this.has(place)) place = place.slice(0, -1);
      const key = formatPath(place);
      settled.set(key, [...(settled.get(key) ?? []), ...texts]);
    }
    return settled;
  }
}

/** Also of a name such as `__proto__`, which is a key like any other. */
function define(branch: Branch, key: string, value: Json): void {
  Object.defineProperty(branch, key, { value, writable: true, enumerable: true, configurable: true });
}
