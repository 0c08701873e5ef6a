/**
 * Every pct command that any case or a build of the sample fleet sends, held against the option schemas of Proxmox VE 8.4
 * and 9.2: verb, positionals, options, types, enumerations, ranges, patterns and property strings. The schemas lie in the
 * folder that PHX_PVE names; scripts/test.mjs leaves this out where there is none.
 */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseProperties } from '../../src/proxmox/conf.ts';
import { formats } from '../../src/twin/formats.ts';
import { Bench, sampleFleet, tasksOf } from '../bench.ts';
import { readCases } from '../tasks/cases.ts';

interface Option {
  readonly type?: string;
  readonly format?: string;
  readonly enum?: readonly string[] | string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly required?: boolean;
  readonly default_key?: boolean;
  readonly index_range?: readonly [number, number];
  readonly props?: Readonly<Record<string, Option>>;
}

interface Command {
  readonly args: readonly string[];
  readonly use?: readonly string[];
  readonly own?: Readonly<Record<string, Option>>;
}

interface Schema {
  readonly commands: Readonly<Record<string, Command>>;
  readonly defs: Readonly<Record<string, Option>>;
  readonly enums: Readonly<Record<string, readonly string[]>>;
}

const folder = process.env.PHX_PVE ?? '';
const schemaOf = (pve: string) =>
  JSON.parse(readFileSync(join(folder, 'schema', pve, 'pct.json'), 'utf8')) as Schema;
const schemas: Readonly<Record<string, Schema>> = { '8.4': schemaOf('8.4'), '9.2': schemaOf('9.2') };

/** What 8.4 does not know. */
const since92 = /(^|[ ,])(--entrypoint|--env|host-managed=|idmap=|keepattrs=)/;

/** What is wrong with one command; empty when the tool would take it. */
function wrongWith(argv: readonly string[], schema: Schema): string[] {
  const [, verb = '', ...words] = argv;
  const command = Object.hasOwn(schema.commands, verb) ? schema.commands[verb] : undefined;
  if (!command) return [`no verb ${verb}`];
  const end = words.indexOf('--');
  const before = end < 0 ? words : words.slice(0, end);
  const rest = command.args.includes('extra-args');
  // Those that may be left out can be said as options instead.
  const places = command.args.filter((name, at) => at === 0 || command.own?.[name]?.required);
  const count = places.length - (rest && places.includes('extra-args') ? 1 : 0);
  const wrong: string[] = [];
  places.slice(0, count).forEach((name, at) => {
    const value = before[at];
    if (value === undefined || value.startsWith('-')) wrong.push(`${name} is missing`);
    else wrong.push(...wrongValue(name, value, command.own?.[name] ?? schema.defs[name] ?? vmid, schema));
  });
  for (let at = count; at < before.length; at += 2) {
    const [option = '', value] = [before[at], before[at + 1]];
    const name = option.replace(/^--/, '');
    const found = optionOf(command, schema, name);
    if (!option.startsWith('--') || !found) wrong.push(`no option ${option}`);
    else if (value === undefined) wrong.push(`${option} has no value`);
    else wrong.push(...wrongValue(name, value, found, schema));
  }
  return wrong;
}

const vmid: Option = { type: 'integer', minimum: 100, maximum: 999_999_999 };

function optionOf({ use = [], own = {} }: Command, { defs }: Schema, name: string): Option | undefined {
  const known = (key: string) =>
    Object.hasOwn(own, key) ? own[key] : use.includes(key) ? defs[key] : undefined;
  const direct = known(name);
  if (direct) return direct;
  const [, family = '', index = ''] = /^([a-z]+)(\d+)$/.exec(name) ?? [];
  const many = known(`${family}[n]`);
  // The command's own table has no range; that of the conf file has: 32 interfaces, 256 of all others.
  const [least, most] = many?.index_range ?? [0, family === 'net' ? 31 : 255];
  return many && Number(index) >= least && Number(index) <= most ? many : undefined;
}

function wrongValue(name: string, value: string, option: Option, schema: Schema): string[] {
  const say = (what: string) => [`${name}: ${what}: ${value}`];
  if (option.props) return wrongProperties(name, value, option.props, schema);
  if (option.type === 'integer' && !/^-?\d+$/.test(value)) return say('no integer');
  if (option.type === 'number' && !/^-?\d+(\.\d+)?$/.test(value)) return say('no number');
  if (option.type === 'boolean' && !/^[01]$/.test(value)) return say('no boolean');
  if (option.minimum !== undefined && Number(value) < option.minimum) return say('too small');
  if (option.maximum !== undefined && Number(value) > option.maximum) return say('too large');
  if (option.minLength !== undefined && [...value].length < option.minLength) return say('too short');
  if (option.maxLength !== undefined && [...value].length > option.maxLength) return say('too long');
  const allowed = typeof option.enum === 'string' ? schema.enums[option.enum.slice(1)] : option.enum;
  if (allowed && !allowed.includes(value)) return say('not in the enumeration');
  if (option.pattern !== undefined && !new RegExp(`^(?:${option.pattern})$`).test(value))
    return say('does not match the pattern');
  const format = option.format as keyof typeof formats | undefined;
  const broken = format !== undefined && format in formats ? formats[format](value) : undefined;
  return broken === undefined ? [] : say(broken);
}

function wrongProperties(
  name: string,
  value: string,
  props: Readonly<Record<string, Option>>,
  schema: Schema,
): string[] {
  const byDefault = Object.keys(props).find((key) => props[key]?.default_key);
  const given = parseProperties(value, byDefault);
  const missing = Object.keys(props).filter((key) => props[key]?.required && !given.has(key));
  return [
    ...(/\s/.test(value) && name !== 'features' && given.has('volume') === false
      ? [`${name}: a blank: ${value}`]
      : []),
    ...missing.map((key) => `${name}.${key} is missing`),
    ...[...given].flatMap(([key, entry]) => {
      const option = Object.hasOwn(props, key) ? props[key] : undefined;
      return option ? wrongValue(`${name}.${key}`, entry, option, schema) : [`no sub-option ${name}.${key}`];
    }),
  ];
}

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
