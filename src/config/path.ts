/** Paths into config values as text (`guests.950.memory`, `hypervisor.templates["a.tar.zst"]`), and near names. It knows no value. */

/** Keys and indices from the root of a document. */
export type Path = readonly (string | number)[];

/** The text of a path: names joined by dots, a name with special characters as `["…"]`. */
export function formatPath(path: Path): string {
  let text = '';
  for (const part of path) {
    const name = String(part);
    if (name === '' || /[.[\]"=\s]/.test(name)) text += `[${JSON.stringify(name)}]`;
    else text += text === '' ? name : `.${name}`;
  }
  return text;
}

/** Reads what `formatPath` writes; undefined when the text is no path. */
export function parsePath(text: string): string[] | undefined {
  const parts: string[] = [];
  let rest = text;
  while (rest !== '') {
    const quoted = /^\[("(?:[^"\\]|\\.)*")\]/.exec(rest);
    const plain = /^[^.[\]"=\s]+/.exec(rest);
    if (quoted?.[1] !== undefined) {
      const name = unquote(quoted[1]);
      if (name === undefined) return undefined;
      parts.push(name);
    } else if (plain) parts.push(plain[0]);
    else return undefined;
    rest = rest.slice((quoted ?? plain)?.[0].length ?? 0);
    if (rest.startsWith('.')) {
      rest = rest.slice(1);
      if (rest === '') return undefined;
    } else if (rest !== '' && !rest.startsWith('[')) return undefined;
  }
  return parts.length === 0 ? undefined : parts;
}

function unquote(text: string): string | undefined {
  try {
    return String(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** The known name nearest to a mistyped one, when it is near enough to be meant. */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = Math.max(1, Math.floor(name.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase(), least);
    if (distance < least) {
      best = candidate;
      least = distance;
    }
  }
  return best;
}

/** Edits (insert, delete, replace, swap of neighbours) between two texts; gives up at `limit`. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min((previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (previous[j - 1] ?? 0) + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        least = Math.min(least, (before[j - 2] ?? 0) + 1);
      }
      row.push(least);
    }
    before = previous;
    previous = row;
  }
  return previous[b.length] ?? limit;
}
