/** JSON Schemas of the configuration's files, for editors. It knows no file system: `scripts/schemas.ts` writes them. */
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

const families: readonly (readonly [name: string, pattern: string])[] = [
  ['net', '^net([12]?[0-9]|3[01])$'],
  ['mp', '^mp(1?[0-9]{1,2}|2[0-4][0-9]|25[0-5])$'],
  ['dev', '^dev(1?[0-9]{1,2}|2[0-4][0-9]|25[0-5])$'],
  ['ipconfig', '^ipconfig([12]?[0-9]|3[01])$'],
];

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
  for (const [name, pattern] of families) {
    if (properties[`${name}0`] !== undefined) patterns[pattern] = properties[`${name}0`];
  }
  if (Object.keys(patterns).length === 0) return schema;
  const named = Object.entries(properties).filter(([key]) => !/^(net|mp|dev|ipconfig)[1-9]\d*$/.test(key));
  return { ...schema, properties: Object.fromEntries(named), patternProperties: patterns };
}
