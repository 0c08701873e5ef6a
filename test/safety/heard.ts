/** All that a node is asked, kept, and the words in it that take something away. It knows no test. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Host, inFrontOf } from '../../src/core/host.ts';
import type { JournalEntry } from '../../src/core/journal.ts';
import type { Bench } from '../bench.ts';

/** Command lines that take something away, as a node hears them. */
const takesAway: readonly RegExp[] = [
  /^(?:pct|qm) (?:destroy|unlock|rollback|delsnapshot|template) /,
  /^(?:pct restore|qmrestore) .*--force/,
  /^(?:pct|qm) (?:set|disk|move-volume|move-disk) .*--delete (?:\S*,)?unused/,
  /^(?:pct|qm) .*--(?:purge|destroy-unreferenced-disks)\b/,
  /^zfs (?:destroy|rollback)\b/,
  /^zpool (?:destroy|labelclear|remove|detach)\b|^zpool create .*-f\b/,
  /^(?:wipefs|sgdisk|blkdiscard|lvremove|vgremove|mkfs\S*|shred|dd|rmdir)\b/,
  /^rm .*-\w*r/,
  /^pvesm (?:remove|free)\b/,
  /^pveum .*\b(?:delete|remove|unset)\b/,
  /^pvesh delete\b/,
  /^pveam remove\b/,
  /^(?:userdel|deluser|groupdel|delgroup)\b/,
  /^apt(?:-get)? .*\b(?:purge|remove|autoremove)\b/,
];

export function isDestructive(line: string): boolean {
  return takesAway.some((pattern) => pattern.test(line));
}

/** Stands before the twin and keeps what it is asked, also what is only looked at. */
export class Heard {
  readonly lines: string[] = [];
  readonly host: Host;

  constructor({ twin }: Bench) {
    this.host = inFrontOf(twin, {
      run: (command) => {
        this.lines.push(command.argv.join(' '));
        return twin.run(command);
      },
    });
  }

  get destructive(): string[] {
    return this.lines.filter(isDestructive);
  }
}

/** What `phx undo` of the runs of these journals would send. */
export function undoIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl'))
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').trim().split('\n'))
    .flatMap((line) => {
      const entry = JSON.parse(line) as JournalEntry;
      return entry.entry === 'intent' && Array.isArray(entry.undo)
        ? [(entry.undo as string[]).join(' ')]
        : [];
    });
}
