/**
 * A file from the network that is kept whole: a new one takes the place of the former only when its sum is right. Where
 * it came from is noted aside, so that no run has to read gigabytes to know it. It knows no kind of file.
 */

import { PhxError } from '../../src/core/error.ts';
import type { TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { lookAt } from './files.ts';

export const deadline = 60 * 60_000;

/** What a file has to be. */
export interface Wanted {
  readonly title: string;
  /** Undefined as long as the storage is not there. */
  readonly path: string | undefined;
  /** Where it came from is noted here. */
  readonly origin: string;
  readonly url?: string;
  readonly sum?: Sum;
}

export interface Sum {
  readonly kind: 'sha256' | 'sha512';
  readonly digest: string;
}

export function sizeOf({ host }: Facts, path: string | undefined): number {
  return [...host.templates, ...host.images].find((file) => file.path === path)?.size ?? 0;
}

/** Is the wanted file there? A note of where it came from says so; without a note of this very file it is looked at. */
export async function isGood(
  { path, origin, url, sum }: Wanted,
  context: TaskContext<Facts>,
): Promise<boolean> {
  const size = sizeOf(context.facts(), path);
  if (path === undefined || size === 0) return false;
  if (!sum && url === undefined) return true;
  const note = readNote(await lookAt(context, origin));
  if (sum && note?.size === size && note[sum.kind]) return note[sum.kind] === sum.digest;
  if (!sum && note) return note.size === size && note.url === url;
  if (sum && !(await isSum(path, sum, context))) return false;
  await context.writeFile(origin, noteOf(size, url, sum));
  return true;
}

export async function download(wanted: Wanted & { url: string }, context: TaskContext<Facts>): Promise<void> {
  const { path, url, sum } = wanted;
  if (path === undefined) throw missing(wanted);
  const part = `${path}.part`;
  const former = sizeOf(context.facts(), path) > 0;
  await context.run(['curl', '-fL', '-o', part, url], { deadline, detached: true, undo: 'nothing' });
  if (sum && !(await isSum(part, sum, context))) {
    const problem = await other(wanted, part, context, {
      hint: `${former ? 'The former file stays. ' : ''}The pin or the address is wrong, or it was rebuilt upstream.`,
      command: 'phx config hypervisor',
    });
    await context.run(['rm', '-f', part], { undo: 'nothing' });
    throw problem;
  }
  await keep(wanted, part, context);
}

/** Puts what was fetched in its place, looks at it, and notes where it came from. */
export async function keep(
  wanted: Wanted & { url: string },
  part: string,
  context: TaskContext<Facts>,
): Promise<void> {
  const { path = '', origin, url, sum } = wanted;
  const former = sizeOf(context.facts(), path) > 0;
  // A former file is gone with this, so there is nothing to go back to.
  await context.run(['mv', part, path], former ? {} : { undo: ['rm', '-f', path] });
  const size = sizeOf(await context.refresh(['host']), path);
  if (size === 0) throw missing(wanted);
  await context.writeFile(origin, noteOf(size, url, sum));
}

/** Whether the file is there and its note says that it came from this very place. */
export async function noted({ path, origin, url }: Wanted, context: TaskContext<Facts>): Promise<boolean> {
  const size = sizeOf(context.facts(), path);
  const note = readNote(await lookAt(context, origin));
  return size > 0 && note?.size === size && note.url === url;
}

/** Checked by the program itself: what it prints is only needed when it is not content. */
async function isSum(path: string, { kind, digest }: Sum, context: TaskContext<Facts>): Promise<boolean> {
  const stdin = `${digest}  ${path}\n`;
  return (await context.ask([`${kind}sum`, '--check', '--status'], { stdin, deadline })).exit === 0;
}

export async function other(
  { title, sum, url }: Wanted,
  path: string,
  context: TaskContext<Facts>,
  way: { readonly hint: string; readonly command: string },
): Promise<PhxError> {
  const kind = sum?.kind ?? 'sha256';
  const { stdout } = await context.ask([`${kind}sum`, path], { deadline });
  return new PhxError('failed', {
    title: `The ${title} is not the one that was pinned`,
    facts: [
      [kind, stdout.split(' ')[0] || '(none)'],
      ['pinned', sum?.digest ?? ''],
      ...(url ? ([['from', url]] as const) : []),
    ],
    ...way,
  });
}

function noteOf(size: number, url: string | undefined, sum: Sum | undefined): string {
  const lines = [
    `size ${size}`,
    ...(url ? [`url ${url}`] : []),
    ...(sum ? [`${sum.kind} ${sum.digest}`] : []),
  ];
  return `${lines.join('\n')}\n`;
}

function readNote(text: string | undefined) {
  const line = (key: string) => new RegExp(`^${key} (.*)$`, 'm').exec(text ?? '')?.[1];
  if (text === undefined) return undefined;
  return {
    size: Number(line('size')),
    url: line('url'),
    sha256: line('sha256'),
    sha512: line('sha512'),
  };
}

export function missing({ title, path }: Wanted): PhxError {
  return new PhxError('failed', {
    title: `The ${title} was downloaded, but is not there`,
    facts: [['looked for', path ?? 'a storage of type dir, nfs or cifs']],
    hint: 'Its storage has to be one of files, with vztmpl among its content.',
  });
}
