/**
 * What the node remembers of the inside of a guest that is kept stopped, in one file beside it: its layers, and the checks
 * that held. Written when it is sealed or became a template, gone before anything in it changes. It knows no command.
 */

import type { Guest } from '../../src/config/fleet.ts';
import { digest } from '../../src/core/digest.ts';
import type { TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { type Layer, parseLayers, printLayer } from '../../src/proxmox/guest-layer.ts';
import { insidePath } from '../../src/proxmox/workspace.ts';
import { confOf, isTemplate, stateOf } from './conf.ts';
import { incarnationOf } from './known.ts';
import { fileScope } from './managed.ts';
import { hasInside } from './names.ts';

export interface InsideNote {
  readonly layers: readonly Layer[];
  /** Digest of the checks that held. */
  readonly health?: string;
}

const head = '# What phx knows of the inside of this guest while it is stopped; see docs/containers.md.';

/** Scopes that make a sweep read the note: of guests that have one. */
export function insideScopes(guest: Guest): string[] {
  return isNoted(guest) ? [fileScope(insidePath(guest.id))] : [];
}

/** Whether it is one that nobody sees into most of the time. */
export function isNoted(guest: Guest): boolean {
  const kept = guest.template || (guest.snapshot !== undefined && guest.state === 'stopped');
  return kept && hasInside(guest);
}

/**
 * The note of a stopped guest, where it is one of this very guest as it stands: of its incarnation, and with the snapshot
 * that it was written at still the last one that was taken or gone back to.
 */
export function notedInside(facts: Facts, id: number): InsideNote | undefined {
  const text = facts.files.get(insidePath(id));
  if (text === undefined || facts.guests.get(id)?.unknown || stateOf(facts, id) !== 'stopped')
    return undefined;
  const { stands, incarnation, ...note } = parseNote(text);
  const same = stands !== undefined && stands === standing(facts, id);
  return same && incarnation === incarnationOf(facts, id) ? note : undefined;
}

/** The layers in a guest as far as the node tells: seen in a running container, noted of what is kept stopped. */
export function layersKnown(facts: Facts, id: number): readonly Layer[] | undefined {
  return facts.guests.get(id)?.layers ?? notedInside(facts, id)?.layers;
}

/** Whether nobody has to start a stopped guest to know that a layer is in it; whoever says --force wants it looked at. */
export function isKnownInside(
  { forced, facts }: Pick<TaskContext<Facts>, 'forced' | 'facts'>,
  id: number,
  { name, digest: wanted }: Pick<Layer, 'name' | 'digest'>,
): boolean {
  if (forced) return false;
  const layers = notedInside(facts(), id)?.layers ?? [];
  return layers.some((layer) => layer.name === name && layer.digest === wanted);
}

/** Notes what a guest holds that was just sealed or converted. */
export async function noteInside(
  guest: Guest,
  layers: readonly Layer[],
  checks: string | undefined,
  context: TaskContext<Facts>,
): Promise<void> {
  const facts = await context.refresh([`guest:${guest.id}`]);
  const [incarnation, stands] = [incarnationOf(facts, guest.id), standing(facts, guest.id)];
  if (!isNoted(guest) || incarnation === undefined || stands === undefined) return;
  const own = guest.clone ? [{ name: 'identity', digest: incarnation, origin: guest.id }] : [];
  const lines = [
    ...[head, `incarnation ${incarnation}`, `stands ${stands}`],
    ...(checks === undefined ? [] : [`health ${checks}`]),
    ...[...layers, ...own].map(printLayer),
  ];
  const path = insidePath(guest.id);
  const text = `${lines.join('\n')}\n`;
  if (text !== (await context.readFile(path))) await context.writeFile(path, text, { scratch: true });
}

/** Before anything in a guest changes: from then on only a look into it tells. */
export async function forgetInside(context: TaskContext<Facts>, id: number): Promise<void> {
  const path = insidePath(id);
  if ((await context.readFile(path)) !== undefined) await context.removeFile(path, { scratch: true });
}

/** What the checks of a guest are known by. */
export function checksDigest(checks: unknown, scripts: Readonly<Record<string, string>>): string {
  return digest(JSON.stringify([checks, scripts]));
}

function parseNote(text: string) {
  const words = new Map(
    text.split('\n').flatMap((line) => {
      const [word = '', value, ...rest] = line.split(' ');
      return value === undefined || rest.length > 0 ? [] : [[word, value] as const];
    }),
  );
  const health = words.get('health');
  return {
    ...{ incarnation: words.get('incarnation'), stands: words.get('stands'), layers: parseLayers(text) },
    ...(health === undefined ? {} : { health }),
  };
}

/** As what a guest stands: a template for good, or what came of a snapshot. */
function standing(facts: Facts, id: number): string | undefined {
  const guest = facts.guests.get(id);
  if (!guest) return undefined;
  if (isTemplate(facts, id)) return 'template';
  const parent = confOf(guest).keys.get('parent');
  return parent === undefined ? undefined : `snapshot:${parent}`;
}
