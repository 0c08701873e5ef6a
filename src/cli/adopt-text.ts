/** What `phx adopt` says to a person: which files it writes, what they cannot say, and whether anything is left to do. Pure. */

import type { Draft } from '../adopt/draft.ts';
import { visible } from '../adopt/print.ts';
import type { Left } from '../adopt/reading.ts';
import { targetOf } from '../config/task-names.ts';
import type { GuestFacts } from '../proxmox/facts.ts';
import { commandWords } from '../report/command.ts';
import { reasonWords } from '../report/reason.ts';
import type { PlannedTask } from './plan-document.ts';

/** `texts`: with the files themselves. */
export function draftsText(drafts: readonly Draft[], texts: boolean): string {
  if (drafts.length === 0) return '';
  const inside = 'What is installed in them is not known; name layers in a file to have phx apply them.';
  return `${drafts.map((draft) => draftText(draft, texts)).join('')}${inside}\n`;
}

export function namedText(guests: readonly GuestFacts[]): string {
  return guests.map((guest) => `${targetOf(guest)} is in the configuration already\n`).join('');
}

function draftText({ guest, name, path, left, notes, printed }: Draft, texts: boolean): string {
  const lines = [
    `${targetOf(guest)} (${name}) → ${path}`,
    ...left.map((one) => `    left alone: ${leftWords(one)}`),
    ...notes.map((note) => `    ${note}`),
    ...(texts
      ? printed.text
          .trimEnd()
          .split('\n')
          .map((line) => `      ${line}`)
      : []),
  ];
  return `${lines.join('\n')}\n`;
}

function leftWords({ key, value, why }: Left): string {
  return value === undefined ? `${key} (${why})` : `${key}: ${visible(value)} (${why})`;
}

export function refusedText(refused: ReadonlyMap<string, string>): string {
  return [...refused].map(([target, why]) => `${target} is not adopted: ${why}\n`).join('');
}

/** What is left to do for a guest, in the words of a plan; nothing of what is as it is to be. */
export function remainsWords({
  task,
  verdict,
  commands,
  files,
  message,
  refusals,
  because,
}: PlannedTask): string[] {
  return [
    `${task}  ${verdict}`,
    ...(message ? message.split('\n').map((line) => `    ${line}`) : []),
    ...because.map((reason) => `    ${reasonWords(reason)}`),
    ...commands.map(({ argv }) => `    $ ${commandWords(argv)}`),
    ...files.map(({ path }) => `    file ${path}`),
    ...refusals.map((refusal) => `    would fail: ${refusal.split('\n')[0]}`),
  ];
}

export function planText(
  target: string,
  remains: readonly PlannedTask[],
  waiting: readonly string[],
): string {
  if (remains.length === 0)
    return `plan of ${target}: nothing to do${waiting.length > 0 ? ` (${waiting.join('; ')})` : ''}\n`;
  const lines = remains.flatMap((task) => remainsWords(task).map((line) => `    ${line}`));
  return `${[`plan of ${target}: not empty, so nothing of it was sent`, ...lines].join('\n')}\n`;
}
