/**
 * What a node remembers of a guest's safety points, in one file that is always written whole, so that no crash leaves one
 * half of it: work that is not known to be well, going back that was begun, what was taken back. It knows no command.
 */

import type { TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { safetyPath } from '../../src/proxmox/workspace.ts';

/** Layer → digest. */
export type Layers = ReadonlyMap<string, string>;

/** Work in a guest, and the point that was taken before it. */
export interface Work {
  readonly point: string;
  /** What was applied since, or was about to be. */
  readonly layers: Layers;
  /** `open`: not known to be well yet, also after a kill; `failed`: it was told that it is not, and left as it is. */
  readonly state: 'open' | 'failed';
}

export interface SafetyNote {
  readonly incarnation: string;
  readonly work?: Work;
  /** Going back to the point of that work was begun, while the guest ran in this start of it; `-`: it did not run. */
  readonly back?: string;
  /** Layers that together left the guest unwell, and were taken back. */
  readonly unwell: readonly Layers[];
  /** Backups that are points: name → volume id. */
  readonly backups: ReadonlyMap<string, string>;
  /** A backup that is being taken: the name of its point, and the backups that there were before. */
  readonly taking?: { readonly point: string; readonly before: readonly string[] };
}

const head = '# What phx notes of the safety points of this guest; see docs/containers.md.';

export function emptyNote(incarnation: string): SafetyNote {
  return { incarnation, unwell: [], backups: new Map() };
}

/** Lines that are none are left out. */
export function parseNote(text: string): SafetyNote {
  let note = emptyNote('');
  for (const line of text.split('\n')) {
    const [word, ...rest] = line.split(' ');
    const [first = ''] = rest;
    if (word === 'incarnation') note = { ...note, incarnation: first };
    else if (word === 'open' || word === 'failed')
      note = { ...note, work: { point: first, layers: parseLayers(rest.slice(1)), state: word } };
    else if (word === 'back') note = { ...note, back: first };
    else if (word === 'unwell') note = { ...note, unwell: [...note.unwell, parseLayers(rest)] };
    else if (word === 'backup')
      note = { ...note, backups: new Map([...note.backups, [first, rest[1] ?? '']]) };
    else if (word === 'taking') note = { ...note, taking: { point: first, before: rest.slice(1) } };
  }
  return note;
}

/** Undefined where there is nothing to be remembered. */
export function printNote(note: SafetyNote): string | undefined {
  const { work, back, taking } = note;
  const lines = [
    ...(work ? [[work.state, work.point, printLayers(work.layers)].join(' ')] : []),
    ...(back === undefined ? [] : [`back ${back}`]),
    ...note.unwell.map((layers) => `unwell ${printLayers(layers)}`),
    ...[...note.backups].map(([point, volume]) => `backup ${point} ${volume}`),
    ...(taking ? [['taking', taking.point, ...taking.before].join(' ')] : []),
  ];
  return lines.length === 0 ? undefined : [head, `incarnation ${note.incarnation}`, ...lines, ''].join('\n');
}

function parseLayers(words: readonly string[]): Layers {
  return new Map(
    words.flatMap((word) => {
      const at = word.indexOf('=');
      return at < 0 ? [] : [[word.slice(0, at), word.slice(at + 1)] as const];
    }),
  );
}

function printLayers(layers: Layers): string {
  return [...layers].map(([layer, digest]) => `${layer}=${digest}`).join(' ');
}

/** Of a guest that was made anew the note tells nothing. Without an incarnation: whatever the note tells. */
export async function readNote(
  context: TaskContext<Facts>,
  id: number,
  incarnation?: string,
): Promise<SafetyNote> {
  const note = parseNote((await context.readFile(safetyPath(id))) ?? '');
  return incarnation === undefined || note.incarnation === incarnation ? note : emptyNote(incarnation);
}

/** Writes the note unless it says just this; an empty one goes. */
export async function writeNote(context: TaskContext<Facts>, id: number, note: SafetyNote): Promise<void> {
  const path = safetyPath(id);
  const text = printNote(note);
  if (text === (await context.readFile(path))) return;
  if (text === undefined) await context.removeFile(path, { scratch: true });
  else await context.writeFile(path, text, { scratch: true, mode: 0o600 });
}
