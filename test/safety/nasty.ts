/** Texts that mean something to a shell, a conf file, a property list, a template or a path, each with a word to look for. */

export const canary = 'phxcanary';

export const nasty: Readonly<Record<string, string>> = {
  substitution: `$(touch ${canary})`,
  backticks: `\`touch ${canary}\``,
  'single quote': `'; touch ${canary}; '`,
  'double quote': `" && touch ${canary} "`,
  'line break': `a\n${canary}: 1`,
  'carriage return': `a\r${canary}: 1`,
  'line separator': `a\u2028${canary}: 1`,
  nul: `a\0${canary}`,
  option: `--${canary}=1`,
  'short option': `-${canary}`,
  format: `%s%n%${canary}`,
  mustache: `{{${canary}}}`,
  expansion: `\${${canary}}`,
  semicolon: `a;touch ${canary}`,
  'way up': `../../etc/${canary}`,
  'way up in a path': `/srv/../../etc/${canary}`,
  property: `a,${canary}=1`,
  comment: `a #${canary}`,
  'end of a section': `a]\n[${canary}]`,
  'very long': `${canary}${'x'.repeat(9000)}`,
};
