/** Finds a project's `phoenixfile.ts` and loads it: compiled once, kept by the content of all that went into it. */

import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Phoenix } from '../config/project.ts';
import { isSecretRef } from '../config/secrets.ts';
import { PhxError, whyOf } from '../core/error.ts';
import { didYouMean } from '../core/suggest.ts';
import { addressOf, holdsPassword } from '../history/address.ts';
import { linkLibrary } from './library.ts';
import { heldToken, oddNode } from './phoenixfile-nodes.ts';
import { nearestPhoenixfile } from './project-copy.ts';

/** The nearest phoenixfile at or above `from`. */
export async function findPhoenixfile(from: string): Promise<string> {
  const nearest = nearestPhoenixfile(from);
  if (nearest) return nearest;
  const pointed = await pointedTo(from);
  if (pointed) return pointed;
  throw new PhxError('usage', {
    title: 'There is no phx project here',
    facts: [['looked in', `${resolve(from)} and every folder above it`]],
    hint: 'A project is a folder with a phoenixfile.ts. Change into yours, or begin one.',
    command: 'phx init',
  });
}

/** A package.json or .phxrc may name the phoenixfile that lies elsewhere; asked only where none was found. */
async function pointedTo(from: string): Promise<string | undefined> {
  const loaded = await import('cosmiconfig');
  // A CommonJS package has its names under `default` once it is bundled.
  const { cosmiconfig } = 'cosmiconfig' in loaded ? loaded : (loaded as { default: typeof loaded }).default;
  const places = ['package.json', '.phxrc', '.phxrc.json', '.config/phxrc'];
  const found = await cosmiconfig('phx', { searchPlaces: places, stopDir: '/' }).search(from);
  const file = found?.config?.phoenixfile;
  return typeof file === 'string' && found ? resolve(dirname(found.filepath), file) : undefined;
}

/** A project's phoenixfile, run. */
export interface Loaded {
  readonly phoenix: Phoenix;
  /** Changes with the phoenixfile and with every module of the project that it imports. */
  readonly digest: string;
}

/** Runs the phoenixfile and answers what it exports. */
export async function loadPhoenixfile(path: string, cacheDir: string): Promise<Loaded> {
  const compiled = await compile(path, cacheDir);
  kept(dirname(compiled), () => linkLibrary(dirname(compiled), replace));
  let exported: unknown;
  try {
    exported = ((await import(pathToFileURL(compiled).href)) as { default?: unknown }).default;
  } catch (error) {
    throw broken(path, whyOf(error));
  }
  const phoenix = exported as Phoenix | undefined;
  const exposed = oddHistory(phoenix?.history) ?? heldToken(phoenix?.nodes);
  if (exposed !== undefined) {
    // What it says may be a password that somebody wrote into it.
    rmSync(compiled, { force: true });
    throw broken(path, exposed);
  }
  if (!phoenix || typeof phoenix.name !== 'string' || !Array.isArray(phoenix.plugins)) {
    throw broken(path, 'its default export is not what definePhoenix({ name, plugins }) gives');
  }
  if (!/^[a-z0-9][a-z0-9-]*$/.test(phoenix.name)) {
    throw broken(path, `name "${phoenix.name}" may only have lower case letters, digits and dashes`);
  }
  const odd = oddPart(phoenix);
  if (odd !== undefined) throw broken(path, odd);
  return { phoenix, digest: /-(\w+)\.mjs$/.exec(compiled)?.[1] ?? '' };
}

/** What of a phoenixfile's export phx cannot work with; it is not type-checked when it is run. */
function oddPart(phoenix: Phoenix): string | undefined {
  const known = ['name', 'host', 'nodes', 'cluster', 'plugins', 'pools', 'jobs', 'history'];
  const unknown = Object.keys(phoenix).find((key) => !known.includes(key));
  if (unknown !== undefined)
    return `there is no key "${unknown}": ${didYouMean(unknown, known) ?? known.join(', ')}`;
  const { host, nodes = {}, cluster = false, jobs, plugins, pools } = phoenix;
  const odd = Object.entries(nodes).map(([name, node]) => oddNode(name, node));
  const first = odd.find((problem) => problem !== undefined);
  if (first !== undefined) return first;
  if (typeof cluster !== 'boolean') return `cluster is true or false, not ${cluster}`;
  if (cluster && Object.keys(nodes).length === 0)
    return 'cluster: true needs the nodes of the cluster under nodes';
  const hosts = ['twin', 'local', ...Object.keys(nodes), ...(cluster ? ['cluster'] : [])];
  if (host !== undefined && !hosts.includes(host)) return `host "${host}" is none of ${hosts.join(', ')}`;
  const isWidth = (value: unknown) => Number.isInteger(value) && Number(value) > 0;
  if (jobs !== undefined && !isWidth(jobs)) return `jobs is a whole number from 1, not ${jobs}`;
  const narrow = Object.entries(pools ?? {}).find(([, width]) => !isWidth(width));
  if (narrow) return `the width of pool ${narrow[0]} is a whole number from 1, not ${narrow[1]}`;
  const at = plugins.findIndex((plugin) => typeof plugin?.tasks !== 'function');
  return at < 0 ? undefined : `plugins[${at}] is no plugin: it has no function tasks`;
}

