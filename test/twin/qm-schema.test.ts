/**
 * The twin's tables of qm, held against the option schemas of Proxmox VE 8.4 and 9.2: verbs, positionals, options, types,
 * enumerations, ranges, sub-options. The schemas lie in the folder that PHX_PVE names; scripts/test.mjs leaves this out
 * where there is none.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { highest, vmKeysOf } from '../../src/twin/qm-options.ts';
import { aliases, qmVerb } from '../../src/twin/qm-verbs.ts';
import { compareVerb, type Option, packages, schemaFile } from './tables-schema.ts';

for (const pve of Object.keys(packages)) {
  const schema = schemaFile(pve, 'qm');
  const own = packages[pve] ?? {};

  test(`the verbs of ${pve}`, () => {
    for (const [name, command] of Object.entries(schema.commands)) {
      if (command.alias !== undefined) {
        if (qmVerb(own, command.alias)) assert.equal(aliases[name], command.alias, name);
        continue;
      }
      const verb = qmVerb(own, name);
      if (verb) compareVerb(name, verb, command, schema);
    }
    for (const name of ['create', 'set', 'clone', 'guest exec', 'disk resize'])
      assert.ok(schema.commands[name], name);
  });

  test(`the keys of a conf of ${pve}`, () => {
    const { options } = schemaFile<{ options: Record<string, Option> }>(pve, 'qemu-conf');
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
