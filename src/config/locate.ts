/**
 * Finds where a value of the merged configuration was written. Positions are read from the texts only when asked for,
 * so a configuration without a problem never pays for them. It knows no schema.
 */
import type { Json } from '../core/json.ts';
import type { Document } from './assemble.ts';
import type { SourceFile } from './files.ts';
import { formatPath, type Path } from './path.ts';
import type { CarefulRead } from './read.ts';
import type { Assignment } from './set.ts';

/** Where a value comes from. */
export interface Origin {
  /** The layer: `built-in`, `defaults`, `profile docker`, `guest`, `hypervisor` (with ` (env lab)`), or `--set`. */
  readonly layer: string;
  /** Path from the project's root; `--set …` for the command line; empty for what is built in. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A place with the line of text that it names. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly text: string;
}

/** Which end of a member is meant. */
export type End = 'key' | 'value';

export interface Locator {
  /** The place of a path in one file; the nearest enclosing one where the path itself is not there. */
  inFile(file: string, path: Path, end: End): Place;
  /** The place of a merged value; the nearest enclosing one where nothing wrote it. */
  inDocument(document: Document, path: Path, end: End): Place;
  /** The layer and place that a merged value comes from; undefined where no layer wrote it. */
  origin(document: Document, path: Path): Origin | undefined;
}

/** Makes a locator over the files and `--set` arguments that the documents were made of. */
export function locator(
  files: readonly SourceFile[],
  assignments: readonly Assignment[],
  read: (text: string) => CarefulRead | undefined,
): Locator {
  const texts = new Map(files.map((file) => [file.path, file.text]));
  const reads = new Map<string, CarefulRead | undefined>();
  const spansOf = (file: string): CarefulRead['spans'] | undefined => {
    if (!reads.has(file)) reads.set(file, read(texts.get(file) ?? ''));
    return reads.get(file)?.spans;
  };

  const inFile = (file: string, path: Path, end: End): Place => {
    const assignment = assignments.find((one) => one.source === file);
    if (assignment !== undefined) {
      return { file, line: 1, column: assignment.column, text: file.slice('--set '.length) };
    }
    const spans = spansOf(file);
    for (let length = path.length; spans !== undefined && length >= 0; length--) {
      const span = spans.get(formatPath(path.slice(0, length)));
      if (span !== undefined) {
        const at = length === path.length ? span[end] : span.key;
        return { file, ...at, text: lineOf(texts.get(file) ?? '', at.line) };
      }
    }
    return { file, line: 1, column: 1, text: lineOf(texts.get(file) ?? '', 1) };
  };

  const writer = (document: Document, path: Path): Document['layers'][number] | undefined => {
    for (const layer of document.layers.toReversed()) {
      const found = resolve(layer.value, path);
      if (found === 'here') return layer;
      if (found === 'hidden') return undefined;
    }
    return undefined;
  };

  return {
    inFile,
    inDocument(document, path, end) {
      for (let length = path.length; length > 0; length--) {
        const part = path.slice(0, length);
        const layer = writer(document, part);
        if (layer !== undefined && layer.file !== '') {
          return inFile(layer.file, [...layer.prefix, ...part], length === path.length ? end : 'key');
        }
      }
      return inFile(document.home, [], 'key');
    },
    origin(document, path) {
      const layer = writer(document, path);
      if (layer === undefined) return undefined;
      if (layer.file === '') return { layer: layer.name, file: '', line: 0, column: 0 };
      const { file, line, column } = inFile(layer.file, [...layer.prefix, ...path], 'value');
      return { layer: layer.name, file, line, column };
    },
  };
}

/** Whether a layer writes a path, says nothing of it, or hides what lies below it (by a scalar, a list or null). */
function resolve(value: Json, path: Path): 'here' | 'absent' | 'hidden' {
  let at: Json = value;
  for (const part of path) {
    if (at === null || typeof at !== 'object') return 'hidden';
    const next: Json | undefined = Object.hasOwn(at, part)
      ? (at as { readonly [key: string]: Json })[String(part)]
      : undefined;
    if (next === undefined) return Array.isArray(at) ? 'hidden' : 'absent';
    at = next;
  }
  return at === null ? 'hidden' : 'here';
}

/** A line of a text, from 1. */
export function lineOf(text: string, line: number): string {
  return text.split(/\r\n|[\n\r\u2028\u2029]/)[line - 1] ?? '';
}
