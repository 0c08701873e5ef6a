/** What was read of a guest's conf: the fields of its file, and what a file cannot say. Pure. */

import type { Json } from '../core/json.ts';
import type { GuestConf } from '../proxmox/conf.ts';

/** What phx leaves as it finds it, since a file cannot say it. */
export interface Left {
  readonly key: string;
  /** Absent where nobody is to read it: of secrets. */
  readonly value?: string;
  readonly why: string;
}

export interface Reading {
  /** In the form in which files are written, in their order. */
  readonly fields: Map<string, Json>;
  readonly left: Left[];
  /** Keys that phx would have a wish for, and leaves alone. */
  readonly ignore: Set<string>;
  /** Why there can be no file of this guest at all. */
  refused?: string;
}

export function emptyReading(): Reading {
  return { fields: new Map(), left: [], ignore: new Set() };
}

/** The keys that hold from the next start on: what waits for it stands in the place of what holds until then. */
export function effectiveKeys(conf: GuestConf): Map<string, string> {
  const keys = new Map([...conf.keys, ...conf.pending.keys]);
  for (const key of conf.pendingDelete) keys.delete(key);
  return keys;
}

/** What Proxmox keeps for itself in a conf, and nobody wishes. */
export const ownKeys =
  /^(lock|parent|digest|snaptime|snapstate|vmstate|runningmachine|runningcpu|meta|cores0)$/;

/** GiB of a volume, where files can say it: whole ones. */
export function wholeSize(gibibytes: number | undefined): number | undefined {
  return gibibytes !== undefined && Number.isInteger(gibibytes) && gibibytes >= 1 ? gibibytes : undefined;
}

/** net2 before net10. */
export function byNumber([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  const parts = (key: string) => /^(.*?)(\d*)$/.exec(key) ?? [];
  const [, nameA = '', numberA = ''] = parts(a);
  const [, nameB = '', numberB = ''] = parts(b);
  if (nameA !== nameB) return nameA < nameB ? -1 : 1;
  return Number(numberA) - Number(numberB);
}