/** Shows nothing of the address itself. */
function oddHistory(history: unknown): string | undefined {
  if (history === undefined || isSecretRef(history)) return undefined;
  if (typeof history !== 'string' || !addressOf(history, ''))
    return "history is the address of a database, 'postgres://host/name', or { secret: 'env:NAME' }";
  return holdsPassword(history)
    ? "history holds a password, which belongs into no file of a project: { secret: 'env:PHX_HISTORY' }"
    : undefined;
}

interface Manifest {
  /** Path relative to the phoenixfile's folder → digest of its content. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly output: string;
}

async function compile(path: string, cacheDir: string): Promise<string> {
  const folder = join(cacheDir, 'compiled');
  const manifestPath = join(folder, 'phoenixfile.json');
  const known = readManifest(manifestPath);
  if (known && upToDate(known, dirname(path)) && isWhole(folder, known.output))
    return join(folder, known.output);
  const { build } = await import('esbuild');
  let result: Awaited<ReturnType<typeof build>>;
  try {
    result = await build({
      absWorkingDir: dirname(path),
      entryPoints: [path],
      bundle: true,
      packages: 'external',
      // A tsconfig's paths are for editors; at run time the package itself is meant.
      tsconfigRaw: '{}',
      format: 'esm',
      platform: 'node',
      target: 'node20.19',
      metafile: true,
      write: false,
      logLevel: 'silent',
    });
  } catch (error) {
    throw broken(path, whyOf(error));
  }
  const code = result.outputFiles?.[0]?.contents ?? new Uint8Array();
  const inputs = Object.keys(result.metafile?.inputs ?? {}).map((input) => {
    const file = relative(dirname(path), resolve(dirname(path), input));
    return [file, digestOf(readFileSync(resolve(dirname(path), file)))] as const;
  });
  const output = outputOf(code);
  const manifest: Manifest = { inputs: Object.fromEntries(inputs), output };
  return store(folder, output, code, manifest);
}

function store(folder: string, output: string, code: Uint8Array, manifest: Manifest): string {
  kept(folder, () => {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const old of readdirSync(folder))
      if (old.startsWith('phoenixfile-')) rmSync(join(folder, old), { force: true });
    replace(join(folder, output), code);
    replace(join(folder, 'phoenixfile.json'), JSON.stringify(manifest));
  });
  return join(folder, output);
}

/** Writes what is kept in the folder of compiled files. */
function kept(folder: string, write: () => void): void {
  try {
    write();
  } catch (error) {
    throw new PhxError('failed', {
      title: 'The cache folder cannot be written',
      facts: [
        ['folder', folder],
        ['why', whyOf(error)],
      ],
      hint: 'phx keeps stamps and compiled files there. Make room or make it writable.',
    });
  }
}

function replace(path: string, content: string | Uint8Array): void {
  const draft = `${path}.${process.pid}.new`;
  writeFileSync(draft, content, { mode: 0o600 });
  renameSync(draft, path);
}

function outputOf(code: Uint8Array): string {
  return `phoenixfile-${digestOf(code)}.mjs`;
}

/** A compiled file is named by its content: a torn one is compiled anew. */
function isWhole(folder: string, output: string): boolean {
  try {
    return outputOf(readFileSync(join(folder, output))) === output;
  } catch {
    return false;
  }
}

function readManifest(path: string): Manifest | undefined {
  try {
    const value = JSON.parse(readFileSync(path, 'utf8')) as Partial<Manifest> | null;
    const { inputs, output } = value ?? {};
    return inputs && output ? { inputs, output } : undefined;
  } catch {
    return undefined;
  }
}

function upToDate({ inputs }: Manifest, folder: string): boolean {
  return Object.entries(inputs).every(([file, wanted]) => {
    try {
      return digestOf(readFileSync(resolve(folder, file))) === wanted;
    } catch {
      return false;
    }
  });
}

function digestOf(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex').slice(0, 16);
}

function broken(path: string, why: string): PhxError {
  return new PhxError('config', {
    title: 'The phoenixfile cannot be loaded',
    facts: [
      ['file', path],
      ['why', why],
    ],
    hint: 'It is TypeScript and exports definePhoenix({ … }) as default.',
  });
}
