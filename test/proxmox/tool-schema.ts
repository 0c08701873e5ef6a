/** One command of `pct` or `qm` held against the option schema of its tool: verb, places, options, and what each may say. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseProperties } from '../../src/proxmox/conf.ts';
import { formats } from '../../src/twin/formats.ts';

export interface Option {
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
  /** This part is the value of another one. */
  readonly keyAlias?: string;
  readonly alias?: string;
}

interface Command {
  /** It is another name of this command. */
  readonly alias?: string;
  readonly args?: readonly string[];
  readonly use?: readonly string[];
  readonly own?: Readonly<Record<string, Option>>;
}

export interface Schema {
  readonly commands: Readonly<Record<string, Command>>;
  readonly defs: Readonly<Record<string, Option>>;
  readonly enums: Readonly<Record<string, readonly string[]>>;
}

const folder = process.env.PHX_PVE ?? '';

/** The option schema of a tool as Proxmox VE 8.4 and 9.2 have it, by version. */
export function schemasOf(tool: 'pct' | 'qm'): Readonly<Record<string, Schema>> {
  const read = (pve: string) =>
    JSON.parse(readFileSync(join(folder, 'schema', pve, `${tool}.json`), 'utf8')) as Schema;
  return { '8.4': read('8.4'), '9.2': read('9.2') };
}

/** What is wrong with one command; empty when the tool would take it. */
export function wrongWith(argv: readonly string[], schema: Schema): string[] {
  const [command, words] = commandOf(argv, schema);
  if (!command) return [`no verb ${argv[1]}`];
  const { args = [] } = command;
  const end = words.indexOf('--');
  const before = end < 0 ? words : words.slice(0, end);
  const rest = args.includes('extra-args');
  // Those that may be left out can be said as options instead.
  const places = args.filter((name, at) => at === 0 || command.own?.[name]?.required);
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

/** Its verb may be two words; the words behind it. */
function commandOf(argv: readonly string[], { commands }: Schema): [Command | undefined, readonly string[]] {
  for (const length of [2, 1]) {
    const found = commands[argv.slice(1, 1 + length).join(' ')];
    if (found) return [found.alias ? commands[found.alias] : found, argv.slice(1 + length)];
  }
  return [undefined, []];
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
  // Perl reads a quantifier without a lower end as one from none on.
  const pattern = option.pattern?.replaceAll('{,', '{0,');
  if (pattern !== undefined && !new RegExp(`^(?:${pattern})$`).test(value))
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
  const named = new Set([...given.keys()].flatMap((key) => [key, props[key]?.keyAlias ?? key]));
  const missing = Object.keys(props).filter((key) => props[key]?.required && !named.has(key));
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
