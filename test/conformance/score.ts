/** How many steps of each family the twin answers alike, by whose answer they show. */

import { type Played, play } from './play.ts';
import type { Recording } from './recording.ts';
import type { Speaker } from './speaker.ts';

export interface Count {
  alike: number;
  all: number;
}

export interface Scored {
  readonly recording: Recording;
  readonly played: readonly Played[];
}

export async function scoreAll(recordings: readonly Recording[]): Promise<Scored[]> {
  const scored: Scored[] = [];
  for (const recording of recordings) scored.push({ recording, played: await play(recording) });
  return scored;
}

export function countOf(scored: readonly Scored[], speaker: Speaker): Count {
  const steps = scored.flatMap(({ played }) => played.filter((step) => step.speaker === speaker));
  return { alike: steps.filter(({ differences }) => differences.length === 0).length, all: steps.length };
}

/** `100 %`, `99.8 %`: never rounded up to the whole. */
export function percent({ alike, all }: Count): string {
  if (all === 0) return '–';
  return `${Math.floor((alike / all) * 1000) / 10} %`;
}

/** A row a family, and one for all. */
export function table(scored: readonly Scored[]): string {
  const families = [...new Set(scored.map(({ recording }) => recording.family))].sort();
  const row = (name: string, of: readonly Scored[]) => {
    const own = countOf(of, 'proxmox');
    const inside = countOf(of, 'inside');
    return [
      name.padEnd(14),
      String(of.length).padStart(4),
      `${own.alike}/${own.all}`.padStart(11),
      percent(own).padStart(8),
      (inside.all === 0 ? '' : `${inside.alike}/${inside.all}`).padStart(10),
    ].join('  ');
  };
  return [
    'family          files   answers     alike      inside',
    ...families.map((family) =>
      row(
        family,
        scored.filter(({ recording }) => recording.family === family),
      ),
    ),
    row('all', scored),
  ].join('\n');
}
