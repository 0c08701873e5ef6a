/** JSON Schemas of the configuration's files, for editors. It knows no file system: `scripts/schemas.ts` writes them. */
import { families } from './families.ts';
import { files, jsonSchema } from './schema/index.ts';

type JsonSchema = { [key: string]: unknown };

/** The schemas by file name, as the text of that file. */
export function jsonSchemas(): ReadonlyMap<string, string> {
  const guest = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'A guest: config/guests/<id>-<name>.json5',
    // One of two by its kind, so that an editor complains about a key and not about "no form matches".
    if: { properties: { kind: { const: 'vm' } }, required: ['kind'] },
    // biome-ignore lint/suspicious/noThenProperty: the keyword of JSON Schema
    then: part(jsonSchema(files.vm)),
    else: part(jsonSchema(files.ct)),
  };
  const whole = (title: string, schema: JsonSchema): JsonSchema => {
    const { $schema, ...rest } = fold(schema) as JsonSchema;
    return { $schema, title, ...rest };
  };
  const all: [string, JsonSchema][] = [
    ['hypervisor', whole('The node: config/hypervisor.json5', jsonSchema(files.hypervisor))],
    ['defaults', whole('What guests start from: config/defaults.json5', jsonSchema(files.defaults))],
    ['profile', whole('Shared keys of guests: config/profiles/<name>.json5', jsonSchema(files.profile))],
    ['guest', guest],
  ];
  return new Map(
    all.map(([name, schema]) => [`${name}.schema.json`, `${JSON.stringify(schema, undefined, 2)}\n`]),
  );
}

function part(schema: JsonSchema): JsonSchema {
  const { $schema: _, ...rest } = fold(schema) as JsonSchema;
  return rest;
}

/** Family → highest number: the larger one where both kinds have it. */
const highest = new Map(
  Object.values(families).flatMap((all) =>
    Object.entries(all).map(([name, { last }]) => [name, last] as const),
  ),
);

/** Digits of 0 … last. */
function upTo(last: number): string {
  const [tens, ones] = [Math.floor(last / 10), last % 10];
  if (last > 99) return '(1?[0-9]{1,2}|2[0-4][0-9]|25[0-5])';
  if (tens === 0) return `[0-${ones}]`;
  const below = tens === 1 ? '[0-9]' : `[1${tens > 2 ? `-${tens - 1}` : ''}]?[0-9]`;
  return `(${below}|${tens}[0-${ones}])`;
}

/** Says net0 … net31 once, by a pattern, and net0 by name so that an editor offers it. */
function fold(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(fold);
  if (value === null || typeof value !== 'object') return value;
  const schema: JsonSchema = Object.fromEntries(
    Object.entries(value).map(([key, child]) => [key, fold(child)]),
  );
  const properties = schema.properties as JsonSchema | undefined;
  if (properties === undefined) return schema;
  const patterns: JsonSchema = {};
  for (const [name, last] of highest) {
    // A key of one member, such as efidisk0, is no family.
    if (properties[`${name}1`] !== undefined) patterns[`^${name}${upTo(last)}$`] = properties[`${name}0`];
  }
  if (Object.keys(patterns).length === 0) return schema;
  const named = Object.entries(properties).filter(([key]) => {
    const [, name = ''] = /^([a-z]+)[1-9]\d*$/.exec(key) ?? [];
    return !highest.has(name);
  });
  return { ...schema, properties: Object.fromEntries(named), patternProperties: patterns };
}
