/**
 * Fingerprints: what a task read, kept whole so that two can be compared key by key. Pure; it reads nothing itself.
 * Config leaves stand under their own path (`net0.ip`); every other key has a colon (`file:…`, `text:…`, `result:…`).
 */

import { digest, printable } from './digest.ts';
import type { Json } from './json.ts';

/** Sorted map input → digest (printable where the value is short). */
export type Fingerprint = Readonly<Record<string, string>>;

/** What the judge gathered of a task's inputs. */
export interface InputDigests {
  readonly revision: string;
  readonly config: Readonly<Record<string, Json>>;
  /** File path → digest of its content, or undefined when it does not exist. */
  readonly files: ReadonlyMap<string, string | undefined>;
  /** Environment variable → its value, or undefined when it is not set. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly texts: Readonly<Record<string, string>>;
  /** Secret name → keyed digest. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Task id → result digest, of result dependencies only. */
  readonly results: ReadonlyMap<string, string>;
}

export function fingerprintOf(inputs: InputDigests): Fingerprint {
  const entries: [string, string][] = [['task:revision', inputs.revision]];
  for (const [key, value] of Object.entries(inputs.config)) flatten(key, value, entries);
  for (const [path, content] of inputs.files) entries.push([`file:${path}`, content ?? 'absent']);
  for (const [name, value] of Object.entries(inputs.env)) {
    entries.push([`env:${name}`, value === undefined ? 'absent' : printable(value)]);
  }
  for (const [name, text] of Object.entries(inputs.texts))
    entries.push([`text:${name}`, `sha256:${digest(text)}`]);
  for (const [name, keyed] of Object.entries(inputs.secrets)) entries.push([`secret:${name}`, keyed]);
  for (const [task, result] of inputs.results) entries.push([`result:${task}`, result]);
  entries.sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
  return Object.fromEntries(entries);
}

function flatten(path: string, value: Json | undefined, into: [string, string][]): void {
  if (value === undefined) return;
  if (value !== null && typeof value === 'object' && !Array.isArray(value)) {
    const members = Object.entries(value);
    if (members.length > 0) {
      for (const [key, member] of members) flatten(`${path}.${key}`, member as Json, into);
      return;
    }
  }
  into.push([path, printable(value)]);
}

/** One digest for a whole map, independent of the order of its keys. */
export function digestOfMap(map: Readonly<Record<string, string>>): string {
  return digest(
    Object.keys(map)
      .sort()
      .map((key) => `${key}\t${map[key]}`)
      .join('\n'),
  );
}

/** One key that differs between two maps. */
export interface Difference {
  readonly key: string;
  readonly from?: string;
  readonly to?: string;
}

/** The keys in which two maps differ, sorted. */
export function differences(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): Difference[] {
  const found: Difference[] = [];
  for (const key of Object.keys(after)) {
    const from = before[key];
    const to = after[key];
    if (from === to || to === undefined) continue;
    found.push(from === undefined ? { key, to } : { key, from, to });
  }
  for (const [key, from] of Object.entries(before)) {
    if (after[key] === undefined) found.push({ key, from });
  }
  return found.sort((a, b) => (a.key < b.key ? -1 : 1));
}
