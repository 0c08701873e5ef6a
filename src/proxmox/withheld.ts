/** What of a sweep is kept back where it is shown: passwords of guests, and files that say they hold secrets. Pure. */

/** How a file of phx says so, in its mark. */
export const secretNote = 'It holds secrets.';

const withheld = '(withheld)';

/**
 * The sweep without the hash of any password in a conf and without the texts of such files, their marks apart. The format
 * is that of `sweep.ts`: a line beginning with `@` opens a section, one with `|` is its content.
 */
export function withholdSecrets(sweep: string): string {
  const sections = sweep.split(/^(?=@)/m);
  return sections
    .map((section) => (section.startsWith('@file ') ? fileOf(section) : confOf(section)))
    .join('');
}

function fileOf(section: string): string {
  const lines = section.split('\n');
  const mark = lines.findIndex((line) => line.startsWith('|') && line.endsWith(secretNote));
  if (mark < 0) return section;
  return [...lines.slice(0, mark + 1), `|# ${withheld}`, ''].join('\n');
}

function confOf(section: string): string {
  return section.startsWith('@guest ') ? section.replace(/^(\|cipassword: ).*$/gm, `$1${withheld}`) : section;
}
