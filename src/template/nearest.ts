/** The known name that somebody probably meant. A pure function over names. */

/** The candidate with the fewest edits away, or undefined when none is near. */
export function nearest(name: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined;
  let least = Math.max(1, Math.floor(name.length / 3)) + 1;
  const sameLength = (candidate: string) => candidate.length === name.length;
  for (const candidate of candidates) {
    const edits = distance(name, candidate);
    const closer =
      edits < least || (edits === least && best !== undefined && sameLength(candidate) && !sameLength(best));
    if (closer) [best, least] = [candidate, edits];
  }
  return best;
}

// Inserted, lost, replaced and swapped letters count one each.
function distance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped =
        a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? (before[j - 2] ?? Infinity) + 1 : Infinity;
      next.push(Math.min(replaced, swapped, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    [before, row] = [row, next];
  }
  return row[b.length] ?? 0;
}
