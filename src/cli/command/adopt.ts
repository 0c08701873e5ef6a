/**
 * `phx adopt`: writes files for guests that stand on the node, and makes them ours; only where the next plan of them is
 * empty. What it cannot say it tells.
 */

import type { Draft } from '../../adopt/draft.ts';
import { targetOf } from '../../config/task-names.ts';
import { type ExitName, PhxError } from '../../core/error.ts';
import type { GuestFacts } from '../../proxmox/facts.ts';
import { proposeFor, writeNew } from '../adopt-files.ts';
import { adoptGuests, type Outcome } from '../adopt-guests.ts';
import { type Known, subjectsOf } from '../adopt-subjects.ts';
import { draftsText, namedText, planText, refusedText } from '../adopt-text.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { closeNode, type LockOptions, type OpenedAlone, openAlone } from '../locked.ts';
import { type Opened, openNode } from '../open.ts';

export interface AdoptOptions extends GlobalOptions, LockOptions {
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
  readonly verbose?: boolean;
}

export async function adopt(io: Io, words: readonly string[], options: AdoptOptions): Promise<ExitName> {
  const alone = options.dryRun ? undefined : await openAlone(io, options);
  const opened = alone ?? (await openNode(io, options));
  try {
    return await adoptOn(io, opened, alone, words, options);
  } finally {
    await closeNode(opened, alone?.lock);
  }
}

async function adoptOn(
  io: Io,
  opened: Opened,
  alone: OpenedAlone | undefined,
  words: readonly string[],
  options: AdoptOptions,
): Promise<ExitName> {
  const subjects = subjectsOf(knownIn(opened), words);
  const { drafts, refused } = await proposeFor(opened, subjects.fresh, options);
  const kept = new Map([...subjects.refused, ...targeted(subjects.fresh, refused)]);
  if (!options.json)
    io.out.write(
      `${draftsText(drafts, options.dryRun === true)}${namedText(subjects.named)}${refusedText(kept)}`,
    );
  const guests = [...drafts.map(({ guest }) => guest), ...subjects.named].sort((a, b) => a.id - b.id);
  const outcomes =
    alone && guests.length > 0 ? await carryOut(io, alone, guests, drafts, words, options) : [];
  if (options.json) io.out.write(`${JSON.stringify(document(drafts, kept, outcomes), null, 2)}\n`);
  else if (guests.length === 0 && kept.size === 0)
    io.out.write('There is nothing to adopt: every guest of the node is in the configuration\n');
  const failed = outcomes.find(({ exit }) => exit !== 'ok' && exit !== 'blocked');
  if (failed) return failed.exit;
  return kept.size > 0 || outcomes.some(({ exit }) => exit !== 'ok') ? 'blocked' : 'ok';
}

function knownIn({ phoenix, config, facts }: Opened): Known {
  const { name: project, plugins } = phoenix;
  const { fleet } = config;
  const now = facts.current();
  const able = ({ id }: GuestFacts) =>
    plugins.some(
      ({ actions }) => (actions?.({ project, fleet }, { verb: 'adopt', guests: [id] }, now) ?? []).length > 0,
    );
  return { project, fleet, facts: now, able };
}

function targeted(guests: readonly GuestFacts[], refused: ReadonlyMap<number, string>): [string, string][] {
  return guests.flatMap((guest) => {
    const why = refused.get(guest.id);
    return why === undefined ? [] : [[targetOf(guest), why]];
  });
}

async function carryOut(
  io: Io,
  alone: OpenedAlone,
  guests: readonly GuestFacts[],
  drafts: readonly Draft[],
  words: readonly string[],
  options: AdoptOptions,
): Promise<readonly Outcome[]> {
  await confirm(io, alone, guests, words, options);
  for (const draft of drafts) writeNew(alone.root, draft);
  // Read anew, as the next run will: from the disk, with all that its tasks ask of the node.
  const again = await openNode(io, options, [], undefined, { history: alone.history, guard: async () => {} });
  try {
    // Records of a guest that left the configuration speak of what it was to be then.
    const ids = new Set(drafts.map(({ guest }) => targetOf(guest)));
    const old = [...again.stamps.all()].map(({ task }) => task);
    again.stamps.forget(old.filter((task) => ids.has(task.replace(/\/.*$/, ''))));
    const outcomes = await adoptGuests(
      io,
      { ...again, run: alone.run, lease: alone.lease },
      guests,
      words,
      options,
    );
    if (!options.json)
      for (const { target, remains, waiting } of outcomes) io.out.write(planText(target, remains, waiting));
    const left = outcomes.filter(({ remains }) => remains.length > 0).map(({ target }) => target);
    if (left.length > 0 && !options.json)
      io.out.write(
        `${left.join(', ')} ${left.length === 1 ? 'is' : 'are'} not adopted yet: edit the file until phx adopt has nothing left to do, or take the file away\n`,
      );
    return outcomes;
  } finally {
    again.stamps.close();
    await again.host.close();
  }
}

/** On a node; a simulated one is nobody's. */
async function confirm(
  io: Io,
  { host }: Opened,
  guests: readonly GuestFacts[],
  words: readonly string[],
  options: AdoptOptions,
): Promise<void> {
  if (host.kind === 'twin' || options.yes) return;
  const what = guests.length === 1 && guests[0] ? targetOf(guests[0]) : `${guests.length} guests`;
  const answer = io.interactive ? await io.ask(`Adopt ${what} on ${host.label}? [y/N] `) : '';
  if (/^y(es)?$/i.test(answer.trim())) return;
  throw new PhxError('usage', {
    title: 'Nothing was written, and nothing sent',
    hint: io.interactive ? 'You said no.' : 'Read the lines above; then say --yes.',
    command: `phx adopt ${words.join(' ')} --yes`,
  });
}

function document(
  drafts: readonly Draft[],
  refused: ReadonlyMap<string, string>,
  outcomes: readonly Outcome[],
) {
  const texts = drafts.map(({ guest, path, left, notes, printed }) => ({
    ...{ target: targetOf(guest), file: path, text: printed.text, left, notes },
  }));
  const plans = outcomes.map(({ target, exit, remains }) => ({ target, adopted: exit === 'ok', remains }));
  return { files: texts, refused: Object.fromEntries(refused), plans };
}
