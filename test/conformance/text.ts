/** What of a text counts: line by line, with placeholders, and without what the recordings call volatile. */

import type { Placeholders } from './placeholders.ts';

const volatileLine = /^(disk|diskread|diskwrite|maxdisk|mem|netin|netout|swap|uptime|pid|cpu): /;

/** `<progress>` stands for one or more lines; of figures of `status --verbose` only their names count. */
export function sameLines(want: string, got: string, holders: Placeholders): boolean {
  const wanted = tidy(want);
  const given = tidy(got);
  let at = 0;
  for (let n = 0; n < wanted.length; n++) {
    const line = wanted[n] ?? '';
    if (line === '<progress>') {
      const next = wanted[n + 1];
      at++;
      while (at < given.length && (next === undefined || !holders.matches(next, given[at] ?? ''))) at++;
      continue;
    }
    const found = given[at++];
    if (found === undefined) return false;
    const key = volatileLine.exec(line)?.[0];
    if (key !== undefined ? !found.startsWith(key) : !holders.matches(line, found)) return false;
  }
  return at === given.length;
}

/** Lines without Perl's positions, lxc's own words, usage after its first line, widths of tables. */
function tidy(text: string): string[] {
  return text
    .replace(/^Use of uninitialized value .*\n/gm, '')
    .replace(/ at \/usr\/share\/perl5\/\S+ line \d+\.?/g, '')
    .replace(/creation-qemu=[\d.]+/g, 'creation-qemu=…')
    .replace(/^(runningmachine|runningcpu): .*$/gm, '$1: …')
    .replace(/^(completed saving the VM state in).*$/gm, '$1')
    .replace(/^(INFO: starting new backup job: ).*$/gm, '$1…')
    .replace(
      /^(INFO: (?:Total bytes written|archive file size|guest is online again after|Finished Backup)).*$/gm,
      '$1',
    )
    .replace(/^(\S+:backup\/\S+ +\S+ +backup) .* (\d+)$/gm, '$1 $2')
    .replace(/^(Volid +Format +Type) .*$/gm, '$1')
    .replace(/^(INFO|DEBUG|NOTICE|TRACE|WARN) +\w+ - \.\.\/src\/lxc\/.*\n/gm, '')
    .replace(/^(lxc-attach|run_buffer|lxc_init|lxc-start): .*$/gm, '$1: …')
    .split('\n')
    .map(tidyLine);
}

function tidyLine(line: string): string {
  const content = /^\tcontent (.*)$/.exec(line)?.[1];
  if (content !== undefined) return `\tcontent ${content.split(',').sort().join(',')}`;
  return line
    .replace(/^(\S+ +(?:dir|btrfs|zfspool|lvmthin|lvm) +(?:active|disabled|inactive)).*$/, '$1')
    .replace(/^(rootfs|mp\d+) +(\S+:\S+) .* (\S+)$/, '$1 $2 $3')
    .replace(/\d+\.\d\d ([KMGT]i)?B /g, '… ')
    .replace(/│ +(\d+[dhm] )*\d+s +│/g, '│ … │')
    .replace(/[─═]+/g, '─')
    .replace(/ +/g, ' ')
    .trimEnd();
}
