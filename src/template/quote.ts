/**
 * How a value becomes text inside a script: quoted as shell words, as JSON, as a command-line option, or bare when it
 * is a plain word. Pure functions; they know no template language. A `QuoteError` says what to write instead.
 */

/** A value that has no safe text in the form asked for. */
export class QuoteError extends Error {
  override readonly name = 'QuoteError';
  /** Which of several values it is about; the last one when it does not say. */
  argument: number | undefined;
}

/**
 * Characters that mean themselves to a shell, to systemd, nginx and YAML alike: no blank, quote, `$`, `%`, `;`, `=`,
 * glob or bracket, and neither a leading `-` (an option), `:` nor `.` alone.
 */
const plainWord = /^[A-Za-z0-9_/][A-Za-z0-9_/.:@,+-]*$/;

/** Whether the text may stand in a script without quotes. */
export function isPlainWord(text: string): boolean {
  return plainWord.test(text);
}

/** The value as it stands; only numbers, booleans and plain words have such a form. */
export function bare(value: unknown): string {
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  if (typeof value === 'string' && isPlainWord(value)) return value;
  if (value === null) throw new QuoteError('has no value here: guard it with {{#if …}}');
  if (typeof value === 'string') throw new QuoteError(`${show(value)} is not a plain word: use {{sh …}}`);
  throw new QuoteError(`is ${kindOf(value)}, not a plain word: use {{sh …}} or {{#each …}}`);
}

/** The value as POSIX shell words: text in single quotes, an array as one word an element. */
export function shellWords(value: unknown): string {
  if (Array.isArray(value)) return value.map(shellWord).join(' ');
  return shellWord(value);
}

/** One text in single quotes, whatever it holds. */
export function singleQuote(text: string): string {
  if (text.includes('\0')) throw new QuoteError('holds a NUL character, which no command line can carry');
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/**
 * A command-line option: `true` gives the bare flag, `false` and no value give nothing, an array the flag with one
 * word an element.
 */
export function optionWords(name: unknown, value: unknown): string {
  if (typeof name !== 'string' || !/^--?[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name))
    throw new QuoteError(`${show(name)} is no option name`);
  if (value === null || value === false) return '';
  if (value === true) return name;
  if (Array.isArray(value) && value.length === 0) return '';
  return `${name} ${shellWords(value)}`;
}

/** The value as JSON on one line, with the keys of every object sorted. */
export function jsonText(value: unknown): string {
  return JSON.stringify(sorted(value));
}

/** Texts and numbers joined to one text; it still has to be quoted where it is used. */
export function concat(values: readonly unknown[]): string {
  return each(values, scalar).join('');
}

/** Applies a quoting function to each value; its error says which one it was. */
export function each(values: readonly unknown[], quote: (value: unknown) => string): string[] {
  return values.map((value, index) => {
    try {
      return quote(value);
    } catch (error) {
      if (error instanceof QuoteError) error.argument = index;
      throw error;
    }
  });
}

function shellWord(value: unknown): string {
  return typeof value === 'number' ? bare(value) : singleQuote(scalar(value));
}

function scalar(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value)))
    return String(value);
  if (value === null) throw new QuoteError('has no value here: guard it with {{#if …}}');
  throw new QuoteError(`is ${kindOf(value)}, where a text, a number or a boolean is wanted`);
}

/** A copy with the keys of every object in order, so that equal values have equal text. */
export function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]));
}

/** What kind of value this is, in words for a message. */
export function kindOf(value: unknown): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  return typeof value === 'string' ? 'a text' : `a ${typeof value}`;
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
