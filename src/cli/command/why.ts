/** `phx why`: a task's verdict and every reason for it. It looks and never writes. */

import type { ExitName } from '../../core/error.ts';
import type { Reason } from '../../core/event.ts';
import type { Verdict } from '../../core/judge.ts';
import { selectTasks } from '../../core/target.ts';
import { reasonWords } from '../../report/reason.ts';
import { examinerOf } from '../examiner.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { openNode } from '../open.ts';

/** `phx why <task>`: its verdict, every reason, what it reads, and when it last ran. */
export async function why(
  io: Io,
  words: readonly string[],
  options: GlobalOptions & { json?: boolean },
): Promise<ExitName> {
  const opened = await openNode(io, options);
  const selected = selectTasks(opened.graph, words, opened.tags);
  const examiner = examinerOf(io, opened);
  const answers = opened.graph.order
    .filter((at) => selected.has(at))
    .map((at) => {
      const { id, title } = opened.graph.at(at);
      const { verdict, fingerprint, outputs } = examiner.examine(at);
      const stamp = opened.stamps.get(id);
      return { task: id, title, ...verdict, reads: fingerprint, leaves: outputs, last: stamp };
    });
  if (options.json) {
    io.out.write(`${JSON.stringify(answers, null, 2)}\n`);
    return 'ok';
  }
  for (const { task, title, reads, leaves, last, ...verdict } of answers) {
    io.out.write(
      [
        `${task}  ${verdict.verdict}  (${title})`,
        ...verdictLines(verdict).map((line) => `  ${line}`),
        `  last run  ${last ? `${new Date(last.at).toISOString()}, ${last.state}, ${(last.ms / 1000).toFixed(1)}s` : 'never'}`,
        ...(last?.error?.lines ? last.error.lines.split('\n').map((line) => `  said      ${line}`) : []),
        ...table('reads', reads),
        ...table('leaves', leaves),
        '',
      ].join('\n'),
    );
  }
  return 'ok';
}

function verdictLines(verdict: Verdict): string[] {
  if (verdict.verdict === 'stale')
    return verdict.because.map((reason: Reason) => `because  ${reasonWords(reason)}`);
  if (verdict.verdict === 'outdated') return [`because  ${verdict.message}`];
  if (verdict.verdict === 'fresh') return ['nothing that it reads has changed, and what it left stands'];
  const { title, facts, hint, command } = verdict.problem;
  return [
    `because  ${title}`,
    ...facts.map(([label, value]) => `         ${label}: ${value}`),
    ...(hint ? [hint] : []),
    ...(command ? [`→ type: ${command}`] : []),
  ];
}

function table(title: string, entries: Readonly<Record<string, string>>): string[] {
  const keys = Object.keys(entries);
  const width = Math.max(0, ...keys.map((key) => key.length));
  return keys.map(
    (key, at) => `  ${at === 0 ? title.padEnd(8) : ' '.repeat(8)}  ${key.padEnd(width)}  ${entries[key]}`,
  );
}
