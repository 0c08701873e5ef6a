/** Words as a POSIX shell reads them back. */

/** A word that a shell takes for exactly this text; left as it is where no shell would touch it. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
