/**
 * Layers inside of VMs, on the twin: through the guest agent they leave the same markers and answer the same questions as in
 * containers, also where a script is more than the agent takes at once, and a template hands them on clean.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PhxTask } from '../../src/config/project.ts';
import { inFrontOf } from '../../src/core/host.ts';
import { type Layer, layersPath, parseLayers } from '../../src/proxmox/guest-layer.ts';
import { layerScriptMark } from '../../src/proxmox/guest-script.ts';
import { Bench, type BenchRun, sampleOf, tasksOf } from '../bench.ts';

/** A text that takes more than one piece. */
const long = (character: string) => `${character.repeat(64)}\n`.repeat(1000);
const pem = `-----BEGIN CERTIFICATE-----\n${long('A')}-----END CERTIFICATE-----\n`;
const docker = { name: 'docker', params: { storage_driver: 'overlay2' } };
const trusted = { name: 'trusted_ca', params: { pem } };
const all = ['base_setup', docker, 'step_cli', trusted];
const app = { name: 'n8n', params: { timezone: long('z').replaceAll('\n', '') } };

async function tasksWith(
  layers: readonly unknown[],
  more: Readonly<Record<string, unknown>> = {},
): Promise<PhxTask[]> {
  const own = { layers, app, snapshot: null, health: null, ...more };
  const set = Object.entries(own).map(([key, value]) => `guests.8001.${key}=${JSON.stringify(value)}`);
  return tasksOf(
    await sampleOf(
      [8000, 8001],
      [...set, "guests.8000.layers=['base_setup']", "guests.8000.cloudInit={ timezone: 'UTC' }"],
    ),
  );
}

function tree(bench: Bench, id: number) {
  return bench.twin.state().guests[id]?.tree ?? assert.fail(`there is no ${id}`);
}

const layersOf = (bench: Bench, id: number): readonly Layer[] =>
  parseLayers(tree(bench, id).files[layersPath]?.text ?? '');
const scripts = ({ commands }: BenchRun) =>
  commands.filter((line) => /^qm guest exec 8001 .*(mktemp|phx\/stdin)/.test(line));

const tasks = await tasksWith(all);
const bench = Bench.fresh(await sampleOf([8000, 8001]), {}, () => {});
const first = await bench.run(tasks, ['vmid:8001']);

test('every feature and the application are in place, with the line and the way back that a container has', () => {
  assert.deepEqual(first.troubles, []);
  const lines = layersOf(bench, 8001).map(
    ({ name, origin, uninstall }) => `${name} ${origin}${uninstall ? ' uninstall' : ''}`,
  );
  assert.deepEqual(lines, [
    // Of the template; found there, and left as it is.
    'feature:base_setup 8000',
    'identity 8001',
    ...['feature:docker', 'feature:step_cli', 'feature:trusted_ca'].map((name) => `${name} 8001 uninstall`),
    'app:n8n 8001',
  ]);
  const { packages, units, ports, files } = tree(bench, 8001);
  assert.ok(packages['docker-ce'] && packages['step-cli'] && units.docker && ports.includes(5678));
  assert.ok(files['/usr/local/share/ca-certificates/phx-home.crt']);
  assert.equal(files['/var/lib/phx/stdin'], undefined, 'what waited to be read is gone');
});

test('with its records lost nothing is sent again: the guest itself tells what it holds', async () => {
  const other = bench.copy();
  // Those of the template stay: nobody can look into it any more.
  for (const id of other.stamps.keys()) if (id.startsWith('vmid:8001/')) other.stamps.delete(id);
  const run = await other.run(tasks, ['vmid:8001']);
  assert.deepEqual(run.troubles, []);
  assert.ok(run.done.includes('vmid:8001/feature:trusted_ca'));
  assert.deepEqual(scripts(run), []);
});

test('who only judges asks no agent', async () => {
  const other = bench.copy();
  const edited = await tasksWith(['base_setup', docker, 'step_cli']);
  const heard: string[] = [];
  const run = other.twin.run.bind(other.twin);
  other.twin.run = (command) => {
    heard.push(command.argv.join(' '));
    return run(command);
  };
  assert.ok((await other.stale(edited)).includes('vmid:8001/leftovers'));
  assert.ok(heard.length > 0);
  assert.deepEqual(
    heard.filter((line) => /^qm /.test(line)),
    [],
  );
});

test('what left the configuration is taken back before anything else is asked; the rest stays', async () => {
  const other = bench.copy();
  const fewer = await tasksWith(['base_setup', docker]);
  const run = await other.run(fewer, ['vmid:8001']);
  assert.deepEqual([run.troubles, run.done], [[], ['vmid:8001/leftovers']]);
  assert.equal(scripts(run).length, 2, 'newest first, each by its own script');
  const { files, packages } = tree(other, 8001);
  assert.equal(packages['step-cli'], undefined);
  assert.equal(files['/usr/local/share/ca-certificates/phx-home.crt'], undefined);
  assert.ok(packages['docker-ce']);
  assert.deepEqual((await other.run(fewer, ['vmid:8001'])).done, []);
});

test('a script that fails in the guest is told with its own exit code and last words, and done again', async () => {
  const other = bench.copy();
  const edited = await tasksWith(all, { app: { ...app, params: { timezone: 'UTC' } } });
  const answer = { exited: 1, exitcode: 7, 'err-data': 'E: no space left on device\n' };
  const { twin } = other;
  const host = inFrontOf(twin, {
    run: async (command) =>
      command.stdin?.startsWith(layerScriptMark)
        ? { exit: 0, stdout: JSON.stringify(answer), stderr: '', ms: 1 }
        : twin.run(command),
  });
  const run = await other.run(edited, ['vmid:8001'], { host });
  assert.match(run.troubles[0] ?? '', /^vmid:8001\/app: .*exit code 7[\s\S]*no space left on device/);
  assert.deepEqual((await other.run(edited, ['vmid:8001'])).troubles, []);
});

test('a template whose inside was started is clean; its clone is a machine of its own with the layers of it', () => {
  const [template, clone] = [tree(bench, 8000), tree(bench, 8001)];
  assert.equal(template.files['/etc/machine-id']?.text, '');
  assert.equal(template.files['/var/lib/cloud/data/instance-id'], undefined);
  assert.deepEqual(
    Object.keys(template.files).filter((path) => path.includes('ssh_host')),
    [],
  );
  assert.deepEqual(
    layersOf(bench, 8000).map(({ name }) => name),
    ['feature:base_setup'],
  );
  const uuid = /^smbios1: .*uuid=(\S+)$/m.exec(bench.twin.state().guests[8001]?.conf ?? '')?.[1];
  assert.equal(clone.files['/etc/machine-id']?.text, `${uuid?.replaceAll('-', '')}\n`);
  assert.match(clone.files['/etc/ssh/ssh_host_ed25519_key.pub']?.text ?? '', /^ssh-ed25519 phx-token\d+ /);
});
