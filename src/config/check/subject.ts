/**
 * What the cross-object checks look at: the merged configuration with its unusable parts cut out, so that every check
 * says what it can in one go. It knows no schema and no file.
 */
import type { Json } from '../../core/json.ts';
import type { Container, Hypervisor, VirtualMachine } from '../fleet.ts';
import { isObject } from '../layer.ts';
import type { End } from '../locate.ts';
import type { Path } from '../path.ts';

/** A value of which any part may be missing. */
export type Loose<T> = T extends readonly (infer U)[]
  ? readonly Loose<U>[]
  : T extends object
    ? { readonly [K in keyof T]?: Loose<T[K]> }
    : T;

export type LooseContainer = Omit<Loose<Container>, 'id' | 'kind'> & {
  readonly id: number;
  readonly kind: 'ct';
};
export type LooseVm = Omit<Loose<VirtualMachine>, 'id' | 'kind'> & {
  readonly id: number;
  readonly kind: 'vm';
};
export type LooseGuest = LooseContainer | LooseVm;

/** A guest, or the node, as complaints name it. */
export type Owner = 'hypervisor' | number;

/** How a check speaks. Paths are those of `fleet.ts`. */
export interface Reporter {
  error(owner: Owner, path: Path, message: string, hint?: string, end?: End): void;
  warning(owner: Owner, path: Path, message: string, hint?: string, end?: End): void;
  /** `file:line` of a value, to name the other place of a conflict. */
  where(owner: Owner, path: Path): string;
}

/** Everything a check may look at. */
export interface Subjects {
  /** Undefined when its file could not be read. */
  readonly hypervisor: Loose<Hypervisor> | undefined;
  /** Names of the nodes of a cluster; none: there is but one node. */
  readonly nodes: readonly string[];
  readonly guests: readonly LooseGuest[];
  /** Ids that exist but whose files could not be read. */
  readonly unreadable: ReadonlySet<number>;
}

/** A cross-object check. */
export type Check = (subjects: Subjects, report: Reporter) => void;

/** Entries of a map whose parts may be missing. */
export function entries<T>(map: { readonly [key: string]: T | undefined } | undefined): [string, T][] {
  return Object.entries(map ?? {}).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]]));
}

/** What a guest is called: `container 950` or `VM 8001`. */
export function title(guest: LooseGuest): string {
  return `${guest.kind === 'ct' ? 'container' : 'VM'} ${guest.id}`;
}

/** A value without what lies at a path; a list is dropped whole. */
export function without(value: Json, path: Path): Json {
  const [first, ...rest] = path;
  if (first === undefined || !isObject(value)) return value;
  const key = String(first);
  const child = value[key];
  const keep = Object.entries(value).filter(([name]) => name !== key);
  if (rest.length === 0 || child === undefined || !isObject(child)) return Object.fromEntries(keep);
  return { ...value, [key]: without(child, rest) };
}
