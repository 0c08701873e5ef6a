/** Reads the texts of the old files: what is no JSON, or not what it is called, is one clear error. It opens no file. */

import type { Path } from '../config/path.ts';
import { readCareful } from '../config/read.ts';
import { PhxError } from '../core/error.ts';
import type { Json } from '../core/json.ts';
import { isObject } from './ledger.ts';

/** An old file, read. */
export interface LegacyFile {
  /** Path from the old folder. */
  readonly name: string;
  readonly value: Json;
  /** Names that an object has twice, with the lines. */
  readonly duplicates: readonly { readonly path: Path; readonly first: number; readonly second: number }[];
}

/** The three files, and the section that each of them has to have. */
export const legacyFiles: Readonly<Record<string, string>> = {
  'phoenix_hypervisor_config.json': 'network',
  'phoenix_lxc_configs.json': 'lxc_configs',
  'phoenix_vm_configs.json': 'vms',
};

/** Reads one file; `where` is its path for a message. */
export function readLegacy(name: string, text: string, where: string): LegacyFile {
  const value = parsed(text.replace(/^\uFEFF/, ''), where);
  const section = legacyFiles[name];
  if (!isObject(value)) throw odd(where, 'the file is no JSON object');
  if (section !== undefined && !isObject(value[section]) && !Array.isArray(value[section]))
    throw odd(where, `it has no section "${section}", which the old system had there`);
  const duplicates = readCareful(text)?.duplicates ?? [];
  return {
    ...{ name, value },
    duplicates: duplicates.map(({ path, first, second }) => ({
      path,
      first: first.line,
      second: second.line,
    })),
  };
}

function parsed(text: string, where: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const at = Number(/position (\d+)/.exec(why)?.[1] ?? Number.NaN);
    const before = Number.isNaN(at) ? undefined : text.slice(0, at).split('\n');
    const place = before && `, line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
    // What stands there may be a password: the message says where, and quotes nothing.
    throw odd(where, `it is no JSON${place ?? ''}${text.trim() === '' ? ': the file is empty' : ''}`);
  }
}

function odd(where: string, why: string): PhxError {
  return new PhxError('usage', {
    title: 'An old file cannot be read',
    facts: [
      ['file', where],
      ['why', why],
    ],
    hint: 'Nothing was written. Name the folder of the old system that holds its three JSON files, and mend the file: jq . <file> shows where it breaks.',
    command: 'phx import legacy --help',
  });
}
