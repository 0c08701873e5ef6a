/**
 * Guests that stand on a twin are forgotten (configuration, records and, where that is asked for, their mark) and adopted:
 * what comes of that, in this very process.
 */

import { type Proposal, propose } from '../../src/adopt/propose.ts';
import type { AdoptScene } from '../../src/adopt/scene.ts';
import { beneathGuest } from '../../src/config/beneath.ts';
import type { Fleet } from '../../src/config/fleet.ts';
import type { PhxTask } from '../../src/config/project.ts';
import { Observer } from '../../src/host/observe.ts';
import { confOf } from '../../src/proxmox/guest-conf.ts';
import { withoutMark } from '../../src/proxmox/mark.ts';
import { insidePath } from '../../src/proxmox/workspace.ts';
import { lxc } from '../../tasks/lxc/index.ts';
import { vm } from '../../tasks/vm/index.ts';
import { type Bench, tasksOf } from '../bench.ts';
import { type Files, load, problemsOf } from '../config/project.ts';

export interface Adopted {
  readonly proposal: Proposal;
  readonly fleet: Fleet;
  /** Commands that the marks took. */
  readonly marked: readonly string[];
  /** What the first run of the guests' own steps did besides looking. */
  readonly sent: readonly string[];
  readonly troubles: readonly string[];
  /** Steps that the run after it ran. */
  readonly again: readonly string[];
}

/** `files`: the project's own, without the guests. */
export async function adoptAll(bench: Bench, ids: readonly number[], files: Files): Promise<Adopted> {
  bench.stamps.clear();
  const scopes = ids.flatMap((id) => [`file:/etc/pve/firewall/${id}.fw`, `file:${insidePath(id)}`]);
  const facts = (await Observer.begin(bench.twin, scopes)).current();
  const reader = { readFile: (path: string) => files[path.replace('/project/', '')], listDir: () => [] };
  const { hypervisor } = (await load(files)).fleet;
  const scene: AdoptScene = {
    ...{ project: 'phoenix', facts },
    beneath: { ct: beneathGuest('/project', 'ct', reader), vm: beneathGuest('/project', 'vm', reader) },
    known: {
      templates: new Set(
        Object.entries(hypervisor.templates).map(([file, { storage }]) => `${storage}:vztmpl/${file}`),
      ),
      images: new Set(Object.keys(hypervisor.images)),
      guests: new Set(ids),
      storages: new Set(Object.keys(hypervisor.storage)),
      bridges: new Set(Object.keys(hypervisor.network.bridges)),
    },
  };
  const guests = ids.flatMap((id) => facts.guests.get(id) ?? []);
  const proposal = await propose(guests, scene, async (own) =>
    (await problemsOf({ ...files, ...Object.fromEntries(own) })).filter(
      ({ severity }) => severity === 'error',
    ),
  );
  const written = Object.fromEntries(proposal.drafts.map(({ path, printed }) => [path, printed.text]));
  const { fleet } = await load({ ...files, ...written });
  const named = proposal.drafts.map(({ guest }) => guest.id);
  const request = { verb: 'adopt', guests: named } as const;
  const actions = [lxc(), vm()].flatMap(
    (plugin) => plugin.actions?.({ project: 'phoenix', fleet }, request, facts) ?? [],
  );
  const targets = actions.map(({ target }) => target);
  const marks = await bench.run(actions, targets);
  for (const { id } of actions) bench.stamps.delete(id);
  const own = await ownTasks(fleet, targets);
  const first = await bench.run(own, targets);
  const second = await bench.run(own, targets);
  return {
    ...{ proposal, fleet, marked: marks.commands, sent: first.commands, again: second.done },
    troubles: [...marks.troubles, ...first.troubles],
  };
}

async function ownTasks(fleet: Fleet, targets: readonly string[]): Promise<PhxTask[]> {
  const tasks = (await tasksOf(fleet)).filter(({ target }) => targets.includes(target));
  const ids = new Set(tasks.map(({ id }) => id));
  return tasks.map((task) => ({
    ...task,
    dependencies: task.dependencies.filter((edge) => ids.has(edge.task)),
  }));
}

/** As somebody else would have made it: without our mark. */
export async function unmark(bench: Bench, id: number): Promise<void> {
  const facts = (await Observer.begin(bench.twin, [])).current();
  const guest = facts.guests.get(id);
  if (!guest) throw new Error(`no guest ${id}`);
  const text = withoutMark(confOf(guest).description);
  const argv = [guest.kind === 'ct' ? 'pct' : 'qm', 'set', String(id)];
  const said = text === '' ? ['--delete', 'description'] : ['--description', text];
  const { exit, stderr } = await bench.twin.run({ argv: [...argv, ...said] });
  if (exit !== 0) throw new Error(stderr);
}
