/**
 * What every kind of step sends for the sample fleet: built once on a twin in memory, its commands without ids, tokens,
 * digests and other values of the configuration. Beside them the revision, and a digest of all that the steps were told.
 */

import { fileURLToPath } from 'node:url';
import type { PhxTask } from '../../src/config/project.ts';
import { canonical, digest } from '../../src/core/digest.ts';
import { inFrontOf } from '../../src/core/host.ts';
import type { Stamp } from '../../src/core/stamp.ts';
import { layerScriptMark } from '../../src/proxmox/guest-script.ts';
import { makingFolder } from '../../src/proxmox/workspace.ts';
import { Bench, sampleFleet, tasksOf } from '../bench.ts';

export interface Kind {
  readonly revision: string;
  /** Of every config, first value and text of the steps of this kind: what the sample fleet says. */
  readonly told: string;
  readonly commands: readonly string[];
}

export const fixture = fileURLToPath(new URL('../fixtures/revisions.json', import.meta.url));

/** `ctid/configure`, `ctid/feature`, `hypervisor/zfs pool`, `hypervisor/zfs dataset`, `hypervisor/nvidia:driver`. */
export function kindOf(id: string): string {
  const [target = '', step = ''] = [id.replace(/\/.*$/, ''), id.slice(id.indexOf('/') + 1)];
  const head = target.replace(/:.*$/, '');
  if (step.startsWith('zfs:')) return `${head}/zfs ${step.includes('/') ? 'dataset' : 'pool'}`;
  return `${head}/${step.startsWith('nvidia:') ? step : step.replace(/:.*$/, '')}`;
}

/** A value of a command without what the configuration, a token or a digest makes of it. */
function shapeOf(word: string): string {
  if (/^[\w.]+=/.test(word)) return word.replace(/=[^,]*/g, '=…');
  return word
    .replace(/incarnation=\w+/g, 'incarnation=…')
    .replace(/-[0-9a-f]{6}\b/g, '-…')
    .replace(/\d+/g, 'N');
}

/** Options and verbs word for word; what stands behind an option by its shape. */
function commandShape(argv: readonly string[]): string {
  const words = argv.map((word, at) => {
    const before = argv[at - 1] ?? '';
    if (word.startsWith('-') || at < 2) return word;
    if (!before.startsWith('--')) return shapeOf(word);
    return /^[\w.]+=/.test(word) ? shapeOf(word) : '…';
  });
  return words.join(' ');
}

/** Every kind of step with what it sent, sorted by name. */
export async function kindsNow(): Promise<Record<string, Kind>> {
  const fleet = await sampleFleet();
  const tasks = await tasksOf(fleet);
  const sent = new Map<string, Set<string>>();
  const note = (id: string, line: string) => {
    const kind = kindOf(id);
    sent.set(kind, (sent.get(kind) ?? new Set()).add(line));
  };
  const bench = Bench.fresh(fleet);
  const { twin } = bench;
  // A bridge that is not quite as wanted: so that the step has something to send.
  const interfaces = '/etc/network/interfaces';
  const installed = (await twin.readFile(interfaces)) ?? '';
  await twin.writeFile(interfaces, installed.replace('bridge-fd 0', 'bridge-fd 2'));
  const texts = new Map(tasks.map((task) => [task.id, task.texts?.script?.trimEnd() ?? '']));
  // One after the other: the last stamp that was put tells which task is at work.
  let current = '';
  const host = inFrontOf(twin, {
    writeFile: async (path, text, mode) => {
      // Which tasks Proxmox knew by then is nobody's wish.
      if (path.startsWith(makingFolder)) return twin.writeFile(path, text, mode);
      // What it says of a guest is that of its layers, not of the step that writes it down.
      const noted = /^\/var\/lib\/phx\/inside\//.test(path);
      note(current, noted ? `note ${path.replace(/\d+$/, 'N')}` : `text of ${path}: ${digest(text)}`);
      await twin.writeFile(path, text, mode);
    },
    run: (command) => {
      const { stdin = '' } = command;
      if (stdin.startsWith(layerScriptMark)) note(current, scriptShape(stdin, texts.get(current) ?? ''));
      return twin.run(command);
    },
  });
  const store = bench.store();
  const stamps = {
    ...store,
    put: (stamp: Stamp) => {
      current = stamp.task;
      store.put(stamp);
    },
  };
  const { events, troubles } = await bench.run(tasks, ['all'], { host, stamps });
  if (troubles.length > 0) throw new Error(`the sample fleet does not build: ${troubles.join('; ')}`);
  for (const event of events)
    if (event.type === 'done') for (const { argv } of event.commands) note(event.task, commandShape(argv));
  return kindsOf(tasks, sent);
}

/** A layer script without the body and without what names the layer. */
function scriptShape(stdin: string, body: string): string {
  return stdin
    .replace(body, () => '…')
    .replace(/(printf '%s' )'# phx-uninstall 1\n[\s\S]*?'( >\/var\/lib\/phx\/uninstall)/, '$1…$2')
    .replace(/^# provides: .*\n/gm, '')
    .replace(/((feature|app):[\w-]+|\bidentity\b)( \w+ \d+( uninstall)?)?/g, '…');
}

/** What is wrong between the recorded kinds and those of now, and what to do about it; empty when all is well. */
export function complaints(
  was: Readonly<Record<string, Kind>>,
  now: Readonly<Record<string, Kind>>,
): string[] {
  const rewrite = 'npm run revisions';
  return [...new Set([...Object.keys(was), ...Object.keys(now)])].sort().flatMap((name) => {
    const [before, after] = [was[name], now[name]];
    if (!before || !after) return [`${name} is ${after ? 'new' : 'gone'}: ${rewrite}`];
    const same = before.commands.join('\n') === after.commands.join('\n');
    if (before.revision !== after.revision) return [`${name} has a new revision: ${rewrite}`];
    if (same) return [];
    if (before.told === after.told) return [`${name} ${unraised}, then ${rewrite}`];
    return [
      `${name} sends other commands, and the sample fleet says something else: if the step changed, too, raise its revision; then ${rewrite}`,
    ];
  });
}

/** The complaint that rewriting the record does not mend. */
export const unraised = 'sends other commands for what it was told before: raise its revision';

function kindsOf(
  tasks: readonly PhxTask[],
  sent: ReadonlyMap<string, ReadonlySet<string>>,
): Record<string, Kind> {
  const kinds = new Map<string, { revisions: Set<string>; told: string[] }>();
  for (const { id, revision, config, initial = {}, texts = {} } of tasks) {
    const kind = kinds.get(kindOf(id)) ?? { revisions: new Set(), told: [] };
    kind.revisions.add(revision);
    kind.told.push(`${id} ${canonical({ config, initial, texts })}`);
    kinds.set(kindOf(id), kind);
  }
  return Object.fromEntries(
    [...kinds]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, { revisions, told }]) => [
        name,
        {
          revision: [...revisions].sort().join(','),
          told: digest(told.sort().join('\n')),
          commands: [...(sent.get(name) ?? [])].sort(),
        },
      ]),
  );
}
