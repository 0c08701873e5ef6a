/** `phx start|stop|restart|destroy|snapshot|rollback|backup`: what a person does with guests, in the order they rest on each other. */

import type { ActionRequest, ActionVerb, PhxTask } from '../../config/project.ts';
import { type ExitName, PhxError } from '../../core/error.ts';
import { parkedWords, parkings } from '../../proxmox/parking.ts';
import { confirm } from '../confirm-action.ts';
import { guestsAlong, guestsNamed, guestTitle } from '../guest-words.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { closeNode, type LockOptions, type OpenedAlone, openAlone } from '../locked.ts';
import { type Opened, openNode } from '../open.ts';
import { noPoints, standingPoints } from '../points.ts';
import { runTasks } from '../run-tasks.ts';
import { snapshotsText } from '../snapshots-text.ts';

export interface ActOptions extends GlobalOptions, LockOptions {
  readonly jobs?: number;
  readonly yes?: boolean;
  /** Just what was named, not what rests on it. */
  readonly only?: boolean;
  readonly storage?: string;
  /** With `destroy`: data volumes are parked instead of destroyed. */
  readonly keepVolumes?: boolean;
  readonly json?: boolean;
  readonly plain?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
}

/** `name` is that of a snapshot. */
export async function act(
  io: Io,
  verb: ActionVerb,
  words: readonly string[],
  options: ActOptions & { readonly name?: string },
): Promise<ExitName> {
  // Without a name, points to go back to are only listed.
  const looks = verb === 'rollback' && options.name === undefined;
  const alone = looks ? undefined : await openAlone(io, options);
  const opened = alone ?? (await openNode(io, options));
  try {
    const known = { ...opened, fleet: opened.config.fleet, facts: opened.facts.current() };
    const named = guestsNamed(known, words);
    const points = verb === 'rollback' ? await standingPoints(io, opened, named) : noPoints;
    if (!alone) {
      io.out.write(snapshotsText(known.facts, named, points));
      return 'ok';
    }
    const along = options.only ? [] : guestsAlong(known, verb, named);
    const request: ActionRequest = {
      ...{ verb, guests: [...named, ...along] },
      ...nameOf(io, verb, options.name),
      ...(options.storage ? { storage: options.storage } : {}),
      ...(options.keepVolumes ? { keepVolumes: true } : {}),
    };
    const tasks = opened.phoenix.plugins.flatMap(
      (plugin) =>
        plugin.actions?.({ project: opened.phoenix.name, fleet: known.fleet }, request, known.facts) ?? [],
    );
    refuseUnbuilt(known, request, tasks);
    await confirm(io, opened, request, along, points, options);
    return await carryOut(io, alone, request, tasks, words, options);
  } finally {
    await closeNode(opened, alone?.lock);
  }
}

/** A snapshot that nobody named is called by the time: `manual-20261124-041500`. */
function nameOf(io: Io, verb: ActionVerb, name: string | undefined): { name?: string } {
  if (name !== undefined && !/^[a-zA-Z][\w-]{1,39}$/.test(name)) {
    throw new PhxError('usage', {
      title: `${name} is no name of a snapshot`,
      hint: 'Letters, digits, - and _, at most 40, a letter first (B27).',
    });
  }
  if (verb !== 'snapshot' || name !== undefined) return name === undefined ? {} : { name };
  const time = new Date(io.clock()).toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-');
  return { name: `manual-${time}` };
}

type Known = Parameters<typeof guestTitle>[0];

function refuseUnbuilt(known: Known, request: ActionRequest, tasks: readonly PhxTask[]): void {
  const able = new Set(tasks.map(({ target }) => Number(target.slice(5))));
  const unable = request.guests.filter((id) => !able.has(id));
  if (unable.length === 0) return;
  throw new PhxError('usage', {
    title: `No plugin can ${request.verb} ${unable.map((id) => guestTitle(known, id)).join(', ')}`,
    hint: 'Nothing was done. The phoenixfile lists the plugins: lxc() is for containers, vm() for VMs.',
  });
}

async function carryOut(
  io: Io,
  opened: OpenedAlone,
  request: ActionRequest,
  tasks: readonly PhxTask[],
  typed: readonly string[],
  options: ActOptions,
): Promise<ExitName> {
  return runTasks(io, opened, tasks, [request.verb, ...typed], options, () => {
    if (request.verb === 'destroy') forget(opened, request.guests);
    return afterwards(opened, request);
  });
}

/** What was recorded of a guest that is gone says nothing any more. */
function forget({ stamps, facts }: Opened, guests: readonly number[]): void {
  const gone = guests.filter((id) => !facts.current().guests.has(id)).map(String);
  const tasks = [...stamps.all()].map(({ task }) => task);
  stamps.forget(tasks.filter((task) => gone.includes(/^(?:ctid|vmid):(\d+)\//.exec(task)?.[1] ?? '')));
}

/** What the next run will make of it. */
function afterwards({ config, facts }: Opened, { verb, guests, keepVolumes }: ActionRequest): string[] {
  if (keepVolumes) {
    const parked = parkings(facts.current()).filter(({ of }) => guests.includes(of));
    return parked.flatMap(({ of, volumes }) =>
      [...volumes].map(
        ([key, value]) =>
          `parked: ${parkedWords(key, value)} of ctid:${of}; phx run ctid:${of} brings it back`,
      ),
    );
  }
  const state = verb === 'stop' ? 'running' : verb === 'start' ? 'stopped' : undefined;
  const other = guests.filter(
    (id) => state !== undefined && config.fleet.guests[String(id)]?.state === state,
  );
  if (other.length === 0) return [];
  const target = (id: number) => `${config.fleet.guests[String(id)]?.kind === 'vm' ? 'vmid' : 'ctid'}:${id}`;
  const word = verb === 'stop' ? 'starts' : 'stops';
  const key = verb === 'stop' ? 'stopped' : 'running';
  return [`the next run ${word} ${other.map(target).join(', ')} again; to keep it so: state: '${key}'`];
}
