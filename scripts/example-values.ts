/** Examples for the reference of the configuration: values of the sample fleet, as its files write them. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import JSON5 from 'json5';
import type { Examples } from '../src/config/reference.ts';
import type { Json } from '../src/core/json.ts';

const config = fileURLToPath(new URL('../config', import.meta.url));

type Values = { [key: string]: Json };

function read(...path: string[]): Values {
  return JSON5.parse(readFileSync(join(config, ...path), 'utf8')) as Values;
}

function readAll(folder: string): Values[] {
  return readdirSync(join(config, folder))
    .sort()
    .map((name) => read(folder, name));
}

/** Of each key the first value that a file of the sample writes. */
export async function exampleValues(): Promise<Examples> {
  const first = (all: readonly Values[]): Values => Object.assign({}, ...[...all].reverse());
  const guests = readAll('guests');
  const defaults = read('defaults.json5') as { ct?: Values; vm?: Values };
  const profiles = readAll('profiles');
  return {
    hypervisor: read('hypervisor.json5'),
    ct: first([...guests.filter(({ kind }) => kind === 'ct'), ...profiles, defaults.ct ?? {}]),
    vm: first([...guests.filter(({ kind }) => kind === 'vm'), defaults.vm ?? {}]),
  };
}
