/** Finds every place of the sources that builds or sends a command which takes something away. It knows no reason for any. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from '../bench.ts';

/** Verb → how it stands in a source line: as the words of a command, or as a call of their builder. */
const verbs: Readonly<Record<string, RegExp>> = {
  destroy: /\[?'(?:pct|qm)', 'destroy'|\b(?:pct|qm|tool)\.destroy(?:Named)?\(/,
  unlock: /\['(?:pct|qm)', 'unlock'|\b(?:pct|qm|tool)\.unlock\(/,
  rollback: /\['(?:pct|qm)', 'rollback'|\b(?:pct|qm|tool)\.rollback\(/,
  template: /\['(?:pct|qm)', 'template'|\b(?:pct|qm|tool)\.template\(/,
  delsnapshot: /\['(?:pct|qm)', 'delsnapshot'|\.deleteSnapshot\(/,
  'restore over': /\['qmrestore'|'--force', '1'|\.restoreOver\(/,
  zfs: /\['zfs', '(?:destroy|rollback)'|zfsSnapshots\.(?:destroy|rollback)\(/,
  zpool: /'zpool', '(?:create|destroy|labelclear|remove|detach)'/,
  disk: /\b(?:wipefs|sgdisk|blkdiscard|lvremove|vgremove|mkfs|shred)\b|'dd'/,
  rm: /\['rm'|\brm -\w* |\['(?:rmdir|unlink)'/,
  pvesm: /'pvesm', '(?:remove|free)'/,
  pveum: /'pveum', .*'(?:delete|remove)'|words(?:Of)?\('(?:delete|remove)'/,
  pveam: /'pveam', 'remove'/,
  pvesh: /'pvesh', 'delete'|deleteJobArgv\(/,
  account: /'(?:userdel|deluser|groupdel|delgroup)'|'smbpasswd'.*'-x'/,
  apt: /apt(?:-get)?\b.*\b(?:purge|remove|autoremove)\b/,
  umount: /'umount'|'losetup', '--detach'/,
};

const roots = ['src', 'tasks'] as const;

export interface CallSite {
  /** `tasks/guest/half-made.ts clearHalfMade`. */
  readonly place: string;
  readonly verb: string;
}

function sourcesBelow(folder: string): string[] {
  return readdirSync(join(repository, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    // The twin is what such commands are sent to; what runs in a browser sends none.
    if (entry.isDirectory()) return ['src/twin', 'src/browser'].includes(path) ? [] : sourcesBelow(path);
    return path.endsWith('.ts') ? [path] : [];
  });
}

/** The call sites of one text, each once a function and verb. */
export function callSitesIn(path: string, text: string): CallSite[] {
  const found = new Map<string, CallSite>();
  let [outer, inner] = ['(file)', ''];
  let comment = false;
  for (const line of text.split('\n')) {
    const begins = /^(?:export )?(?:async )?(?:function|const|class|interface) ([\w]+)/.exec(line);
    if (begins) [outer, inner] = [begins[1] ?? '', ''];
    const method = /^ {2}(?:async )?(#?\w+)(?:\(.*\{$|: (?:async )?\()/.exec(line);
    if (method && !/^(?:if|for|while|switch)$/.test(method[1] ?? '')) inner = method[1] ?? '';
    if (/^\s*\/\*/.test(line)) comment = true;
    const told = comment || /^\s*(?:\/\/|\*)/.test(line);
    if (line.includes('*/')) comment = false;
    if (told) continue;
    for (const [verb, pattern] of Object.entries(verbs)) {
      if (!pattern.test(line)) continue;
      const place = `${path} ${outer}${inner === '' ? '' : `.${inner}`}`;
      found.set(`${place} ${verb}`, { place, verb });
    }
  }
  return [...found.values()];
}

export function callSites(): CallSite[] {
  return roots
    .flatMap(sourcesBelow)
    .flatMap((path) => callSitesIn(path, readFileSync(join(repository, path), 'utf8')));
}
