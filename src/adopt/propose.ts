/**
 * Files for guests, such that the configuration with them has no error: what it does not take is left out of the file and
 * told; where a file cannot do without it, the guest is refused. It reads no file: whoever calls it loads.
 */

import type { ConfigProblem } from '../config/problem.ts';
import type { GuestFacts } from '../proxmox/facts.ts';
import { type Draft, draftOf } from './draft.ts';
import type { AdoptScene } from './scene.ts';

export interface Proposal {
  readonly drafts: readonly Draft[];
  /** Why there is no file, by id. */
  readonly refused: ReadonlyMap<number, string>;
}

/** Errors of the configuration with these files beside its own, by their paths. */
export type TryFiles = (files: ReadonlyMap<string, string>) => Promise<readonly ConfigProblem[]>;

export async function propose(
  guests: readonly GuestFacts[],
  scene: AdoptScene,
  tryFiles: TryFiles,
): Promise<Proposal> {
  const refused = new Map<number, string>();
  const tried = new Map<number, Try>();
  for (;;) {
    const drafts = guests.flatMap((guest): Draft[] => {
      if (refused.has(guest.id)) return [];
      const draft = draftOf(guest, scene, tried.get(guest.id));
      if (!('refused' in draft)) return [draft];
      refused.set(guest.id, draft.refused);
      return [];
    });
    if (drafts.length === 0) return { drafts, refused };
    const errors = await tryFiles(new Map(drafts.map(({ path, printed }) => [path, printed.text])));
    if (errors.length === 0) return { drafts, refused };
    const now = new Map([...tried].map(([id, one]) => [id, { ...one, without: new Map(one.without) }]));
    for (const error of errors) {
      const draft = blamed(error, drafts);
      if (!draft) continue;
      const { id } = draft.guest;
      const next = now.get(id) ?? { without: new Map<string, string>(), whole: false };
      now.set(id, next);
      if (!mend(error, draft, next, tried.get(id))) refused.set(id, error.message);
    }
    for (const [id, one] of now) tried.set(id, one);
  }
}

interface Try {
  readonly without: Map<string, string>;
  whole: boolean;
}

/** Whose file it is about; two guests may be named, and the one that came last has to give way. */
function blamed({ file, message }: ConfigProblem, drafts: readonly Draft[]): Draft | undefined {
  const own = drafts.find(({ path }) => path === file);
  const named = drafts.filter(({ guest }) =>
    new RegExp(`\\b(container|VM|guest) ${guest.id}\\b`).test(message),
  );
  return own ?? named.at(-1) ?? drafts.at(-1);
}

/** Each round leaves out a key, says a file as a whole, or finds no way, so there is an end. */
function mend(
  { file, line, message }: ConfigProblem,
  draft: Draft,
  next: Try,
  before: Try | undefined,
): boolean {
  const key = draft.path === file ? draft.printed.keyAt.get(line) : undefined;
  if (key === undefined) {
    // What stands in the defaults has no line in this file, unless it is said again.
    if (before?.whole) return false;
    next.whole = true;
    return true;
  }
  // One key may be wrong in several ways; one that was left out and is still wrong has no way out.
  if (before?.without.has(key) || key === 'id' || key === 'kind') return false;
  if (!next.without.has(key)) next.without.set(key, message);
  return true;
}
