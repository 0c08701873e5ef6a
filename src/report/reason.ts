/** Why a task runs, in words that fit on its line. Pure functions over reasons. */
import type { Reason } from '../core/event.ts';
import { oneLine } from './words.ts';

const longest = 60;

/** One reason, such as `memory: 72000 → 65536`, `never ran` or `drifted memory: 65536 → 32768`. */
export function reasonWords(reason: Reason): string {
  const { key } = reason;
  const from = value(reason.from);
  const to = value(reason.to);
  const named = key === undefined ? '' : ` ${oneLine(key)}`;
  const change = from !== undefined && to !== undefined ? `: ${from} → ${to}` : '';
  switch (reason.why) {
    case 'never-ran':
      return 'never ran';
    case 'interrupted':
      return 'interrupted';
    case 'forced':
      return 'forced';
    case 'failed':
      return `failed before${to === undefined ? '' : `: ${to}`}`;
    case 'changed':
      if (key === undefined) return `changed${change}`;
      if (key === 'recreate') return `recreate ${to ?? ''}`.trim();
      if (key === 'parked') return `parked: ${to ?? ''}`;
      if (key === 'restart') return `restart for ${to ?? 'what waits'}`;
      // Two digests side by side tell nobody anything.
      if (key.startsWith('text:') || key.startsWith('file:')) return `${oneLine(key.slice(5))} changed`;
      if (key.startsWith('result:')) return `${oneLine(key.slice(7))} gave a new result`;
      return change === '' ? `changed${named}` : `${oneLine(key)}${change}`;
    case 'added':
      return `added${named}${to === undefined ? '' : `: ${to}`}`;
    case 'removed':
      return `removed${named}${from === undefined ? '' : ` (was ${from})`}`;
    case 'missing':
      return `missing${named}${from === undefined ? '' : ` (was ${from})`}`;
    case 'drifted':
      return `drifted${named}${change}`;
    case 'rolled-back':
      return `rolled back${named}`;
  }
}

/** All reasons on one line; the first `most` in full. */
export function reasonsWords(reasons: readonly Reason[], most = 4): string {
  const words = reasons.slice(0, most).map(reasonWords);
  if (reasons.length > most) words.push(`and ${reasons.length - most} more`);
  return words.join(', ');
}

function value(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  return text === '' ? "''" : oneLine(text, longest);
}
