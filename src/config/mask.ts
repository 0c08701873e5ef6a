/** Keeps what looks like a literal secret out of messages and quoted source lines. It knows no schema. */

const name = '[\\w$-]*(?:passw(?:or)?d|secret|token|passphrase|api_?key)[\\w$-]*';
/** From the begin of a word only: a line of a megabyte, a file in base64 say, is read once and not once a character. */
const member = new RegExp(
  `(?<![\\w$-])(["']?${name}["']?\\s*:\\s*)("(?:[^"\\\\]|\\\\.)*"?|'(?:[^'\\\\]|\\\\.)*'?)`,
  'gi',
);

/** Whether a key's name says that a secret belongs there. */
export function isSecretName(key: string | number): boolean {
  return new RegExp(`^${name}$`, 'i').test(String(key));
}

/** A source line with literal secrets starred out, each star for one character, so that columns stay right. */
export function maskLine(line: string): string {
  return line.replace(member, (whole, key: string, literal: string) =>
    /^["'](env:|file:|exec:)/.test(literal) ? whole : key + literal[0] + '*'.repeat(literal.length - 1),
  );
}
