/** A guest that a layer leaves unwell: the node answers no question about its health while it holds that layer in a new form. */

import assert from 'node:assert/strict';
import { type Host, inFrontOf } from '../../src/core/host.ts';
import { parseConf } from '../../src/proxmox/conf.ts';
import { layersPath, parseLayers } from '../../src/proxmox/guest-layer.ts';
import { guestProbeMark } from '../../src/proxmox/guest-probe.ts';
import { parseAgentAnswer } from '../../src/proxmox/qm-agent.ts';
import type { Twin } from '../../src/twin/twin.ts';

export interface Patient {
  readonly id: number;
  readonly kind: 'ct' | 'vm';
  /** What makes it unwell, as it stands in the guest. */
  readonly layer: string;
  /** What its checks ask for. */
  readonly unit: string;
}

export const gateway: Patient = { id: 953, kind: 'ct', layer: 'app:nginx-gateway', unit: 'nginx' };
export const dockerHost: Patient = { id: 8001, kind: 'vm', layer: 'feature:docker', unit: 'docker' };
/** One try more is enough to be sick twice. */
export const quick: Readonly<Record<Patient['kind'], readonly string[]>> = {
  ct: ['guests.953.health.retries=1'],
  vm: ['guests.8001.health.retries=1', 'guests.8001.snapshot=null'],
};

/** Another form of the layer, by a number; as `--set` arguments. */
export function edit({ kind }: Patient, version: number): string {
  if (kind === 'ct') return `guests.952.exports.port=${7000 + version}`;
  const docker = `{ name: 'docker', params: { storage_driver: 'overlay2', version: '28.${version}.0' } }`;
  return `guests.8001.layers=['base_setup', ${docker}]`;
}

/** Layer → digest. */
export function layersIn(twin: Twin, { id }: Pick<Patient, 'id'>): Record<string, string> {
  const text = twin.state().guests[id]?.tree.files[layersPath]?.text ?? '';
  return Object.fromEntries(parseLayers(text).map(({ name, digest }) => [name, digest]));
}

/** What stands in front of such a node; `old`: with these layers the guest is well. */
export function sick(
  { id, kind, layer, unit }: Patient,
  old: Readonly<Record<string, string>>,
): (host: Host, twin: Twin) => Host {
  return (host, twin) =>
    inFrontOf(host, {
      run: async (command) => {
        const { argv, stdin } = command;
        const questions = stdin?.startsWith(guestProbeMark) ? argv.join(' ') : '';
        const outcome = await host.run(command);
        if (!questions.includes(`unit:${unit}`) || questions.includes('layer:')) return outcome;
        if (layersIn(twin, { id })[layer] === old[layer]) return outcome;
        if (kind === 'ct') return { ...outcome, exit: 0, stdout: '=\t\n' };
        const answer = parseAgentAnswer(outcome.stdout);
        if (answer?.state !== 'ended' || answer.exit !== 0) return outcome;
        return { ...outcome, stdout: '{ "exited": 1, "exitcode": 0, "out-data": "=\\t\\n" }' };
      },
    });
}

/** It runs, holds what it held before, and no lock. */
export function assertBack({ id, kind }: Patient, twin: Twin, former: Twin, words: string): void {
  const now = twin.state().guests[id];
  const before = former.state().guests[id];
  assert.ok(now?.running, `lost: ${words}: it does not run`);
  assert.deepEqual(layersIn(twin, { id }), layersIn(former, { id }), words);
  assert.deepEqual({ ...now.tree, events: [] }, { ...before?.tree, events: [] }, `lost: ${words}`);
  const { keys } = parseConf(now.conf, kind);
  assert.equal(keys.get('lock'), undefined, words);
  for (const key of ['memory', 'name', 'hostname', 'net0', 'ide2', 'boot', 'mp0'])
    assert.equal(keys.get(key), parseConf(before?.conf ?? '', kind).keys.get(key), `${words}: ${key}`);
}
