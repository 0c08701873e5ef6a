/**
 * The twin's tables of qm, held against the option schemas of Proxmox VE 8.4 and 9.2: verbs, positionals, options, types,
 * enumerations, ranges, sub-options. The schemas lie in the folder that PHX_PVE names; scripts/test.mjs leaves this out
 * where there is none.
 */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Spec } from '../../src/twin/formats.ts';
import { highest, vmKeysOf } from '../../src/twin/qm-options.ts';
import { aliases, qmVerb } from '../../src/twin/qm-verbs.ts';

interface Option {
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

interface Command {
  readonly args?: readonly string[];
  readonly alias?: string;
  readonly use?: readonly string[];
  readonly own?: Readonly<Record<string, Option>>;
}

interface Schema {
  readonly commands: Readonly<Record<string, Command>>;
  readonly defs: Readonly<Record<string, Option>>;
  readonly formats?: Readonly<Record<string, Readonly<Record<string, Option>>>>;
  readonly enums: Readonly<Record<string, readonly string[]>>;
}

const folder = process.env.PHX_PVE ?? '';
const packages: Readonly<Record<string, Record<string, string>>> = {
  '8.4': { 'pve-manager': '8.4.1' },
  '9.2': { 'pve-manager': '9.2.3' },
};

/** Deprecated names that the tools rewrite, and what only workers among themselves say. */
const leftOut = new Set([
  ...['with-conntrack-state', 'migration_network', 'migration_type', 'targetstorage', 'nets-host-mtu'],
]);

for (const pve of Object.keys(packages)) {
  const schema = JSON.parse(readFileSync(join(folder, 'schema', pve, 'qm.json'), 'utf8')) as Schema;
  const own = packages[pve] ?? {};

  test(`the verbs of ${pve}`, () => {
    for (const [name, command] of Object.entries(schema.commands)) {
      if (command.alias !== undefined) {
        if (qmVerb(own, command.alias)) assert.equal(aliases[name], command.alias, name);
        continue;
      }
      const verb = qmVerb(own, name);
      if (!verb) continue;
      const further = verb.further ?? [];
      assert.deepEqual([...Object.keys(verb.args), ...further], command.args ?? [], name);
      const known = [...(command.use ?? []), ...Object.keys(command.own ?? {})].filter(
        (option) => !(command.args ?? []).includes(option) && !leftOut.has(option),
      );
      const mine = Object.keys(verb.options).filter((option) => !further.includes(option));
      assert.deepEqual(mine.sort(), known.sort(), name);
      for (const [option, spec] of Object.entries({ ...verb.args, ...verb.options })) {
        const theirs = command.own?.[option] ?? schema.defs[option];
        if (theirs && option !== 'extra-args') compare(`${name} ${option}`, spec, theirs, schema);
      }
    }
    for (const name of ['create', 'set', 'clone', 'guest exec', 'disk resize'])
      assert.ok(schema.commands[name], name);
  });

  test(`the keys of a conf of ${pve}`, () => {
    const file = readFileSync(join(folder, 'schema', pve, 'qemu-conf.json'), 'utf8');
    const { options } = JSON.parse(file) as { options: Record<string, Option> };
    const mine = Object.keys(vmKeysOf(own));
    const internal = ['meta', 'parent', 'runningcpu', 'runningmachine', 'snapstate', 'snaptime', 'vmstate'];
    assert.deepEqual(
      Object.keys(options).filter((key) => !mine.includes(key) && !internal.includes(key)),
      [],
    );
    assert.deepEqual(
      mine.filter((key) => !Object.hasOwn(options, key)),
      [],
    );
    for (const [key, { index_range: range }] of Object.entries(schema.defs))
      if (range && key !== 'unused[n]') assert.equal(highest[key.replace('[n]', '')], range[1], key);
  });
}

/** What the twin checks more loosely than the schema says, on purpose. */
const looser = new Set(['phys-bits', 'wwn']);

function compare(where: string, mine: Spec, theirs: Option, schema: Schema): void {
  if (where.endsWith('sshkeys')) return;
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
