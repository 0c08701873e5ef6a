/** What a step leaves on the node, held against the twin: files below /etc/pve and of the network, status, volumes. */

import type { Twin } from '../../src/twin/twin.ts';
import type { Placeholders } from './placeholders.ts';
import { sameLines } from './text.ts';

type After = Readonly<Record<string, unknown>>;

/** Every difference, a line each. */
export async function differencesAfter(twin: Twin, after: After, holders: Placeholders): Promise<string[]> {
  const found: string[] = [];
  for (const [key, want] of Object.entries(after)) {
    if (key === 'status') found.push(...statusDifference(twin, want as Record<string, string>));
    else if (key === 'volumes') found.push(...(await volumeDifferences(twin, want as Volumes)));
    else {
      const got = await twin.readFile(key.startsWith('/') ? key : `/etc/pve/${key}`);
      if (!sameFile(key, want, got, holders))
        found.push(`${key}: want ${JSON.stringify(want)} got ${JSON.stringify(got)}`);
    }
  }
  return found;
}

function statusDifference(twin: Twin, want: Readonly<Record<string, string>>): string[] {
  const sorted = (status: Readonly<Record<string, string>>) => JSON.stringify(Object.entries(status).sort());
  const got = Object.fromEntries(twin.describe().guests.map(({ id, status }) => [String(id), status]));
  return sorted(got) === sorted(want) ? [] : [`status: want ${sorted(want)} got ${sorted(got)}`];
}

function sameFile(key: string, want: unknown, got: string | undefined, holders: Placeholders): boolean {
  if (typeof want !== 'string') return got === undefined;
  if (got === undefined) return false;
  return key.endsWith('.fw')
    ? sameLines(sortedOptions(want), sortedOptions(got), holders)
    : sameLines(want, got, holders);
}

/** Options of a firewall file are in the order of a hash. */
function sortedOptions(text: string): string {
  return text.replace(
    /(\[OPTIONS\]\n\n)((?:.+\n)*)/,
    (_, head: string, lines: string) => `${head}${lines.split('\n').filter(Boolean).sort().join('\n')}\n`,
  );
}

/** Bytes; null for a directory; false: it is gone. */
type Volumes = Readonly<Record<string, number | false | null>>;

async function volumeDifferences(twin: Twin, want: Volumes): Promise<string[]> {
  const found: string[] = [];
  for (const [recorded, size] of Object.entries(want)) {
    // As the recorder named directories.
    const volid = recorded.replace(/\.subvol\.subvol$/, '.subvol');
    const { stdout } = await twin.run({ argv: ['pvesm', 'list', volid.split(':')[0] ?? ''] });
    // A linked clone in a directory is listed with its base before it.
    const listed = stdout.replace(/:\d+\/base-[^/]+\/(?=\d+\/)/g, ':').split('\n');
    const there = listed.some((line) => line.startsWith(`${volid} `));
    if (there !== (size !== false)) found.push(`volume ${volid}: want ${size} got ${there}`);
  }
  return found;
}
