/**
 * The careful reader: JSON5 text to value and positions of every key and value. Only this file imports momoa, and it is
 * loaded only when a position is wanted: for a problem or for `phx config`. It knows no schema.
 */
import { parse, type ValueNode } from '@humanwhocodes/momoa';
import type { Json } from '../core/json.ts';
import { formatPath, type Path } from './path.ts';

/** A place in a text, both from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Where a member's key and value stand; an element of a list and the root have the value's place for both. */
export interface Span {
  readonly key: Position;
  readonly value: Position;
}

/** A key that its object names twice. */
export interface Duplicate {
  readonly path: Path;
  readonly first: Position;
  readonly second: Position;
}

export interface CarefulRead {
  readonly value: Json;
  /** By `formatPath`; the root is the empty text. */
  readonly spans: ReadonlyMap<string, Span>;
  readonly duplicates: readonly Duplicate[];
}

/**
 * Reads JSON5 with positions. Undefined when momoa refuses the text: it does not take numbers such as `-.5` nor the
 * bare keys `true`, `false`, `null`, `NaN` and `Infinity`, so the caller falls back to the file's first line.
 */
export function readCareful(text: string): CarefulRead | undefined {
  try {
    const spans = new Map<string, Span>();
    const duplicates: Duplicate[] = [];
    const body = parse(text, { mode: 'json5', ranges: true }).body;
    return { value: walk(body, [], place(body.loc.start), { spans, duplicates }), spans, duplicates };
  } catch {
    return undefined;
  }
}

function place(at: Position): Position {
  return { line: at.line, column: at.column };
}

interface Found {
  readonly spans: Map<string, Span>;
  readonly duplicates: Duplicate[];
}

function walk(node: ValueNode, path: Path, key: Position, found: Found): Json {
  found.spans.set(formatPath(path), { key, value: place(node.loc.start) });
  switch (node.type) {
    case 'Object': {
      const entries = new Map<string, Json>();
      const seen = new Map<string, Position>();
      for (const member of node.members) {
        const name = member.name.type === 'String' ? member.name.value : member.name.name;
        const at = place(member.name.loc.start);
        const first = seen.get(name);
        if (first !== undefined) found.duplicates.push({ path: [...path, name], first, second: at });
        seen.set(name, at);
        entries.set(name, walk(member.value, [...path, name], at, found));
      }
      return Object.fromEntries(entries);
    }
    case 'Array':
      return node.elements.map((element, index) =>
        walk(element.value, [...path, index], place(element.value.loc.start), found),
      );
    case 'Null':
      return null;
    case 'NaN':
      return Number.NaN;
    case 'Infinity':
      return node.sign === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
    default:
      return node.value;
  }
}
