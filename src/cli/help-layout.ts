/** How help is laid out: parts with a blank line between them, wrapped to the width of the terminal. It knows no command. */

/** Lines longer than this are hard to read, however wide the terminal is. */
const widest = 100;

/** A term, and what it means. */
export type Row = readonly [string, string];

export interface Paper {
  readonly columns: number;
  /** Headings in bold. */
  readonly colour: boolean;
}

export class Page {
  readonly #parts: string[] = [];
  readonly #width: number;
  readonly #colour: boolean;

  constructor({ columns, colour }: Paper) {
    this.#width = Math.max(40, Math.min(columns, widest));
    this.#colour = colour;
  }

  text(text: string): void {
    this.#parts.push(wrapped(text, this.#width).join('\n'));
  }

  /** Terms and what they mean, the meanings below each other. */
  rows(heading: string | undefined, rows: readonly Row[], least = 0): void {
    if (rows.length === 0) return;
    const width = Math.max(least, ...rows.map(([term]) => term.length));
    const indent = ' '.repeat(width + 4);
    const lines = rows.flatMap(([term, words]) => {
      const [first = '', ...rest] = wrapped(words, this.#width - indent.length);
      return [`  ${term.padEnd(width)}  ${first}`.trimEnd(), ...rest.map((line) => indent + line)];
    });
    this.#parts.push([...(heading ? [this.#bold(heading)] : []), ...lines].join('\n'));
  }

  /** As they are typed; what is behind a ` # ` stands below each other. */
  examples(lines: readonly string[]): void {
    const pairs = lines.map((line) => line.split(' # ', 2));
    const width = Math.max(...pairs.map(([typed = '', why]) => (why ? typed.length : 0)));
    const rows = pairs.map(([typed = '', why]) =>
      why ? `  $ ${typed.padEnd(width)}  # ${why}` : `  $ ${typed}`,
    );
    this.#parts.push([this.#bold('Examples:'), ...rows].join('\n'));
  }

  toString(): string {
    return `${this.#parts.join('\n\n')}\n`;
  }

  #bold(text: string): string {
    return this.#colour ? `\u001b[1m${text}\u001b[22m` : text;
  }
}

/** Lines that are not longer than this, where a word is not. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + word.length + 1 > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
