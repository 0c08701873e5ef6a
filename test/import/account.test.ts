/** Nothing of the old files is silently lost: every value stands in the account, and every place that it names is there. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import JSON5 from 'json5';
import type { Path } from '../../src/config/path.ts';
import { ConfigError } from '../../src/config/problem.ts';
import type { Json } from '../../src/core/json.ts';
import type { Imported } from '../../src/import/index.ts';
import { type Generation, imported, type Legacy, legacy, loaded } from './fixtures.ts';

const seed = Number(process.env.PHX_SEED ?? 20_251);
const generations: readonly Generation[] = ['first', 'second'];

function leaves(value: Json, path: Path = []): Path[] {
  if (value === null || typeof value !== 'object' || Object.keys(value).length === 0) return [path];
  return Object.entries(value).flatMap(([key, child]) =>
    leaves(child as Json, [...path, Array.isArray(value) ? Number(key) : key]),
  );
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (at, part) => (typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[part] : undefined),
    value,
  );
}

/** Every leaf has one entry; what is dropped says why; every new place is in the file that it names. */
function accounted(files: Legacy, made: Imported): void {
  const told = made.entries.flatMap(({ from }) =>
    from && 'value' in from ? [JSON.stringify([from.file, from.path])] : [],
  );
  const there = Object.entries(files).flatMap(([file, value]) =>
    leaves(value).map((path) => JSON.stringify([file, path])),
  );
  assert.deepEqual([...told].sort(), [...there].sort());
  const parsed = new Map(
    [...made.files].flatMap(([path, text]) =>
      path.endsWith('.json5') ? [[path, JSON5.parse(text) as unknown]] : [],
    ),
  );
  for (const entry of made.entries) {
    if (entry.fate === 'dropped') assert.ok(entry.why, JSON.stringify(entry));
    if (entry.from && entry.fate !== 'dropped') assert.ok(entry.to.length > 0, JSON.stringify(entry));
    for (const { file, path } of entry.to)
      assert.notEqual(valueAt(parsed.get(file), path), undefined, JSON.stringify(entry));
  }
}

for (const generation of generations) {
  test(`every value of the ${generation} generation is accounted for, and the result has no errors`, async () => {
    const files = legacy(generation);
    const made = imported(files);
    accounted(files, made);
    const { problems, fleet } = await loaded(made);
    assert.deepEqual(
      problems.filter(({ severity }) => severity === 'error'),
      [],
    );
    assert.equal(Object.keys(fleet.guests).length, made.guests);
  });

  test(`no secret of the ${generation} generation is in a file or in the account`, () => {
    const made = imported(legacy(generation));
    const said = `${[...made.files.values()].join('\n')}\n${JSON.stringify(made.entries)}`;
    for (const secret of ['not-a-real-password', 'notarealhash', 'not-a-real-key'])
      assert.ok(!said.includes(secret), secret);
  });
}

/** Something that people write in the place of something else. */
const oddities: readonly Json[] = [
  ...[
    null,
    true,
    false,
    0,
    -1,
    1.5,
    4096,
    1e21,
    '',
    ' ',
    'true',
    'no',
    '2048',
    'none',
    'NaN',
    '0, 1',
    '../..',
    "it's",
    '{{x}}',
    '10.0.0.13/24',
  ],
  ...[
    [],
    {},
    ['a', 1],
    { a: { b: [] } },
    [[]],
    [null],
    '900',
    '950',
    '*/',
    '\u2028',
    '$(reboot)',
    'a,b=c',
    '__proto__',
  ],
];

/** Replaces, takes out or adds at some place. */
function mutate(value: Json, path: Path, how: number, with_: Json): Json {
  const [key, ...rest] = path;
  if (key === undefined || value === null || typeof value !== 'object') return with_;
  if (Array.isArray(value)) {
    const list = [...value] as Json[];
    if (rest.length > 0) list[Number(key)] = mutate(list[Number(key)] as Json, rest, how, with_);
    else if (how === 0) list.splice(Number(key), 1);
    else if (how === 1) list.push(with_);
    else list[Number(key)] = with_;
    return list;
  }
  const entries = Object.entries(value) as [string, Json][];
  if (rest.length > 0)
    return Object.fromEntries(
      entries.map(([name, child]) => [name, name === key ? mutate(child, rest, how, with_) : child]),
    );
  if (how === 0) return Object.fromEntries(entries.filter(([name]) => name !== key));
  if (how === 1) return Object.fromEntries([...entries, [`${String(key)}_more`, with_]]);
  return Object.fromEntries(entries.map(([name, child]) => [name, name === key ? with_ : child]));
}

test('whatever is odd, missing or unknown in the old files, every value is accounted for', async () => {
  const wrong: string[] = [];
  const files = Object.fromEntries(
    generations.map((generation) => [generation, legacy(generation)]),
  ) as Record<Generation, Legacy>;
  const places = generations.flatMap((generation) =>
    Object.entries(files[generation]).flatMap(([file, value]) =>
      leaves(value).flatMap((path) =>
        path.map((_, at) => ({ generation, file, path: path.slice(0, at + 1) })),
      ),
    ),
  );
  const edit = fc.record({
    at: fc.nat(places.length - 1),
    how: fc.integer({ min: 0, max: 2 }),
    with_: fc.constantFrom(...oddities),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 4 }), async (edits) => {
      const generation = places[edits[0]?.at ?? 0]?.generation ?? 'first';
      const changed = { ...files[generation] };
      for (const { at, how, with_ } of edits) {
        const place = places[at];
        // The section that a file is known by has to be there: what is refused is told elsewhere.
        if (place === undefined || place.generation !== generation || place.path.length < 2) continue;
        changed[place.file] = mutate(changed[place.file] as Json, place.path, how, with_);
      }
      const made = imported(changed);
      accounted(changed, made);
      try {
        await loaded(made);
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        wrong.push(
          `${JSON.stringify(edits.map(({ at, how, with_ }) => [places[at], how, with_]))}\n${error.message}`,
        );
      }
    }),
    { seed, numRuns: process.env.PHX_IMPORTS === 'all' ? 3000 : 50 },
  );
  assert.deepEqual(wrong, [], 'the result of each of these has errors');
});
