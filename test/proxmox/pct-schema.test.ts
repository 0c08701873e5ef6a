/**
 * Every pct command that any case or a build of the sample fleet sends, held against the option schemas of Proxmox VE 8.4
 * and 9.2: verb, positionals, options, types, enumerations, ranges, patterns and property strings. The schemas lie in the
 * folder that PHX_PVE names; scripts/test.mjs leaves this out where there is none.
 */

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { Bench, sampleFleet, tasksOf } from '../bench.ts';
import { readCases } from '../tasks/cases.ts';
import { schemasOf, wrongWith } from './tool-schema.ts';

const schemas = schemasOf('pct');

/** What 8.4 does not know. */
const since92 = /(^|[ ,])(--entrypoint|--env|host-managed=|idmap=|keepattrs=)/;

function check(source: string, commands: readonly (readonly string[])[]): void {
  const own = commands.filter(([program]) => program === 'pct');
  assert.ok(own.length > 0, `${source} sends no pct command`);
  for (const argv of own) {
    for (const [pve, schema] of Object.entries(schemas)) {
      if (pve === '8.4' && since92.test(argv.join(' '))) continue;
      assert.deepEqual(wrongWith(argv, schema), [], `${pve}: ${argv.join(' ')}`);
    }
  }
}

test('the commands of all cases', () => {
  const files = readdirSync(new URL('../tasks/cases/', import.meta.url)).map((name) =>
    name.replace('.json', ''),
  );
  const lines = files.flatMap(readCases).flatMap(({ commands, asks = [] }) => [...commands, ...asks]);
  check(
    'a case',
    lines.map((line) => (typeof line === 'string' ? line.split(' ') : line)),
  );
});

test('the commands of a build of the sample fleet, digests and all', async () => {
  const fleet = await sampleFleet();
  const { events, troubles } = await Bench.fresh(fleet).run(await tasksOf(fleet), ['all']);
  assert.deepEqual(troubles, []);
  const sent = events.flatMap((event) =>
    event.type === 'done' ? event.commands.map(({ argv }) => argv) : [],
  );
  check('the sample fleet', sent);
  assert.ok(sent.some((argv) => argv[1] === 'set' && argv.includes('--digest')));
});

test('what a tool would refuse is found', () => {
  const lines: readonly (readonly [line: string, word: RegExp])[] = [
    ['pct sett 950', /no verb/],
    ['pct set 99 --memory 512', /too small/],
    ['pct set 950 --memory 1', /too small/],
    ['pct set 950 --memory lots', /no integer/],
    ['pct set 950 --cores 9999', /too large/],
    ['pct set 950 --nosuch 1', /no option/],
    ['pct set 950 --net32 name=eth0', /no option/],
    ['pct set 950 --net0 bridge=vmbr0', /net0.name is missing/],
    ['pct set 950 --net0 name=eth0,colour=red', /no sub-option/],
    ['pct set 950 --cmode loud', /enumeration/],
    ['pct set 950 --onboot yes', /no boolean/],
    ['pct set 950 --mp0 a:1,mp=/x,mountoptions=fast', /pattern/],
    ['pct set 950 --hostname a_b', /DNS name/],
    ['pct resize 950 disk0 1G', /enumeration/],
    ['pct start', /vmid is missing/],
  ];
  for (const schema of Object.values(schemas))
    for (const [line, word] of lines) assert.match(wrongWith(line.split(' '), schema).join('\n'), word, line);
});
