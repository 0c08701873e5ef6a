/**
 * A table of edits of the fields of a guest's file, and what has to hold for each: on a fleet that is built, the edit runs
 * exactly the tasks of its row and sends exactly its commands, and the next run does nothing.
 */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Fleet } from '../../src/config/fleet.ts';
import { ConfigError } from '../../src/config/problem.ts';
import type { Terms } from '../../src/core/terms.ts';
import { type Bench, repository, tasksOf } from '../bench.ts';

/** One edit; paths without a head are those of the table's guest, task ids those of it, too. */
export interface FieldEdit {
  /** As the schema has it (`*` stands for any name); several, where one command says them all. */
  readonly field: string | readonly string[];
  readonly set: readonly string[];
  /** Tasks that run, in order; `✗` those that are blocked; `✗ config: …` where the configuration is refused. */
  readonly runs: readonly string[];
  /** Changing commands and file writes in order, without digests; `(layer)` and `(conf)` stand for scripts, `(point)` for words. */
  readonly sends: readonly string[];
}

export interface FieldTable {
  readonly edits: readonly FieldEdit[];
  /** `ctid:952` */
  readonly guest: string;
  /** What its file may say: the branch of the schema of a guest. */
  readonly schema: 'then' | 'else';
  /** The fleet with these settings. */
  readonly load: (set: readonly string[]) => Promise<Fleet>;
  /** It stands, built from the fleet without any. */
  readonly built: Bench;
  readonly targets: readonly string[];
  /** Ids of guests besides this one whose blocked tasks are told. */
  readonly told?: readonly number[];
  readonly terms?: Partial<Terms>;
}

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly anyOf?: readonly JsonSchema[];
}

/** What a file is about, and what others have: no field of the guest itself. */
const heads = ['$schema', 'id', 'kind', 'extends'];

export function proveFields(table: FieldTable): void {
  test(`every field that the file of ${table.guest} can have is in the table`, () => {
    const text = readFileSync(join(repository, 'config', 'schema', 'guest.schema.json'), 'utf8');
    const schema = (JSON.parse(text) as Record<FieldTable['schema'], JsonSchema>)[table.schema];
    const covered = new Set([...heads, ...table.edits.flatMap(({ field }) => field)]);
    const known = fieldsOf(schema);
    assert.deepEqual([known.filter((field) => !covered.has(field)), known.length > heads.length], [[], true]);
  });
  for (const edit of table.edits) {
    test(`${[edit.field].flat().join(', ').slice(0, 80)}: ${edit.set.join(' ').slice(0, 100)}`, () =>
      proveEdit(table, edit));
  }
}

/** What an edit leads to, and what the run after it still does. */
export async function whatItDoes(
  table: FieldTable,
  set: readonly string[],
): Promise<Pick<FieldEdit, 'runs' | 'sends'> & { readonly again: readonly string[] }> {
  const { guest, load, built, targets, terms = {} } = table;
  const id = guest.replace(/^.*:/, '');
  const paths = set.map((path) => (/^(guests|hypervisor)\./.test(path) ? path : `guests.${id}.${path}`));
  let fleet: Fleet;
  try {
    fleet = await load(paths);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const told = error.problems.filter(({ severity }) => severity === 'error');
    return { runs: told.map(({ message }) => `✗ config: ${message}`), sends: [], again: [] };
  }
  const tasks = await tasksOf(fleet);
  const bench = built.copy();
  const run = await bench.run(tasks, targets, { terms });
  const own = new RegExp(`:(${[id, ...(table.told ?? [])].join('|')})/`);
  const blocked = run.troubles
    .map((trouble) => trouble.split(': ')[0] ?? '')
    .filter((task) => own.test(task));
  return {
    runs: [...run.done, ...blocked.map((task) => `✗ ${task}`)].map((task) => task.replace(`${guest}/`, '')),
    sends: run.commands.flatMap(said),
    again: (await bench.run(tasks, targets, { terms })).done,
  };
}

async function proveEdit(table: FieldTable, { set, runs, sends }: FieldEdit): Promise<void> {
  assert.deepEqual(await whatItDoes(table, set), { runs, sends, again: [] });
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

function said(command: string): string[] {
  if (command.startsWith('write /var/lib/phx/stage/')) return [];
  const text = command
    .replace(/ --digest [0-9a-f]{40}$/, '')
    .replace(/^((?:pct exec|qm guest exec) \d+) [\s\S]*$/, '$1 (layer)')
    .replace(/^flock [\s\S]*$/, 'flock (conf)')
    .replace(/^((?:pct|qm) snapshot \d+ safety-\d+) [\s\S]*$/, '$1 (point)')
    .replace(/^(vzdump \d+) [\s\S]*$/, '$1 (point)')
    .replace(/incarnation=\S+ from=\S+/, '…');
  return [text];
}
