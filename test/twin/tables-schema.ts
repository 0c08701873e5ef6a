/** The twin's tables of options, held against the option schemas of Proxmox VE: what both tests of them share. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Spec } from '../../src/twin/formats.ts';
import type { Verb } from '../../src/twin/options.ts';

export interface Option {
  readonly type?: string;
  readonly enum?: readonly string[] | string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly required?: boolean;
  readonly requires?: string;
  readonly alias?: string;
  readonly keyAlias?: string;
  readonly default_key?: boolean;
  readonly index_range?: readonly [number, number];
  readonly props?: Readonly<Record<string, Option>> | string;
}

export interface Command {
  readonly args?: readonly string[];
  readonly alias?: string;
  readonly use?: readonly string[];
  readonly own?: Readonly<Record<string, Option>>;
}

export interface Schema {
  readonly commands: Readonly<Record<string, Command>>;
  readonly defs: Readonly<Record<string, Option>>;
  readonly formats?: Readonly<Record<string, Readonly<Record<string, Option>>>>;
  readonly enums: Readonly<Record<string, readonly string[]>>;
}

const folder = process.env.PHX_PVE ?? '';

/** Packages of the versions that the twin can be. */
export const packages: Readonly<Record<string, Record<string, string>>> = {
  '8.4': { 'pve-manager': '8.4.1' },
  '9.2': { 'pve-manager': '9.2.3' },
};

/** A file of the schemas: `qm`, `qemu-conf`. */
export function schemaFile<T = Schema>(pve: string, name: string): T {
  return JSON.parse(readFileSync(join(folder, 'schema', pve, `${name}.json`), 'utf8')) as T;
}

/** Deprecated names that the tools rewrite, and what only workers among themselves say. */
const leftOut = new Set([
  ...['with-conntrack-state', 'migration_network', 'migration_type', 'targetstorage', 'nets-host-mtu'],
]);

/** Throws where a verb takes other positionals or options, or other values for them. */
export function compareVerb(name: string, verb: Verb, command: Command, schema: Schema): void {
  const further = verb.further ?? [];
  assert.deepEqual([...Object.keys(verb.args), ...further], command.args ?? [], name);
  const known = [...(command.use ?? []), ...Object.keys(command.own ?? {})].filter(
    (option) => !(command.args ?? []).includes(option) && !(name !== 'migrate' && leftOut.has(option)),
  );
  const mine = Object.keys(verb.options).filter((option) => !further.includes(option));
  assert.deepEqual(mine.sort(), known.sort(), name);
  for (const [option, spec] of Object.entries({ ...verb.args, ...verb.options })) {
    const theirs = command.own?.[option] ?? schema.defs[option];
    if (theirs && option !== 'extra-args') compare(`${name} ${option}`, spec, theirs, schema);
  }
}

/** Options that the tools give themselves: a password that is asked for at the terminal, the restore of `pct restore`. */
const byTool = new Set(['passwd password', 'guest passwd password', 'restore unique']);

/** What the twin checks more loosely than the schema says, on purpose. */
const looser = new Set(['phys-bits', 'wwn']);

/** Throws where a table of the twin takes other values than the schema says. */
export function compare(where: string, mine: Spec, theirs: Option, schema: Schema): void {
  if (where.endsWith('sshkeys') || byTool.has(where)) return;
  const type = theirs.type === 'array' ? undefined : theirs.type;
  assert.equal(mine.type, type, `${where}: type`);
  const listed = typeof theirs.enum === 'string' ? schema.enums[theirs.enum.slice(1)] : theirs.enum;
  const ids = where.endsWith('vmid') || where.endsWith('newid');
  if (!where.includes('reported-model'))
    assert.deepEqual(mine.values && [...mine.values], listed, `${where}: enum`);
  if (!ids) assert.deepEqual([mine.min, mine.max], [theirs.minimum, theirs.maximum], `${where}: range`);
  assert.deepEqual(
    [mine.minLength, mine.maxLength, mine.required ?? false, mine.requires, mine.keyAlias, mine.alias],
    [
      theirs.minLength,
      theirs.maxLength,
      theirs.required ?? false,
      theirs.requires,
      theirs.keyAlias,
      theirs.alias,
    ],
    `${where}: length, required, requires, alias`,
  );
  const word = where.split(/[ .]/).at(-1) ?? '';
  if (theirs.pattern !== undefined && !looser.has(word))
    assert.ok(mine.pattern ?? mine.format, `${where}: pattern ${theirs.pattern}`);
  if (theirs.props === undefined) return;
  const props =
    typeof theirs.props === 'string' ? (schema.formats?.[theirs.props.slice(1)] ?? {}) : theirs.props;
  assert.deepEqual(Object.keys(mine.props ?? {}).sort(), Object.keys(props).sort(), `${where}: sub-options`);
  const byDefault = Object.keys(props).find((key) => props[key]?.default_key);
  assert.equal(mine.defaultKey, byDefault, `${where}: default`);
  for (const [key, one] of Object.entries(props))
    compare(`${where}.${key}`, mine.props?.[key] ?? {}, one, schema);
}
