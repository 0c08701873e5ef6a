/** What guests are adopted against: the node as it was seen, and what the configuration has already. Pure data. */

import type { Fields } from '../config/layer.ts';
import type { Facts } from '../proxmox/facts.ts';
import type { KnownOrigins } from './origin.ts';

export interface AdoptScene {
  readonly project: string;
  readonly facts: Facts;
  /** Layers below the file of a guest of each kind, merged, as files are written. */
  readonly beneath: { readonly ct: Fields; readonly vm: Fields };
  readonly known: Described;
}

/** What the configuration describes. */
export interface Described extends KnownOrigins {
  readonly storages: ReadonlySet<string>;
  readonly bridges: ReadonlySet<string>;
}
