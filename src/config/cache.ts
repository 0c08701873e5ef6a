/**
 * A store of checked configurations by the digest of all they were made of. It only saves time: whatever goes wrong
 * with it is ignored. It knows no JSON5 and no schema.
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Json } from '../core/json.ts';
import type { SourceFile } from './files.ts';
import type { Fleet } from './fleet.ts';
import type { ConfigProblem } from './problem.ts';

/** Raised whenever the schema, a check, a built-in default or the shape of the fleet changes. */
export const schemaVersion = 18;

const kept = 8;

/** What is stored. */
export interface Cached {
  readonly fleet: Fleet;
  /** Warnings. */
  readonly problems: readonly ConfigProblem[];
}

/** The digest of everything that a configuration is made of. `asked`: what beside its files was asked for. */
export function cacheKey(files: readonly SourceFile[], asked: Json, found: readonly ConfigProblem[]): string {
  const named = files.map((file) => [file.path, createHash('sha256').update(file.text).digest('hex')]);
  return createHash('sha256')
    .update(JSON.stringify([schemaVersion, asked, named, found]))
    .digest('hex');
}

/** The configuration stored under a key; undefined when there is none that can be read whole. */
export function readCache(cacheDir: string, key: string): Cached | undefined {
  const path = join(cacheDir, 'config', `${key}.json`);
  try {
    const text = readFileSync(path, 'utf8');
    const line = text.indexOf('\n');
    const body = text.slice(line + 1);
    if (line < 0 || text.slice(0, line) !== sum(body)) return undefined;
    return JSON.parse(body) as Cached;
  } catch {
    return undefined;
  }
}

/** Stores a configuration and forgets all but the newest few. */
export function writeCache(cacheDir: string, key: string, value: Cached): void {
  const dir = join(cacheDir, 'config');
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    const body = JSON.stringify(value);
    const draft = join(dir, `.${key}.${randomBytes(6).toString('hex')}`);
    try {
      writeFileSync(draft, `${sum(body)}\n${body}`, { mode: 0o600, flag: 'wx' });
      renameSync(draft, join(dir, `${key}.json`));
    } finally {
      rmSync(draft, { force: true });
    }
    prune(dir);
  } catch {
    // A cache that cannot be written saves no time; nothing else depends on it.
  }
}

function sum(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function prune(dir: string): void {
  const records = readdirSync(dir)
    .filter((name) => name.endsWith('.json'))
    .map((name) => ({ path: join(dir, name), time: statSync(join(dir, name)).mtimeMs }))
    .sort((a, b) => b.time - a.time);
  for (const { path } of records.slice(kept)) rmSync(path, { force: true });
}
