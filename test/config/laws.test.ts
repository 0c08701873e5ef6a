/**
 * The layers of a whole project: what a guest gets is what laying them over each other, one by one, gives; what it is
 * said to come from has it; and the order of keys is no change. The algebra alone is in layer.test.ts.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { explainConfig } from '../../src/config/explain.ts';
import type { LoadOptions } from '../../src/config/load.ts';
import { fingerprintOf } from '../../src/core/fingerprint.ts';
import type { Json } from '../../src/core/json.ts';
import { tasksOf } from '../bench.ts';
import { everything, seed } from '../faults/seed.ts';
import { type Files, load } from './project.ts';

type Fields = { readonly [key: string]: Json };

/** The layers of guest 950, lowest first: name, file, and where in the file it stands. */
const layers = [
  ['defaults', 'config/defaults.json5', 'ct'],
  ['profile base', 'config/profiles/base.json5'],
  ['profile web', 'config/profiles/web.json5'],
  ['guest', 'config/guests/950-a.json5'],
  ['defaults (env lab)', 'config/env/lab/defaults.json5', 'ct'],
  ['profile web (env lab)', 'config/env/lab/profiles/web.json5'],
  ['guest (env lab)', 'config/env/lab/guests/950-a.json5'],
  ['--set'],
] as const;
const set = layers.length - 1;

const born: Fields = {
  ...{ id: 950, kind: 'ct', hostname: 'a', ostemplate: 'iso:vztmpl/u.tar.zst', memory: 512 },
  rootfs: { storage: 'ct', size: 1 },
};

/** What stands in a file beside its random keys. */
const beside: Readonly<Record<number, Fields>> = {
  2: { extends: 'base' },
  3: { ...born, extends: ['web'] },
};

/** A value tells the layer that it was written in: numbers by their tens, texts by `l3`. */
const valuesOf = (at: number): fc.Arbitrary<Fields> => {
  const number = fc.integer({ min: at * 10 + 10, max: at * 10 + 19 });
  const text = fc.nat(9).map((n) => `l${at + 1}-${n}`);
  const maybe = <T extends Json>(value: fc.Arbitrary<T>) =>
    fc.oneof(
      { weight: 5, arbitrary: value as fc.Arbitrary<Json> },
      { weight: 1, arbitrary: fc.constant(null) },
    );
  const record = <T extends Json>(names: string[], value: fc.Arbitrary<T>) =>
    maybe(fc.dictionary(fc.constantFrom(...names), maybe(value), { noNullPrototype: true }));
  return fc.record(
    {
      ...{ cores: maybe(number), cpulimit: maybe(number), description: maybe(text) },
      tags: maybe(fc.array(text, { maxLength: 3 })),
      startup: record(['order', 'up', 'down'], number),
      exports: record(['port', 'a.b', 'x y'], fc.oneof(number as fc.Arbitrary<Json>, text)),
      env: record(['A', 'B'], text),
    },
    { requiredKeys: [], noNullPrototype: true },
  );
};
const stacks = fc.tuple(...layers.map((_, at) => valuesOf(at)));

/** The reference: one layer laid over what is there. */
function lay(below: Json | undefined, above: Json): Json | undefined {
  if (above === null) return undefined;
  if (!isObject(above)) return above;
  const under = isObject(below) ? below : {};
  const keys = new Set([...Object.keys(under), ...Object.keys(above)]);
  const entries = [...keys].flatMap((key) => {
    const own = Object.hasOwn(under, key) ? under[key] : undefined;
    const value = Object.hasOwn(above, key) ? lay(own, above[key] ?? null) : own;
    return value === undefined ? [] : [[key, value] as const];
  });
  return Object.fromEntries(entries);
}

function isObject(value: unknown): value is Fields {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function project(stack: readonly Fields[], order: (value: Json) => Json = (value) => value) {
  const files: Record<string, string> = {};
  for (const [at, [, path, inside]] of layers.entries()) {
    if (path === undefined) continue;
    const value = { ...beside[at], ...stack[at] };
    files[path] = JSON.stringify(order(inside === undefined ? value : { [inside]: value }), null, 1);
  }
  files['config/profiles/base.json5'] ??= '{}';
  const given = Object.entries(stack[set] ?? {});
  const options: Partial<LoadOptions> = {
    env: 'lab',
    set: given.map(([key, value]) => `guests.950.${key}=${JSON.stringify(value)}`),
  };
  return { files: files as Files, options };
}

const names = ['cores', 'cpulimit', 'description', 'tags', 'startup', 'exports', 'env'];
const some = { numRuns: everything ? 1000 : 60, seed };

test('what a guest gets is its layers, laid over each other one by one', async () => {
  await fc.assert(
    fc.asyncProperty(stacks, async (stack) => {
      const before = JSON.stringify(stack);
      const { files, options } = project(stack);
      const guest = (await load(files, options)).fleet.guests[950] as unknown as Fields;
      const expected = stack.reduce<Json | undefined>(lay, {}) as Fields;
      for (const name of names) assert.deepEqual(guest[name], expected[name], name);
      assert.equal(JSON.stringify(stack), before);
    }),
    some,
  );
});

test('where a value is said to come from, it stands; nothing else hides it', async () => {
  await fc.assert(
    fc.asyncProperty(stacks, async (stack) => {
      const { files, options } = project(stack);
      const [told] = await explainConfig(await load(files, options), 950);
      for (const { path, value, origin } of told?.leaves ?? []) {
        const sign = Array.isArray(value) ? value[0] : value;
        if (!names.some((name) => path.startsWith(name)) || sign === undefined || isObject(sign)) continue;
        const at =
          typeof sign === 'number' ? Math.floor(sign / 10) - 1 : Number(/^l(\d)/.exec(String(sign))?.[1]) - 1;
        const [name, file] = layers[at] ?? [];
        assert.equal(origin.layer, name, path);
        if (file === undefined) {
          assert.ok(origin.file.startsWith('--set guests.950.'), origin.file);
          continue;
        }
        assert.equal(origin.file, file, path);
        const line = files[file]?.split('\n')[origin.line - 1] ?? '';
        const written = JSON.stringify(value, null, 1).split('\n')[0] ?? '';
        assert.ok(line.slice(origin.column - 1).startsWith(written), `${path}: ${line}`);
      }
    }),
    some,
  );
});

test('the order in which keys are written is no change to any step', async () => {
  const turned = (value: Json): Json =>
    isObject(value)
      ? Object.fromEntries(
          Object.entries(value)
            .reverse()
            .map(([key, child]) => [key, turned(child)]),
        )
      : value;
  const prints = async (stack: readonly Fields[], order?: (value: Json) => Json) => {
    const { files, options } = project(stack, order);
    const tasks = await tasksOf((await load(files, options)).fleet);
    return tasks.map(({ id, config, revision }) => [
      id,
      fingerprintOf({
        ...{ config, revision, files: new Map(), env: {}, texts: {} },
        secrets: {},
        results: new Map(),
      }),
    ]);
  };
  await fc.assert(
    fc.asyncProperty(stacks, async (stack) => {
      assert.deepEqual(await prints(stack, turned), await prints(stack));
    }),
    { ...some, numRuns: everything ? 500 : 20 },
  );
});
