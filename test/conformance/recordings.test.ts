/** Conformance: the twin answers every recording of Proxmox VE 8.4 alike, wherever Proxmox itself speaks. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { play } from './play.ts';
import { recordingsIn } from './recording.ts';

/** Where the twin is not there yet: each has to differ, so that the list grows shorter by itself. */
const unlike = new Set<string>();

for (const recording of recordingsIn(fileURLToPath(new URL('../fixtures/pve', import.meta.url)))) {
  test(`recording ${recording.scenario}`, async () => {
    const played = await play(recording);
    const differences = played.flatMap((step) =>
      step.speaker === 'proxmox' ? step.differences.map((one) => `[${step.at}] ${step.command}: ${one}`) : [],
    );
    if (unlike.has(recording.scenario)) assert.notDeepEqual(differences, [], 'it is alike now: off the list');
    else assert.deepEqual(differences, []);
  });
}
