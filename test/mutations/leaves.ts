/**
 * Every edit that a configuration file offers, made in its text: each scalar changed by its kind, each member and element
 * taken out, each element and member doubled. It knows JSON5 and the JSON Schema of the file, and nothing of a fleet.
 */

import { type MemberNode, parse, type ValueNode } from '@humanwhocodes/momoa';
import { enumOf, highest, type JsonSchema } from './schema.ts';

/** One edit of one file. */
export interface Mutation {
  /** From the project's root. */
  readonly file: string;
  /** Where in the file, such as `zfs.pools.quickOS.ashift`; of a template the line. */
  readonly path: string;
  readonly how: string;
  /** The whole file afterwards. */
  readonly text: string;
}

interface Edit {
  readonly path: readonly string[];
  readonly how: string;
  readonly from: number;
  readonly to: number;
  readonly put: string;
}

/** All edits of a JSON5 text. */
export function mutationsOf(file: string, text: string, schema: JsonSchema): Mutation[] {
  const { body } = parse(text, { mode: 'json5', ranges: true });
  return [...editsOf(body, [], schema, text)].map(({ path, how, from, to, put }) => ({
    ...{ file, path: path.join('.'), how },
    text: text.slice(0, from) + put + text.slice(to),
  }));
}

function* editsOf(
  node: ValueNode,
  path: readonly string[],
  schema: JsonSchema,
  text: string,
): Generator<Edit> {
  const change = (how: string, put: string): Edit => ({
    ...{ path, how, put },
    ...{ from: node.loc.start.offset, to: node.loc.end.offset },
  });
  if (node.type === 'Object') {
    for (const member of node.members) {
      const own = [...path, nameOf(member)];
      yield* takenOut(member.loc.start.offset, member.loc.end.offset, own, text);
      yield* editsOf(member.value, own, schema, text);
    }
  } else if (node.type === 'Array') {
    for (const [index, { value }] of node.elements.entries()) {
      const own = [...path, String(index)];
      yield* takenOut(value.loc.start.offset, value.loc.end.offset, own, text);
      yield* editsOf(value, own, schema, text);
    }
  } else if (node.type === 'Number') {
    const next = node.value + (node.value + 1 <= highest(schema, path) ? 1 : -1);
    yield change(`${node.value} → ${next}`, String(next));
  } else if (node.type === 'Boolean') {
    yield change(`${node.value} → ${!node.value}`, String(!node.value));
  } else if (node.type === 'String') {
    const others = enumOf(schema, path).filter((one) => one !== node.value);
    const values = others.length > 0 ? others.slice(0, 1) : stringsBeside(node.value);
    for (const value of new Set(values)) yield change(`'${node.value}' → '${value}'`, quoted(value));
  }
}

/** Without this member, and with it twice. */
function* takenOut(from: number, end: number, path: readonly string[], text: string): Generator<Edit> {
  const comma = /^\s*,/.exec(text.slice(end))?.[0].length ?? 0;
  yield { path, how: 'taken out', from, to: end + comma, put: '' };
  yield { path, how: 'doubled', from, to: from, put: `${text.slice(from, end)}, ` };
}

/** The same with its last number one higher, and the same with something behind it. */
function stringsBeside(value: string): string[] {
  const counted = value.replace(/(\d+)(?!.*\d)/, (digits) => next(digits));
  return [...(counted === value ? [] : [counted]), `${value}x`];
}

function next(digits: string): string {
  return String(Number(digits) + 1).padStart(digits.length, '0');
}

function quoted(value: string): string {
  return JSON.stringify(value);
}

function nameOf({ name }: MemberNode): string {
  return name.type === 'String' ? name.value : name.name;
}
