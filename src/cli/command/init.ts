/** `phx init [folder]`: a small project that runs at once on the twin. It touches no host, and no file that is there. */

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ExitName, PhxError, whyOf } from '../../core/error.ts';
import { shellWord } from '../../core/quote.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { findProject } from '../open.ts';
import { packageName, phoenixfileNames } from '../project-copy.ts';
import { heldBy, type StarterFile, schemaFiles, starterFiles } from '../starter.ts';

export interface InitOptions extends GlobalOptions {
  readonly name?: string;
  /** Only the JSON Schemas, of a project that is there. */
  readonly schemas?: boolean;
}

export async function init(
  io: Io,
  named: string | undefined,
  options: InitOptions,
  version: string,
): Promise<ExitName> {
  const { jsonSchemas } = await import('../../config/json-schema.ts');
  if (options.schemas) return renewSchemas(io, named, options, jsonSchemas());
  const folder = resolve(io.cwd, options.project ?? '.', named ?? '.');
  const ssh = sshOf(options.host);
  const files = starterFiles({
    ...{ name: nameOf(options.name, folder), version, schemas: jsonSchemas() },
    ...(ssh === undefined ? {} : { ssh }),
  });
  refuseProject(folder);
  const { missing, kept } = sorted(folder, files);
  write(folder, missing);
  tell(io, { folder, missing, kept, ssh });
  return 'ok';
}

/** After another version of phx: what the editor offers is what this version takes. */
async function renewSchemas(
  io: Io,
  named: string | undefined,
  options: InitOptions,
  schemas: ReadonlyMap<string, string>,
): Promise<ExitName> {
  const { root } = await findProject({ ...io, cwd: resolve(io.cwd, named ?? '.') }, options);
  const stale = schemaFiles(schemas).filter(({ path, text }) => textOf(join(root, path)) !== text);
  for (const { path, text } of stale) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
    io.out.write(`written: ${path}\n`);
  }
  if (stale.length === 0) io.out.write('config/schema/ is up to date\n');
  return 'ok';
}

/** A name for the project: what was asked for, or what the folder's name makes of itself. */
function nameOf(asked: string | undefined, folder: string): string {
  if (asked !== undefined && !/^[a-z0-9][a-z0-9-]*$/.test(asked))
    throw new PhxError('usage', {
      title: `A project cannot be called ${asked}`,
      hint: 'Lower case letters, digits and dashes: guests are marked with it on the node.',
      command: 'phx init --name homelab',
    });
  const made = basename(folder)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return asked ?? (made || 'homelab');
}

/** What `--host` names here is a node to be reached over ssh; `twin` needs no entry. */
function sshOf(host: string | undefined): string | undefined {
  if (host === undefined || host === 'twin' || host === 'local') return undefined;
  if (/^[^\s@-][^\s@]*@[^\s@]+$/.test(host)) return host;
  throw new PhxError('usage', {
    title: `${host} is no address of a node`,
    hint: 'A new project may name a node that is reached over ssh. Nothing was written.',
    command: 'phx init --host root@10.0.0.13',
  });
}

function refuseProject(folder: string): void {
  const there = phoenixfileNames.find((name) => existsSync(join(folder, name)));
  if (there === undefined) return;
  throw new PhxError('usage', {
    title: 'There is a phx project here already',
    facts: [['file', join(folder, there)]],
    hint: 'Nothing was written. Name another folder for a new project; schemas for an editor are made anew by --schemas.',
    command: 'phx init other-folder',
  });
}

/** A file of the same name and with other words is somebody's; one with the same words is from a try that was broken off. */
function sorted(folder: string, files: readonly StarterFile[]) {
  const present = files.filter(({ path }) => existsSync(join(folder, path)));
  const clashes = present.filter(({ path, text, shared }) => !shared && textOf(join(folder, path)) !== text);
  if (clashes.length > 0)
    throw new PhxError('usage', {
      title: 'Files of these names are here already',
      facts: clashes.map(({ path }) => ['file', path] as const),
      hint: 'Nothing was written: phx overwrites no file of yours. Take an empty folder, and copy over what you want.',
      command: 'phx init other-folder',
    });
  return {
    missing: files.filter((file) => !present.includes(file)),
    kept: present.filter(({ path, text, shared }) => shared && textOf(join(folder, path)) !== text),
  };
}

/** All of them, or none: what was written before something went wrong goes again. */
function write(folder: string, files: readonly StarterFile[]): void {
  const written: string[] = [];
  for (const { path, text } of files) {
    const file = join(folder, path);
    try {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text, { flag: 'wx' });
      written.push(file);
    } catch (error) {
      for (const own of written) rmSync(own, { force: true });
      throw new PhxError('usage', {
        title: 'The project cannot be written',
        facts: [
          ['file', file],
          ['why', whyOf(error)],
        ],
        hint: 'Nothing of it was left. Name a folder that is yours and has room.',
      });
    }
  }
}

interface Made {
  readonly folder: string;
  readonly missing: readonly StarterFile[];
  readonly kept: readonly StarterFile[];
  readonly ssh: string | undefined;
}

function tell(io: Io, { folder, missing, kept, ssh }: Made): void {
  const rows = heldBy(missing);
  const width = Math.max(...rows.map(([path]) => path.length));
  io.out.write(`A project was made in ${folder}\n\n`);
  for (const [path, holds] of rows) io.out.write(`  ${path.padEnd(width)}  ${holds}\n`);
  if (kept.length > 0) io.out.write('\nThere already, and left as it is:\n');
  for (const { path } of kept) io.out.write(`  ${path}${adviceOn(path)}\n`);
  const { phx, first } = typed(folder);
  const away = relative(io.cwd, folder);
  const steps: [string, string][] = [
    ...(away === '' ? [] : [[`cd ${shellWord(away)}`, ''] as [string, string]]),
    ...first,
    [`${phx} run all`, 'builds all of it on a simulated node: nothing real is touched'],
    [`${phx} run all`, 'again: there is nothing left to do'],
    [`${phx} twin exec -- pct list`, 'what is on that node'],
  ];
  const real: [string, string][] =
    ssh === undefined
      ? [
          [
            `${phx} plan all --host root@10.0.0.13`,
            'what it would do on a real node, once config/hypervisor.json5 is about yours',
          ],
        ]
      : [[`${phx} plan all --host pve`, `what it would do on ${ssh}, once config/hypervisor.json5 is right`]];
  const all = [...steps, ...real];
  const wide = Math.max(...all.map(([command]) => command.length));
  io.out.write('\nNext:\n');
  for (const [command, why] of all)
    io.out.write(`  $ ${command.padEnd(wide)}  ${why}`.trimEnd().concat('\n'));
}

function adviceOn(path: string): string {
  if (path === '.gitignore') return ' (.cache/ belongs into it)';
  return path === 'package.json'
    ? ` (with ${packageName} among its devDependencies your editor knows the types)`
    : '';
}

/** How phx is called in the new project: by npx where it is installed there, or was only fetched for this once. */
function typed(folder: string): { phx: string; first: [string, string][] } {
  const own = fileURLToPath(import.meta.url);
  if (own.startsWith(join(folder, 'node_modules') + sep)) return { phx: 'npx phx', first: [] };
  if (own.includes(`${sep}_npx${sep}`))
    return { phx: 'npx phx', first: [['npm install', 'keeps phx in the project']] };
  return { phx: 'phx', first: [] };
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
