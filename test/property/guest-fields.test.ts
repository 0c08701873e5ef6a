/** Each field of a container's file: an edit of it on a built fleet runs exactly these tasks and sends exactly this. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Bench, repository, sampleFleet, tasksOf } from '../bench.ts';
import { edits } from './guest-fields.ts';

const fleet = await sampleFleet();
// The newest Proxmox VE, so that no key is refused.
const built = Bench.fresh(fleet, { pve: '9.2' });
const first = await built.run(await tasksOf(fleet), ['all']);
assert.deepEqual(first.troubles, []);

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly anyOf?: readonly JsonSchema[];
}

/** The fields that a schema has; lists and maps of plain values are fields as a whole. */
function fieldsOf(schema: JsonSchema, path = ''): string[] {
  const found = new Set<string>();
  for (const form of [schema, ...(schema.anyOf ?? [])]) {
    for (const [key, child] of Object.entries(form.properties ?? {}))
      for (const field of fieldsOf(child, path === '' ? key : `${path}.${key}`)) found.add(field);
    const { additionalProperties: others } = form;
    if (typeof others === 'object') for (const field of fieldsOf(others, `${path}.*`)) found.add(field);
  }
  return found.size === 0 ? [path] : [...found];
}

/** What a file is about, and what others have: no field of the container itself. */
const heads = ['$schema', 'id', 'kind', 'extends'];

test('every field that a container can have is in the table', () => {
  const text = readFileSync(join(repository, 'config', 'schema', 'guest.schema.json'), 'utf8');
  const { else: container } = JSON.parse(text) as { else: JsonSchema };
  const covered = new Set([...heads, ...edits.map(({ field }) => field)]);
  assert.deepEqual(
    fieldsOf(container).filter((field) => !covered.has(field)),
    [],
  );
});

function said(command: string): string[] {
  if (command.startsWith('write /var/lib/phx/stage/')) return [];
  const text = command
    .replace(/ --digest [0-9a-f]{40}$/, '')
    .replace(/^(pct exec \d+) [\s\S]*$/, '$1 (layer)')
    .replace(/^flock [\s\S]*$/, 'flock (conf)')
    .replace(/^(pct snapshot \d+ safety-\d+) [\s\S]*$/, '$1 (point)')
    .replace(/^(vzdump \d+) [\s\S]*$/, '$1 (point)')
    .replace(/incarnation=\S+ from=\S+/, '…');
  return [text];
}

for (const { field, set, runs, sends } of edits) {
  test(`${field}: ${set.join(' ').slice(0, 100)}`, async () => {
    const paths = set.map((path) => (/^(guests|hypervisor)\./.test(path) ? path : `guests.952.${path}`));
    const tasks = await tasksOf(await sampleFleet(paths));
    const bench = built.copy();
    const run = await bench.run(tasks, ['all']);
    const blocked = run.troubles.map((trouble) => trouble.split(': ')[0] ?? '');
    const own = [...run.done, ...blocked.filter((id) => /:(900|952)\//.test(id)).map((id) => `✗ ${id}`)];
    assert.deepEqual(
      own.map((id) => id.replace('ctid:952/', '')),
      runs,
    );
    assert.deepEqual(run.commands.flatMap(said), sends);
    assert.deepEqual((await bench.run(tasks, ['all'])).done, []);
  });
}
