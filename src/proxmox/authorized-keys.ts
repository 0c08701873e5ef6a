/** The text of an authorized_keys file (sshd(8)): a block of our own among a person's lines. Pure text. */

const begin = '# Managed by phx: begin (changes up to its end are put back at the next run)';
const end = '# Managed by phx: end';

/** The lines of our block; undefined when there is none. */
export function ownKeys(text: string): string[] | undefined {
  const lines = text.split('\n');
  const from = lines.indexOf(begin);
  const to = lines.indexOf(end, from);
  return from < 0 || to < 0 ? undefined : lines.slice(from + 1, to);
}

/** The file with exactly these keys in our block; without keys it has no block. Other lines stay as they are. */
export function withOwnKeys(text: string, keys: readonly string[]): string {
  const lines = linesOf(text);
  const from = lines.indexOf(begin);
  const to = lines.indexOf(end, from);
  const others = from < 0 || to < 0 ? lines : [...lines.slice(0, from), ...lines.slice(to + 1)];
  return textOf(keys.length === 0 ? others : [...others, begin, ...keys, end]);
}

/** The file with those of the keys added that it lacks; nothing is taken away. */
export function withKeys(text: string, keys: readonly string[]): string {
  return textOf([...linesOf(text), ...missingKeys(text, keys)]);
}

/** Those of the keys that the file lacks: one is the same key whatever its comment and options say. */
export function missingKeys(text: string, keys: readonly string[]): string[] {
  const words = new Set(text.split('\n').flatMap((line) => (line.startsWith('#') ? [] : line.split(/\s+/))));
  return keys.filter((key) => !words.has(key.split(/\s+/)[1] ?? ''));
}

function linesOf(text: string): string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n');
}

function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}
