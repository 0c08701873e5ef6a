/** Small words that every report shares: durations, steps, marks and colours. Pure; it knows no event. */

/** Colours as functions of text; without colour they return it as it is. Meaning is always in the text too. */
export interface Paint {
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly warn: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly bold: (text: string) => string;
}

/** Marks before a task, different in shape and not only in colour. */
export const marks = {
  done: '✓',
  failed: '✗',
  outdated: '~',
  blocked: '!',
  cancelled: '-',
  running: '›',
} as const;

/** The colours of a terminal, or none. */
export function paint(colour: boolean): Paint {
  const wrap = (open: number, close: number) => (text: string) =>
    colour && text !== '' ? `\u001b[${open}m${text}\u001b[${close}m` : text;
  return { good: wrap(32, 39), bad: wrap(31, 39), warn: wrap(33, 39), dim: wrap(2, 22), bold: wrap(1, 22) };
}

/** `0.4s`, `2m 05s`, `1h 02m`. */
export function duration(ms: number): string {
  const tenths = Math.round(ms / 100);
  if (tenths < 600) return `${(tenths / 10).toFixed(1)}s`;
  const seconds = Math.round(ms / 1000);
  const two = (count: number) => String(count).padStart(2, '0');
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${two(seconds % 60)}s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)}h ${two(minutes % 60)}m`;
}

/** A task's id without its target: `configure` of `ctid:950/configure`. */
export function stepOf(task: string, target: string): string {
  return task.startsWith(`${target}/`) ? task.slice(target.length + 1) : task;
}

/** `1 task`, `2 tasks`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** The text on one line, without control characters, cut at `width` with an ellipsis. */
export function oneLine(text: string, width = Number.POSITIVE_INFINITY): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  const plain = text.replace(/\r?\n/g, '⏎').replace(/\u001b\[[0-9;]*[A-Za-z]|[\u0000-\u001f\u007f]/g, '');
  if (plain.length <= width) return plain;
  return width < 1 ? '' : `${plain.slice(0, width - 1)}…`;
}
