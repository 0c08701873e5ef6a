/** A node's state as text: one line of JSON, checked when it is read. It knows no file. */

import { whyOf } from '../core/error.ts';
import { stateVersion, type TwinState } from './state.ts';
import type { Codec, TwinStateError } from './store.ts';

type Damaged = (reason: string) => TwinStateError;

export const stateCodec: Codec<TwinState> = {
  print: (state) => `${JSON.stringify(state)}\n`,
  parse(text, damaged) {
    const value = readVersioned(text, stateVersion, damaged);
    if (!isState(value)) throw damaged('is damaged (parts of it are missing)');
    return value;
  },
};

/** An object of that version, or the error that says what the text is instead. */
export function readVersioned(text: string, version: number, damaged: Damaged): object {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw damaged(`is damaged (${whyOf(error)})`);
  }
  if (typeof value !== 'object' || value === null) throw damaged('is damaged (it holds no object)');
  const found = 'version' in value ? value.version : undefined;
  if (found !== version)
    throw damaged(`has version ${JSON.stringify(found)}, this phx knows version ${version}`);
  return value;
}

const objects = [
  'hardware',
  'guests',
  'volumes',
  'pools',
  'datasets',
  'files',
  'packages',
  'units',
  'nvidia',
  'sysctl',
];
const lists = ['storages', 'modules', 'bridges', 'events', 'faults'];
const texts = ['id', 'machineId', 'bootId', 'timezone'];

/** Whether all parts of a node's state are there. */
export function isState(value: object): value is TwinState {
  const parts = new Map<string, unknown>(Object.entries(value));
  const object = (name: string) => typeof parts.get(name) === 'object' && parts.get(name) !== null;
  return (
    objects.every(object) &&
    lists.every((name) => Array.isArray(parts.get(name))) &&
    texts.every((name) => typeof parts.get(name) === 'string')
  );
}
