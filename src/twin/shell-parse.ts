/**
 * Reads the scripts that the twin's small shell can run: words with quotes and variables, `&&`, `||`, `!`, `;`, `if`, `case`
 * and output to standard error or nowhere. Anything else makes a script unreadable. It runs nothing.
 */

import { literal, type Token, tokensOf, Unreadable, type Word } from './shell-words.ts';

export type Command =
  | { readonly kind: 'simple'; readonly words: readonly Word[]; readonly out: Target; readonly err: Target }
  | { readonly kind: 'not'; readonly body: Command }
  | {
      readonly kind: 'chain';
      readonly first: Command;
      readonly rest: readonly { and: boolean; body: Command }[];
    }
  | { readonly kind: 'list'; readonly items: readonly Command[] }
  | {
      readonly kind: 'if';
      readonly cases: readonly { test: Command; body: Command }[];
      readonly other?: Command;
    }
  | {
      readonly kind: 'case';
      readonly word: Word;
      readonly cases: readonly { patterns: Word[]; body: Command }[];
    };
export type Target = 'out' | 'err' | 'none';

/** Undefined where there is more in the script than the small shell knows. */
export function parseShell(text: string): Command | undefined {
  try {
    const parser = new Parser(tokensOf(text));
    const list = parser.list([]);
    return parser.ended() ? list : undefined;
  } catch (error) {
    if (error instanceof Unreadable) return undefined;
    throw error;
  }
}

const keywords = new Set('if then elif else fi case in esac for while until do done { } function'.split(' '));

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  ended(): boolean {
    return this.#at >= this.#tokens.length;
  }

  /** Commands up to one of these words, or up to the end. */
  list(ends: readonly string[]): Command {
    const items: Command[] = [];
    for (;;) {
      while (this.#take(';') || this.#take('\n'));
      if (this.ended() || ends.some((word) => this.#is(word))) return { kind: 'list', items };
      items.push(this.#chain());
      if (!this.ended() && ![';', '\n', ...ends].some((word) => this.#is(word))) throw new Unreadable();
    }
  }

  #chain(): Command {
    const first = this.#command();
    const rest: { and: boolean; body: Command }[] = [];
    for (;;) {
      const and = this.#take('&&');
      if (!and && !this.#take('||')) return rest.length === 0 ? first : { kind: 'chain', first, rest };
      while (this.#take('\n'));
      rest.push({ and, body: this.#command() });
    }
  }

  #command(): Command {
    if (this.#take('!')) return { kind: 'not', body: this.#command() };
    if (this.#take('if')) return this.#if();
    if (this.#take('case')) return this.#case();
    const words: Word[] = [];
    let [out, err]: [Target, Target] = ['out', 'err'];
    for (; !this.ended(); this.#at++) {
      const token = this.#tokens[this.#at] ?? '';
      if (typeof token !== 'string') words.push(token);
      else if (/^1?>&2$/.test(token)) out = err;
      else if (token === '2>&1') err = out;
      else if (/^1?>\/dev\/null$/.test(token)) out = 'none';
      else if (token === '2>/dev/null') err = 'none';
      else break;
    }
    const name = literal(words[0]);
    const globbed = words.some((word) =>
      word.some(({ text, quoted }) => !quoted && /[*?~]/.test(text ?? '')),
    );
    if (words.length === 0 || globbed || (name !== undefined && keywords.has(name))) throw new Unreadable();
    return { kind: 'simple', words, out, err };
  }

  #if(): Command {
    const cases: { test: Command; body: Command }[] = [];
    do {
      const test = this.list(['then']);
      this.#need('then');
      cases.push({ test, body: this.list(['elif', 'else', 'fi']) });
    } while (this.#take('elif'));
    const other = this.#take('else') ? this.list(['fi']) : undefined;
    this.#need('fi');
    return { kind: 'if', cases, ...(other ? { other } : {}) };
  }

  #case(): Command {
    const word = this.#word();
    this.#need('in');
    const cases: { patterns: Word[]; body: Command }[] = [];
    for (;;) {
      while (this.#take('\n'));
      if (this.#take('esac')) return { kind: 'case', word, cases };
      this.#take('(');
      const patterns = [this.#word()];
      while (this.#take('|')) patterns.push(this.#word());
      this.#need(')');
      cases.push({ patterns, body: this.list([';;', 'esac']) });
      this.#take(';;');
    }
  }

  #word(): Word {
    const token = this.#tokens[this.#at++];
    if (token === undefined || typeof token === 'string') throw new Unreadable();
    return token;
  }

  #is(word: string): boolean {
    const token = this.#tokens[this.#at];
    return token === word || literal(token) === word;
  }

  #take(word: string): boolean {
    if (this.ended() || !this.#is(word)) return false;
    this.#at++;
    return true;
  }

  #need(word: string): void {
    if (!this.#take(word)) throw new Unreadable();
  }
}
