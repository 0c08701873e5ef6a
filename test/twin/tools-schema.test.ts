/**
 * The twin's tables of pct, pvesm, pveam and pveum, held against the option schemas of Proxmox VE 8.4 and 9.2. The schemas
 * lie in the folder that PHX_PVE names; scripts/test.mjs leaves this out where there is none.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Verb } from '../../src/twin/options.ts';
import { pctVerb, pctVerbs } from '../../src/twin/pct-options.ts';
import { pveamVerbs } from '../../src/twin/pveam.ts';
import { pvesmVerb, pvesmVerbs } from '../../src/twin/pvesm-options.ts';
import { pveumVerb, pveumVerbs } from '../../src/twin/pveum-options.ts';
import { compareVerb, packages, schemaFile } from './tables-schema.ts';

interface Tool {
  readonly names: readonly string[];
  readonly verb: (packages: Readonly<Record<string, string>>, name: string) => Verb | undefined;
}

function table(verbs: Readonly<Record<string, Verb>>): Tool {
  return { names: Object.keys(verbs), verb: (_, name) => verbs[name] };
}

const tools: Readonly<Record<string, Tool>> = {
  pct: { names: Object.keys(pctVerbs), verb: pctVerb },
  pvesm: { names: ['add', 'set', ...Object.keys(pvesmVerbs)], verb: pvesmVerb },
  pveam: table(pveamVerbs),
  pveum: { names: Object.keys(pveumVerbs), verb: pveumVerb },
};

for (const [tool, { names, verb }] of Object.entries(tools))
  for (const [pve, own] of Object.entries(packages)) {
    const schema = schemaFile(pve, tool);
    for (const name of names)
      test(`${tool} ${name} of ${pve}`, () => {
        const command = schema.commands[name];
        const mine = verb(own, name);
        assert.ok(command && mine, 'there is such a verb');
        // Another name stands for a verb beside it.
        const family = name.replace(/[^ ]+$/, '');
        const meant = command.alias === undefined ? command : schema.commands[`${family}${command.alias}`];
        compareVerb(name, mine, meant ?? command, schema);
      });
  }
