/**
 * What a node remembers of the inside of a guest, in one file beside it: its layers, and the checks that held. Builds and
 * parses text, and says of what it is to be believed; runs nothing.
 */

import { digest } from '../core/digest.ts';
import type { Facts } from './facts.ts';
import { confOf, isTemplate, markOf, stateOf } from './guest-conf.ts';
import { type Layer, parseLayers, printLayer } from './guest-layer.ts';
import { insidePath } from './workspace.ts';

export interface InsideNote {
  readonly layers: readonly Layer[];
  /** Digest of the checks that held. */
  readonly health?: string;
}

/** Which guest it is of, and as what that stood: another one of its id, or one that went back in time, is another guest. */
interface Standing {
  readonly incarnation: string;
  readonly stands: string;
}

const head = '# What phx knows of the inside of this guest as it stands; see docs/containers.md.';

/** The note of a guest as it stands now; undefined where nothing tells one of it from another. */
export function printInside(facts: Facts, id: number, { layers, health }: InsideNote): string | undefined {
  const now = standing(facts, id);
  if (!now) return undefined;
  const lines = [
    ...[head, `incarnation ${now.incarnation}`, `stands ${now.stands}`],
    ...(health === undefined ? [] : [`health ${health}`]),
    ...layers.map(printLayer),
  ];
  return `${lines.join('\n')}\n`;
}

/**
 * The note of a guest, where it is one of this very guest as it stands: of its incarnation, and with the snapshot that it was
 * written at still the last one that was taken or gone back to. Of one that runs it tells what phx itself left in there.
 */
export function notedOf(facts: Facts, id: number): InsideNote | undefined {
  const text = facts.files.get(insidePath(id));
  const now = text === undefined ? undefined : standing(facts, id);
  if (text === undefined || !now || facts.guests.get(id)?.unknown) return undefined;
  const words = new Map(
    text.split('\n').flatMap((line) => {
      const [word = '', value, ...rest] = line.split(' ');
      return value === undefined || rest.length > 0 ? [] : [[word, value] as const];
    }),
  );
  if (words.get('incarnation') !== now.incarnation || words.get('stands') !== now.stands) return undefined;
  const health = words.get('health');
  return { layers: parseLayers(text), ...(health === undefined ? {} : { health }) };
}

/** That of a guest that is stopped: one that runs is asked. */
export function notedInside(facts: Facts, id: number): InsideNote | undefined {
  return stateOf(facts, id) === 'stopped' ? notedOf(facts, id) : undefined;
}

/** The layers in a guest as far as the node tells: seen in a running container, noted of what is stopped. */
export function layersKnown(facts: Facts, id: number): readonly Layer[] | undefined {
  return facts.guests.get(id)?.layers ?? notedInside(facts, id)?.layers;
}

/** What the checks of a guest are known by. */
export function checksDigest(checks: unknown, scripts: Readonly<Record<string, string>>): string {
  return digest(JSON.stringify([checks, scripts]));
}

/** A template for good, or what came of a snapshot. */
function standing(facts: Facts, id: number): Standing | undefined {
  const guest = facts.guests.get(id);
  const incarnation = markOf(facts, id)?.incarnation;
  if (!guest || incarnation === undefined) return undefined;
  if (isTemplate(facts, id)) return { incarnation, stands: 'template' };
  const parent = confOf(guest).keys.get('parent');
  return parent === undefined ? undefined : { incarnation, stands: `snapshot:${parent}` };
}
