/** The account of an import as data: what became of each value, and where it stands at last. */

import type { Path } from '../config/path.ts';
import type { Json } from '../core/json.ts';
import type { Draft } from './draft.ts';
import type { Entry, Fate } from './ledger.ts';
import type { Work } from './work.ts';

/** One value of the old files, or something that was added to them, and what became of it. */
export interface ReportEntry {
  readonly fate: Fate;
  readonly from?: { readonly file: string; readonly path: Path; readonly value?: Json };
  readonly to: readonly { readonly file: string; readonly path: Path }[];
  readonly why?: string;
}

/** What an import comes to. */
export interface Imported {
  /** Path from the project's folder → text. */
  readonly files: ReadonlyMap<string, string>;
  readonly entries: readonly ReportEntry[];
  /** Environment variables that have to be given: reference → what for. */
  readonly secrets: ReadonlyMap<string, string>;
  readonly guests: number;
}

/** An entry as data: places as files and paths, and as dropped what has no place any more. */
export function reported(work: Work, { fate, file, path, value, to, why }: Entry): ReportEntry {
  const places = to.flatMap(({ draft, path: at }) => placeIn(work, draft, at) ?? []);
  const seen = new Set<string>();
  const isGone = to.length > 0 && places.length === 0;
  const reasons = isGone ? [...why, 'left out with what it belonged to'] : why;
  return {
    fate: isGone ? 'dropped' : fate,
    ...(file === undefined || path === undefined
      ? {}
      : { from: { file, path, ...(value === undefined ? {} : { value }) } }),
    to: places.filter((place) => !seen.has(JSON.stringify(place)) && seen.add(JSON.stringify(place))),
    ...(reasons.length === 0 ? {} : { why: reasons.join('; ') }),
  };
}

/** What several guests brought along is told once. */
export function eachOnce(entries: readonly ReportEntry[]): ReportEntry[] {
  const seen = new Set<string>();
  return entries.filter((entry) => {
    const key = JSON.stringify(entry);
    return !seen.has(key) && seen.add(key);
  });
}

/** Where a value stands at last: what guests share has moved to the defaults, and some of it was taken back. */
function placeIn(work: Work, draft: Draft, path: Path): { file: string; path: Path } | undefined {
  if (draft.has(path)) return { file: draft.file, path };
  const guest = [...work.guests.values()].find((one) => one.draft === draft);
  const shared = guest === undefined ? path : [guest.kind, ...path];
  return work.defaults.has(shared) ? { file: work.defaults.file, path: shared } : undefined;
}
