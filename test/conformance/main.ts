/**
 * `npm run conformance -- [folder] [--scenario name]`: plays recordings of a real Proxmox VE on the twin, and prints a row
 * for each family and every difference. Without a folder: those that `PHX_PVE` names, or those shipped for the tests.
 */

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { recordingsIn } from './recording.ts';
import { countOf, scoreAll, table } from './score.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { scenario: { type: 'string' }, quiet: { type: 'boolean', short: 'q' } },
});
const shipped = fileURLToPath(new URL('../fixtures/pve', import.meta.url));
const named = process.env.PHX_PVE === undefined ? shipped : join(process.env.PHX_PVE, 'recordings');
const recordings = recordingsIn(positionals[0] ?? named).filter(
  ({ scenario }) => values.scenario === undefined || scenario.includes(values.scenario),
);
const scored = await scoreAll(recordings);
if (!values.quiet)
  for (const { recording, played } of scored)
    for (const { at, command, speaker, differences } of played)
      for (const difference of speaker === 'proxmox' ? differences : [])
        console.log(`${recording.scenario} [${at}] ${command}\n    ${difference}`);
console.log(table(scored));
const { alike, all } = countOf(scored, 'proxmox');
process.exitCode = alike === all ? 0 : 1;
