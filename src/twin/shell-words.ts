/** Words of a script for the twin's small shell: quotes, variables, operators. It knows no command and runs nothing. */

/** A part of a word: text, or a variable by its name. */
export interface Piece {
  readonly text?: string;
  readonly variable?: string;
  readonly quoted: boolean;
}
export type Word = readonly Piece[];

export type Token = Word | string;

/** There is more in a script than the small shell knows. */
export class Unreadable extends Error {}

const operator = /^(?:&&|\|\||;;|[;\n()|]|1?>&2|2>&1|[12]?>[ \t]*\/dev\/null)/;
const variable = /^\$(?:\{(\w+)\}|(\d|[?#@*]|[A-Za-z_]\w*))/;

/** Words, and operators as they are written. */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let rest = text.replace(/\\\n/g, '');
  while (rest !== '') {
    const blank = /^(?:[ \t\r]+|#[^\n]*)/.exec(rest)?.[0];
    const sign = operator.exec(rest)?.[0];
    if (blank !== undefined) rest = rest.slice(blank.length);
    else if (sign !== undefined) {
      tokens.push(sign.replace(/[ \t]/g, ''));
      rest = rest.slice(sign.length);
    } else {
      const { word, length } = wordOf(rest);
      tokens.push(word);
      rest = rest.slice(length);
    }
  }
  return tokens;
}

/** The word that the text begins with. */
function wordOf(text: string): { word: Word; length: number } {
  const word: Piece[] = [];
  let at = 0;
  let quoted = false;
  while (at < text.length) {
    const rest = text.slice(at);
    if (!quoted && /^[\s;()|&]/.test(rest)) break;
    const single = quoted ? undefined : /^'([^']*)'/.exec(rest);
    const name = variable.exec(rest);
    const escaped = (quoted ? /^\\(["\\$`])/ : /^\\([^\n])/).exec(rest);
    const plain = (quoted ? /^[^"\\$`]+|^\\/ : /^[^\s;()|&'"\\$`<>]+/).exec(rest);
    if (rest.startsWith('"')) {
      quoted = !quoted;
      word.push({ text: '', quoted: true });
      at += 1;
    } else if (single) {
      word.push({ text: single[1] ?? '', quoted: true });
      at += single[0].length;
    } else if (name) {
      word.push({ variable: name[1] ?? name[2] ?? '', quoted });
      at += name[0].length;
    } else if (escaped) {
      word.push({ text: escaped[1] ?? '', quoted: true });
      at += escaped[0].length;
    } else if (plain) {
      word.push({ text: plain[0], quoted });
      at += plain[0].length;
    } else throw new Unreadable();
  }
  if (quoted || at === 0) throw new Unreadable();
  return { word, length: at };
}

/** A word as it is written, when nothing in it is quoted or a variable. */
export function literal(token: Token | undefined): string | undefined {
  if (token === undefined || typeof token === 'string') return undefined;
  const bare = token.every((piece) => piece.text !== undefined && !piece.quoted);
  return bare ? token.map((piece) => piece.text).join('') : undefined;
}
