/** "Did you mean": the names nearest to what was typed. Pure. */

import { distance } from 'fastest-levenshtein';

/** Up to `most` known names that are close to `name`, nearest first. */
export function suggest(name: string, known: Iterable<string>, most = 3): string[] {
  if (name === '') return [];
  const limit = Math.max(2, Math.floor(name.length / 3));
  const near: [far: number, candidate: string][] = [];
  for (const candidate of known) {
    if (Math.abs(candidate.length - name.length) > limit && !candidate.startsWith(name)) continue;
    const far = candidate.startsWith(name) ? 1 : distance(name.toLowerCase(), candidate.toLowerCase());
    if (far <= limit) near.push([far, candidate]);
  }
  near.sort((a, b) => a[0] - b[0] || (a[1] < b[1] ? -1 : 1));
  return near.slice(0, most).map(([, candidate]) => candidate);
}

/** `did you mean a or b?`, or undefined when nothing is near. */
export function didYouMean(name: string, known: Iterable<string>): string | undefined {
  const near = suggest(name, known);
  return near.length === 0 ? undefined : `did you mean ${near.join(' or ')}?`;
}
