/** The reference of the configuration as Markdown, made of the schemas: every key, its type, its meaning, an example. Pure. */

import type { Json } from '../core/json.ts';
import { jsonSchemas } from './json-schema.ts';

/** Values to show, by the names that files write. */
export interface Examples {
  readonly hypervisor: Readonly<Record<string, Json>>;
  readonly ct: Readonly<Record<string, Json>>;
  readonly vm: Readonly<Record<string, Json>>;
}

interface Schema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly enum?: readonly Json[];
  readonly const?: Json;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly then?: Schema;
  readonly else?: Schema;
}

const head = `# Configuration

Every key of the configuration, made of the schemas that check it (\`npm run schemas\`): do not edit this page. Files are JSON5; an editor that reads \`$schema\` completes them. What a key does, and when a change of it needs a restart, stands in [node.md](node.md), [containers.md](containers.md) and [vms.md](vms.md). \`null\` takes a value away that a layer below gave.

| file | what |
| --- | --- |
| \`config/hypervisor.json5\` | [the node](#the-node) |
| \`config/nodes/<name>.json5\` | of a cluster, what is otherwise on one node |
| \`config/defaults.json5\` | \`{ ct: …, vm: … }\`: what every [container](#containers) or [VM](#virtual-machines) starts from |
| \`config/profiles/<name>.json5\` | keys that guests share, by \`extends\` |
| \`config/guests/<id>-<name>.json5\` | one [container](#containers) or [VM](#virtual-machines) |
| \`config/pins.json5\` | versions of layers, written by \`phx update\` |
| \`config/env/<name>/…\` | the same files once more, laid over the others by \`--env <name>\` |
`;

export function configReference(examples: Examples): string {
  const schemas = jsonSchemas();
  const read = (name: string) => JSON.parse(schemas.get(`${name}.schema.json`) ?? '{}') as Schema;
  const guest = read('guest');
  return [
    head,
    ...chapter('The node', read('hypervisor'), examples.hypervisor),
    ...chapter('Containers', guest.else ?? {}, examples.ct),
    ...chapter('Virtual machines', guest.then ?? {}, examples.vm),
  ].join('\n');
}

function chapter(title: string, schema: Schema, examples: Readonly<Record<string, Json>>): string[] {
  const keys = Object.entries(members(schema)).filter(([key]) => key !== '$schema');
  return [`## ${title}\n`, ...keys.flatMap(([key, value]) => section(key, value, examples[key]))];
}

function section(key: string, schema: Schema, example: Json | undefined): string[] {
  const meaning = descriptionOf(schema);
  const rows = rowsOf(schema, '');
  return [
    `### \`${key}\`\n`,
    `${capital(typeOf(schema))}.${meaning === '' ? '' : ` ${meaning}`}\n`,
    ...(example === undefined ? [] : [`\`\`\`json5\n${key}: ${show(example)},\n\`\`\`\n`]),
    ...(rows.length === 0 ? [] : [`| key | type | meaning |\n| --- | --- | --- |\n${rows.join('\n')}\n`]),
  ];
}

/** What lies below a key, a row each; of a map the entries as \`<name>\`. */
function rowsOf(schema: Schema, path: string): string[] {
  const plain = withoutNull(schema);
  const forms = plain.anyOf ?? [plain];
  return forms.flatMap((form) => {
    const own = Object.entries(members(form)).flatMap(([key, value]) =>
      row(path === '' ? key : `${path}.${key}`, value),
    );
    const entry = typeof form.additionalProperties === 'object' ? form.additionalProperties : undefined;
    const named = entry && hasMembers(entry) ? rowsOf(entry, path === '' ? '<name>' : `${path}.<name>`) : [];
    const item = form.items && hasMembers(form.items) ? rowsOf(form.items, `${path}[]`) : [];
    return [...own, ...named, ...item];
  });
}

function row(path: string, schema: Schema): string[] {
  return [
    `| \`${path}\` | ${cell(typeOf(schema))} | ${cell(descriptionOf(schema))} |`,
    ...rowsOf(schema, path),
  ];
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

function members(schema: Schema): Readonly<Record<string, Schema>> {
  return { ...schema.properties };
}

function hasMembers(schema: Schema): boolean {
  const plain = withoutNull(schema);
  return (plain.anyOf ?? [plain]).some(
    (form) =>
      Object.keys(members(form)).length > 0 ||
      typeof form.additionalProperties === 'object' ||
      (form.items !== undefined && hasMembers(form.items)),
  );
}

/** A value may be null to take it away; that is said once. */
function withoutNull(schema: Schema): Schema {
  if (schema.anyOf === undefined) return schema;
  const rest = schema.anyOf.filter((form) => form.type !== 'null').map(withoutNull);
  const [only] = rest;
  if (rest.length === 1 && only)
    return { ...(schema.description ? { description: schema.description } : {}), ...only };
  return { ...schema, anyOf: rest.flatMap((form) => form.anyOf ?? [form]) };
}

function descriptionOf(schema: Schema): string {
  const plain = withoutNull(schema);
  return schema.description ?? plain.description ?? '';
}

function typeOf(schema: Schema): string {
  const plain = withoutNull(schema);
  if (plain.anyOf) return [...new Set(plain.anyOf.map(typeOf))].join(', or ');
  if (plain.const !== undefined) return `\`${show(plain.const)}\``;
  if (plain.enum)
    return plain.enum
      .filter((value) => value !== null)
      .map((value) => `\`${show(value)}\``)
      .join(', ');
  const [type] = [plain.type ?? ''].flat().filter((name) => name !== 'null');
  if (type === 'array') return `list of ${plain.items ? plural(typeOf(plain.items)) : 'values'}`;
  if (type === 'object') return typeof plain.additionalProperties === 'object' ? 'object, by name' : 'object';
  if (type === 'integer' || type === 'number')
    return `${type === 'integer' ? 'whole number' : 'number'}${rangeOf(plain)}`;
  if (type === 'boolean') return 'true or false';
  return type === 'string' ? 'text' : 'value';
}

function capital(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}

function plural(type: string): string {
  return type
    .replace(/^text$/, 'texts')
    .replace(/^whole number/, 'whole numbers')
    .replace(/^object\b/, 'objects');
}

function rangeOf({ minimum, maximum, exclusiveMinimum }: Schema): string {
  const isBounded = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER;
  if (exclusiveMinimum !== undefined) return ` above ${exclusiveMinimum}`;
  if (minimum !== undefined && minimum > Number.MIN_SAFE_INTEGER)
    return isBounded ? `, ${minimum} to ${maximum}` : ` from ${minimum} on`;
  return isBounded ? ` up to ${maximum}` : '';
}

/** A value as a file would write it. */
function show(value: Json, indent = ''): string {
  if (typeof value === 'string') return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  if (value === null || typeof value !== 'object') return String(value);
  const inner = `${indent}  `;
  const parts = Array.isArray(value)
    ? value.map((item: Json) => show(item, inner))
    : Object.entries(value).map(
        ([key, item]) => `${/^[A-Za-z_$][\w$]*$/.test(key) ? key : show(key)}: ${show(item as Json, inner)}`,
      );
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{ ', ' }'];
  const line =
    parts.length === 0 ? `${open}${close}`.replaceAll(' ', '') : `${open}${parts.join(', ')}${close}`;
  if (line.length <= 90 && !line.includes('\n')) return line;
  return `${open.trim()}\n${parts.map((part) => `${inner}${part},\n`).join('')}${indent}${close.trim()}`;
}
