/** Paths into config values as text (`guests.950.memory`, `hypervisor.templates["a.tar.zst"]`), and near names. It knows no value. */
import { suggest } from '../core/suggest.ts';

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
  return suggest(name, known, 1)[0];
}
