/**
 * A very small shell: what `shell-parse.ts` reads, with echo, exit, test, true and false of its own. Everything else is
 * asked of the world around it. It knows no guest and no node.
 */

import { type Command, parseShell } from './shell-parse.ts';
import { literal, type Piece, type Word } from './shell-words.ts';

export interface ShellWorld {
  /** `$0`, `$1` and so on. */
  readonly args: readonly string[];
  out(text: string): void;
  err(text: string): void;
  /** Is there a file or a directory? */
  has(path: string, kind: 'any' | 'file' | 'dir'): boolean;
  /** Runs any other program, and returns how it ended. */
  run(argv: readonly string[], out: (text: string) => void, err: (text: string) => void): number;
}

const own = new Set(['echo', 'exit', 'test', '[', 'true', 'false', ':']);

/** Does the small shell know all that is in the script? `others`: programs of the world. */
export function knowsAll(script: Command, others: ReadonlySet<string>): boolean {
  return partsOf(script).every((part) => {
    if (part.kind !== 'simple') return true;
    const name = literal(part.words[0]) ?? '';
    const variables = part.words.flat().every(({ variable = '0' }) => /^[\d?#@*]$/.test(variable));
    return variables && (own.has(name) || others.has(name));
  });
}

function partsOf(part: Command): Command[] {
  const below = (): readonly (Command | undefined)[] => {
    if (part.kind === 'not') return [part.body];
    if (part.kind === 'list') return part.items;
    if (part.kind === 'chain') return [part.first, ...part.rest.map(({ body }) => body)];
    if (part.kind === 'if') return [...part.cases.flatMap(({ test, body }) => [test, body]), part.other];
    return part.kind === 'case' ? part.cases.map(({ body }) => body) : [];
  };
  return [part, ...below().flatMap((one) => (one ? partsOf(one) : []))];
}

class Exit extends Error {
  readonly code: number;
  constructor(code: number) {
    super();
    this.code = code;
  }
}

/** The exit code of a script. */
export function runShell(script: Command, world: ShellWorld): number {
  const shell = new Shell(world);
  try {
    return shell.run(script);
  } catch (error) {
    if (error instanceof Exit) return error.code;
    throw error;
  }
}

export { parseShell };

class Shell {
  readonly #world: ShellWorld;
  readonly #variables = new Map<string, string>();
  #last = 0;

  constructor(world: ShellWorld) {
    this.#world = world;
  }

  run(part: Command): number {
    this.#last = this.#run(part);
    return this.#last;
  }

  #run(part: Command): number {
    switch (part.kind) {
      case 'simple':
        return this.#simple(part);
      case 'not':
        return this.run(part.body) === 0 ? 1 : 0;
      case 'list':
        return part.items.reduce((_, item) => this.run(item), 0);
      case 'chain': {
        let code = this.run(part.first);
        for (const { and, body } of part.rest) if ((code === 0) === and) code = this.run(body);
        return code;
      }
      case 'if': {
        const chosen = part.cases.find(({ test }) => this.run(test) === 0)?.body ?? part.other;
        return chosen ? this.run(chosen) : 0;
      }
      case 'case': {
        const value = this.#text(part.word);
        const fits = (pattern: Word) =>
          new RegExp(`^${pattern.map((one) => this.#glob(one)).join('')}$`).test(value);
        const chosen = part.cases.find(({ patterns }) => patterns.some(fits));
        return chosen ? this.run(chosen.body) : 0;
      }
    }
  }

  #simple({ words, ...to }: Extract<Command, { kind: 'simple' }>): number {
    const set = words.length === 1 ? /^([A-Za-z_]\w*)=(.*)$/s.exec(this.#text(words[0] ?? [])) : undefined;
    if (set && /^\w+=/.test(words[0]?.[0]?.text ?? '')) {
      this.#variables.set(set[1] ?? '', set[2] ?? '');
      return 0;
    }
    const { out, err } = this.#world;
    const writers = { out, err, none: () => {} };
    const [name = ':', ...args] = words.flatMap((word) => this.#fields(word));
    switch (name) {
      case 'true':
      case ':':
        return 0;
      case 'false':
        return 1;
      case 'exit':
        throw new Exit(args[0] === undefined ? this.#last : Number(args[0]) & 255);
      case 'echo':
        writers[to.out](args[0] === '-n' ? args.slice(1).join(' ') : `${args.join(' ')}\n`);
        return 0;
      case '[':
        return args.at(-1) === ']' ? this.#test(args.slice(0, -1)) : 2;
      case 'test':
        return this.#test(args);
      default:
        return this.#world.run([name, ...args], writers[to.out], writers[to.err]);
    }
  }

  #test(args: readonly string[]): number {
    if (args[0] === '!') return this.#test(args.slice(1)) === 0 ? 1 : 0;
    const [a = '', b = '', c = ''] = args;
    const { has } = this.#world;
    const numbers: Readonly<Record<string, boolean>> = {
      ...{ '-eq': Number(a) === Number(c), '-ne': Number(a) !== Number(c) },
      ...{ '-lt': Number(a) < Number(c), '-le': Number(a) <= Number(c) },
      ...{ '-gt': Number(a) > Number(c), '-ge': Number(a) >= Number(c) },
    };
    const one: Readonly<Record<string, () => boolean>> = {
      ...{ '-z': () => b === '', '-n': () => b !== '' },
      ...{ '-e': () => has(b, 'any'), '-f': () => has(b, 'file'), '-d': () => has(b, 'dir') },
    };
    const good = () => {
      if (args.length === 3) return b === '=' || b === '==' ? a === c : b === '!=' ? a !== c : numbers[b];
      if (args.length === 2) return one[a]?.();
      return args.length < 2 ? a !== '' : undefined;
    };
    const answer = good();
    return answer === undefined ? 2 : answer ? 0 : 1;
  }

  #value({ text, variable = '' }: Piece): string {
    if (text !== undefined) return text;
    const { args } = this.#world;
    if (/^\d$/.test(variable)) return args[Number(variable)] ?? '';
    if (variable === '?') return String(this.#last);
    if (variable === '#') return String(Math.max(0, args.length - 1));
    return /^[@*]$/.test(variable) ? args.slice(1).join(' ') : (this.#variables.get(variable) ?? '');
  }

  #text(word: Word): string {
    return word.map((piece) => this.#value(piece)).join('');
  }

  #glob(piece: Piece): string {
    const plain = this.#value(piece).replace(/[.+^${}()|[\]\\]/g, '\\$&');
    return piece.quoted ? plain.replace(/[*?]/g, '\\$&') : plain.replace(/\*/g, '.*').replace(/\?/g, '.');
  }

  /** A variable without quotes falls into its words, and is none when it is empty. */
  #fields(word: Word): string[] {
    if (word.some(({ text, quoted }) => quoted || text !== undefined)) return [this.#text(word)];
    return this.#text(word).split(/\s+/).filter(Boolean);
  }
}
