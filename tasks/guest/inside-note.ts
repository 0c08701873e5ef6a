/**
 * When a node's note of the inside of a guest is written, and when it goes: with the seal or the template that ends its making,
 * and before anything in it changes. What it says, and of what it is believed, is another file's.
 */

import type { Guest } from '../../src/config/fleet.ts';
import type { TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import type { Layer } from '../../src/proxmox/guest-layer.ts';
import { notedInside, printInside } from '../../src/proxmox/inside-note.ts';
import { insidePath } from '../../src/proxmox/workspace.ts';
import { incarnationOf } from './known.ts';
import { fileScope } from './managed.ts';
import { hasInside } from './names.ts';

/** Scopes that make a sweep read the note: of guests that have one. */
export function insideScopes(guest: Guest): string[] {
  return isNoted(guest) ? [fileScope(insidePath(guest.id))] : [];
}

/** Whether its inside is noted: a container that runs shows it to the node, a VM never does. */
function isNoted(guest: Guest): boolean {
  const sealed = guest.snapshot !== undefined && (guest.state === 'stopped' || guest.kind === 'vm');
  return (guest.template || sealed) && hasInside(guest);
}

/** Whether nobody has to start a stopped guest to know that a layer is in it; whoever says --force wants it looked at. */
export function isKnownInside(
  { forced, facts }: Pick<TaskContext<Facts>, 'forced' | 'facts'>,
  id: number,
  { name, digest }: Pick<Layer, 'name' | 'digest'>,
): boolean {
  if (forced) return false;
  const layers = notedInside(facts(), id)?.layers ?? [];
  return layers.some((layer) => layer.name === name && layer.digest === digest);
}

/** Notes what a guest holds that was just sealed or converted. */
export async function noteInside(
  guest: Guest,
  layers: readonly Layer[],
  checks: string | undefined,
  context: TaskContext<Facts>,
): Promise<void> {
  if (!isNoted(guest)) return;
  const { id } = guest;
  const facts = await context.refresh([`guest:${id}`]);
  const incarnation = guest.clone ? incarnationOf(facts, id) : undefined;
  const own = incarnation === undefined ? [] : [{ name: 'identity', digest: incarnation, origin: id }];
  const health = checks === undefined ? {} : { health: checks };
  const text = printInside(facts, id, { layers: [...layers, ...own], ...health });
  const path = insidePath(id);
  if (text === undefined || text === (await context.readFile(path))) return;
  await context.writeFile(path, text, { scratch: true });
}

/** Before anything in a guest changes: from then on only a look into it tells. */
export async function forgetInside(context: TaskContext<Facts>, id: number): Promise<void> {
  const path = insidePath(id);
  if ((await context.readFile(path)) !== undefined) await context.removeFile(path, { scratch: true });
}
