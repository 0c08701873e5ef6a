/** The table of edits with a known outcome: each leads to exactly that, and then to nothing more. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildFleet, type Outcome, stoppedBy, tryOut } from './mill.ts';
import { type Row, rows } from './oracle.ts';
import { config, templates } from './project.ts';

const built = await buildFleet();

function pathOf({ file }: Row): string {
  return file.startsWith('templates/') ? file : `config/${file}.json5`;
}

function textOf({ from, to, ...row }: Row): string {
  const parts = (config.get(pathOf({ from, to, ...row })) ?? templates.get(row.file) ?? '').split(from);
  assert.equal(parts.length, 2, `'${from}' stands ${parts.length - 1} times in ${row.file}`);
  return parts.join(to);
}

/** What is told of a refusal, as far as the row says it. */
function leadsOf(outcome: Outcome, { leads }: Row): string[] {
  if (outcome.class !== 'invalid') return [...outcome.runs, ...outcome.stopped.map((id) => `✗ ${id}`)];
  return outcome.words.map((word, at) => `invalid: ${word}`.slice(0, leads[at]?.length ?? 999));
}

for (const row of rows) {
  test(`${row.file}: ${row.from.trim()} → ${row.to.trim()}`.replaceAll('\n', ' '), async () => {
    const outcome = await tryOut(built, { file: pathOf(row), path: '', how: '', text: textOf(row) });
    assert.deepEqual(leadsOf(outcome, row).sort(), [...row.leads].sort(), outcome.words.join('\n'));
    if (!outcome.after) return;
    const { bench, project } = outcome.after;
    const again = await bench.run(project.tasks, ['all']);
    assert.deepEqual([again.done, stoppedBy(again).sort()], [[], [...outcome.stopped].sort()]);
  });
}
