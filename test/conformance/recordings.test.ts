/** Conformance: the twin answers every recording of Proxmox VE 8.4 alike, wherever Proxmox itself speaks. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { play } from './play.ts';
import { recordingsIn } from './recording.ts';

for (const recording of recordingsIn(fileURLToPath(new URL('../fixtures/pve', import.meta.url)))) {
  test(`recording ${recording.scenario}`, async () => {
    const played = await play(recording);
    const differences = played.flatMap((step) =>
      step.speaker === 'proxmox' ? step.differences.map((one) => `[${step.at}] ${step.command}: ${one}`) : [],
    );
    assert.deepEqual(differences, []);
  });
}
