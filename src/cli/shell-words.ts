/** A typed line as words, with quotes and backslashes as a shell reads them. Pure. */

/** Undefined where only a shell could tell what is meant: pipes, variables, several commands, patterns. */
export function wordsOf(line: string): string[] | undefined {
  const words: string[] = [];
  const piece = /\s+|'([^']*)'|"((?:[^"\\$`]|\\.)*)"|\\(.)|([^\s'"\\|&;<>()$`*?[\]#~]+)/sy;
  let word: string | undefined;
  for (let at = 0; at < line.length; at = piece.lastIndex) {
    piece.lastIndex = at;
    const found = piece.exec(line);
    if (!found) return undefined;
    const [, single, double, escaped, plain] = found;
    const text = single ?? double?.replace(/\\([\\"$`])/g, '$1') ?? escaped ?? plain;
    if (text !== undefined) word = (word ?? '') + text;
    else if (word !== undefined) {
      words.push(word);
      word = undefined;
    }
  }
  return word === undefined ? words : [...words, word];
}
