/**
 * What phx keeps to save time (rendered texts, checked configurations, the compiled phoenixfile), and the simulated node's
 * own file: torn at any byte, of another version, unreadable; and a disk that is full or may not be written under the
 * program. A cache is passed over; of the rest one clear error tells. A sample by seed here, more with
 * `npm run test:faults`.
 */

import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { Io } from '../../src/cli/io.ts';
import { type ExitName, exitCodes } from '../../src/core/error.ts';
import type { TwinState } from '../../src/twin/state.ts';
import { repository } from '../scenario/program.ts';
import { Project } from '../scenario/rig.ts';
import { tempFolder } from '../temp.ts';
import { worldOf } from '../world.ts';
import { FileSeam, type Strike } from './seam.ts';
import { dice, everything, sample, tell } from './seed.ts';

/** A part of the built program that its `main` loads, in this very thread, so that the seam is below it. */
async function part<T>(name: string): Promise<T> {
  const dist = join(repository, 'dist');
  const file = readdirSync(dist).find((one) => one.startsWith(`${name}-`) && one.endsWith('.js'));
  return (await import(pathToFileURL(join(dist, file ?? name)).href)) as T;
}
const { parse } = await part<typeof import('../../src/cli/parse.ts')>('parse');
const { explain } = await part<typeof import('../../src/cli/explain.ts')>('explain');

const first = Project.known();
first.run(['hypervisor/zfs']);
const seam = new FileSeam(tempFolder());
const roll = dice('caches');
let torn = 0;
after(() => {
  seam.release();
  tell('torn caches and states', { torn });
});

/** No process has it: whose lock stays behind is dead when the next run looks. */
const deadPid = 4_194_305;

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function phx(...words: string[]): Promise<Ended> {
  let out = '';
  let err = '';
  const terminal = (write: (text: string) => void) => ({ write, columns: 80, isTTY: false, colour: false });
  const never = new AbortController().signal;
  const io: Io = {
    ...{ cwd: join(seam.folder, 'project'), env: {}, pid: deadPid, hostname: hostname() },
    ...{ interactive: false, clock: Date.now, sleep: async () => {}, stop: { drain: never, abort: never } },
    out: terminal((text) => {
      out += text;
    }),
    err: terminal((text) => {
      err += text;
    }),
    ask: () => Promise.reject(new Error('nobody can be asked here')),
    lines: () => {
      throw new Error('nobody types here');
    },
  };
  let ended: ExitName | number;
  try {
    ended = await parse(io, words, '0');
  } catch (error) {
    ended = explain(io, error, words);
  }
  return { code: typeof ended === 'number' ? ended : exitCodes[ended], out, err };
}

/** A life with the project as it was after its first run, and nothing else. */
function begin(spoil: (cache: string) => void = () => {}, strike?: Strike): string {
  const folder = seam.begin(undefined, true);
  cpSync(first.root, join(folder, 'project'), { recursive: true, verbatimSymlinks: true });
  spoil(join(folder, 'project', '.cache'));
  return join(seam.begin(strike), 'project', '.cache');
}

const run = () => phx('run', 'hypervisor/storage:*', '--plain');
const world = (cache: string) =>
  worldOf(JSON.parse(readFileSync(join(cache, 'twin', 'state.json'), 'utf8')) as TwinState);

const calmCache = begin();
const calmEnd = await run();
assert.equal(calmEnd.code, 0, calmEnd.err + calmEnd.out);
const calm = world(calmCache);
const written = [...seam.asked];

/** It ended well, or says in one clear error which file it could not use; answers which. */
function endedWell({ code, out, err }: Ended, words: string): boolean {
  assert.doesNotMatch(`${out}\n${err}`, /stumbled|\n\s+at .*\.[jt]s:\d+/, words);
  if (code === 0) return true;
  assert.ok(Object.values(exitCodes).includes(code as never), `${words}: ${code}`);
  assert.match(`${out}\n${err}`, /(cannot be (used|read|written|taken)|The cache folder)/, words);
  assert.match(`${out}\n${err}`, /(file|folder) +\S*\.cache/, words);
  return false;
}

const cache = join(first.root, '.cache');
const lastIn = (folder: string, end: string) =>
  join(
    folder,
    readdirSync(join(cache, folder))
      .filter((name) => name.endsWith(end))
      .sort()
      .at(-1) ?? '',
  );
const caches = [
  ...['rendered.json', 'documents.json', join('compiled', 'phoenixfile.json')],
  ...[lastIn('compiled', '.mjs'), lastIn('config', '.json')],
];
const state = join('twin', 'state.json');

/** Both ends byte by byte where all is asked for, and what a seed chooses between them. */
function cutsOf(length: number): number[] {
  const all = [...Array(length).keys()];
  return everything ? [...all.slice(0, 40), ...sample(all.slice(40), 60, roll)] : sample(all, 1, roll);
}

async function spoilt(name: string, spoil: (path: string) => void, words: string): Promise<boolean> {
  torn++;
  const present = begin((folder) => spoil(join(folder, name)));
  const ended = await run();
  const well = endedWell(ended, words);
  if (!well) {
    rmSync(join(present, name), { recursive: true });
    cpSync(join(cache, name), join(present, name));
    assert.equal((await run()).code, 0, `${words}: with the file put back`);
  }
  assert.deepEqual(world(present), calm, words);
  return well;
}

const kept = [...caches, state];
for (const name of everything ? kept : sample(kept, 1, roll)) {
  test(`${name.replace(/[0-9a-f]{16,}/, '…')}: torn, of another version, unreadable`, async () => {
    const bytes = readFileSync(join(cache, name));
    for (const cut of cutsOf(bytes.length)) {
      const well = await spoilt(
        name,
        (path) => writeFileSync(path, bytes.subarray(0, cut)),
        `${name} at ${cut}`,
      );
      assert.equal(well, name !== state || cut === bytes.length - 1, `${name} at ${cut}`);
    }
    const others = ['{"version":0}', 'null', '', '[]'];
    for (const text of everything ? others : others.slice(0, 1))
      assert.equal(
        await spoilt(name, (path) => writeFileSync(path, text), `${name}: ${text}`),
        name !== state,
        `${name}: ${text}`,
      );
    // Root may read everything: a folder of this name can be read by nobody.
    await spoilt(
      name,
      (path) => {
        rmSync(path);
        mkdirSync(path);
      },
      `${name} is a folder`,
    );
  });
}

for (const what of ['ENOSPC', 'EROFS', 'EACCES'] as const) {
  test(`${what} at any write of the program: told, and when it is gone the next run ends in the calm world`, async () => {
    const points = [...written.keys()];
    assert.ok(points.length > 20, written.join('\n'));
    for (const at of everything ? points : sample(points, 1, roll)) {
      const words = `${what} at ${at}: ${written[at]}`;
      torn++;
      begin(undefined, { at, what });
      endedWell(await run(), words);
      const present = join(seam.begin(), 'project', '.cache');
      const next = await run();
      assert.equal(next.code, 0, `${words}: ${next.out}${next.err}`);
      assert.deepEqual(world(present), calm, words);
    }
  });
}
