/** `phx import`: takes over the configuration of the bash system that phx replaces, and bash scripts as templates. */

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { loadConfig } from '../../config/load.ts';
import { ConfigError, type ConfigProblem, formatProblems } from '../../config/problem.ts';
import { type ExitName, PhxError, whyOf } from '../../core/error.ts';
import { type Imported, importLegacy } from '../../import/index.ts';
import { type LegacyFile, legacyFiles, readLegacy } from '../../import/read.ts';
import { reportEntries, reportLines } from '../../import/report.ts';
import { loadCatalog } from '../../template/catalog.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { packageFolder } from '../package-folder.ts';
import { findPhoenixfile } from '../phoenixfile.ts';
import { writeTree } from '../write-tree.ts';

/** Options of `phx import legacy`. */
export interface ImportOptions extends GlobalOptions {
  /** The project's folder; default: that of the project around, or the current one. */
  readonly to?: string;
  readonly dryRun?: boolean;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** `phx import legacy <folder>`: the three JSON files as a configuration, and an account of every value. */
export async function importLegacyFiles(io: Io, folder: string, options: ImportOptions): Promise<ExitName> {
  const from = resolve(io.cwd, folder);
  const files = readFolder(from, folder);
  const root = await targetOf(io, options);
  if (!options.dryRun) refuseFull(root, options.force === true);
  const made = importLegacy(files, await knownIn(root));
  const problems = await problemsOf(made);
  const isWrong = problems.some(({ severity }) => severity === 'error');
  const kept = options.dryRun ? undefined : writeTree(root, made.files);
  if (options.json) {
    const document = {
      ...{
        from,
        to: root,
        written: options.dryRun !== true,
        guests: made.guests,
        files: [...made.files.keys()],
      },
      ...(kept?.former === undefined ? {} : { former: kept.former }),
      secrets: [...made.secrets].map(([reference, what]) => ({ reference, what })),
      ...{ entries: reportEntries(made), problems },
    };
    io.out.write(`${JSON.stringify(document, null, 2)}\n`);
    return isWrong ? 'config' : 'ok';
  }
  if (options.dryRun) for (const [path, text] of made.files) io.out.write(`── ${path}\n${text}\n`);
  io.out.write(`${reportLines(made).join('\n')}\n`);
  if (problems.length > 0) io.out.write(`${formatProblems(problems)}\n\n`);
  io.out.write(`${ending(io, made, root, options, kept).join('\n')}\n`);
  return isWrong ? 'config' : 'ok';
}

function ending(
  io: Io,
  made: Imported,
  root: string,
  options: ImportOptions,
  kept: ReturnType<typeof writeTree> | undefined,
): string[] {
  const count = (fate: string) => made.entries.filter((entry) => entry.fate === fate).length;
  const sums = ['carried', 'repaired', 'dropped', 'added', 'doubtful'].map(
    (fate) => `${count(fate)} ${fate}`,
  );
  const where = relative(io.cwd, root) || '.';
  const said = options.dryRun ? 'would be written' : 'written';
  const lines = [
    `${made.files.size} files ${said} to ${where}: ${made.guests} guests`,
    `values of the old files: ${sums.join(', ')}`,
  ];
  if (kept?.former !== undefined) lines.push(`the former configuration is kept: ${kept.former}`);
  for (const path of kept?.left ?? []) lines.push(`left as it was: ${path}`);
  for (const [reference, what] of made.secrets)
    lines.push(`to be given before the first run: ${reference}, ${what}`);
  if (!hasPhoenixfile(root))
    lines.push(
      'there is no phoenixfile.ts yet; this is a beginning:',
      "  import { definePhoenix, hypervisor, lxc, vm } from 'phoenix-orchestrator';",
      "  export default definePhoenix({ name: 'phoenix', host: 'twin', plugins: [hypervisor(), lxc(), vm()] });",
    );
  return [...lines, ...(options.dryRun ? [] : ['→ type: phx validate, then phx plan all'])];
}

function readFolder(from: string, named: string): LegacyFile[] {
  const names = Object.keys(legacyFiles);
  const absent = names.filter((name) => !existsSync(join(from, name)));
  if (absent.length > 0) {
    const isFolder = existsSync(from) && statSync(from).isDirectory();
    throw new PhxError('usage', {
      title: isFolder ? `${named} is not a folder of the old system` : `There is no folder ${named}`,
      facts: [
        ['folder', from],
        ['missing', isFolder ? absent.join(', ') : 'the folder itself'],
      ],
      hint: `Name the folder that holds ${names.join(', ')}: etc/ of the old system. Where it had no VMs, { "vms": [] } does for the last one.`,
      command: 'phx import legacy --help',
    });
  }
  const stacks = namesIn(join(from, 'stacks'))
    .map((name) => `stacks/${name}/phoenix.json`)
    .filter((name) => existsSync(join(from, name)));
  return [...names, ...stacks].map((name) => readLegacy(name, textOf(join(from, name)), join(named, name)));
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new PhxError('usage', {
      title: 'An old file cannot be read',
      facts: [
        ['file', path],
        ['why', whyOf(error)],
      ],
      hint: 'Nothing was written. Make the file readable.',
    });
  }
}

/** Where the configuration goes. */
export async function targetOf(io: Io, options: Pick<ImportOptions, 'to' | 'project'>): Promise<string> {
  if (options.to !== undefined) return resolve(io.cwd, options.to);
  const start = resolve(io.cwd, options.project ?? '.');
  try {
    return dirname(await findPhoenixfile(start));
  } catch (error) {
    if (error instanceof PhxError && error.exit === 'usage') return start;
    throw error;
  }
}

/** The file of a guest, from the project's folder; without one, what it would be called. */
export function guestFile(root: string, id: string): string {
  const name = namesIn(join(root, 'config', 'guests')).find((file) => file.startsWith(`${id}-`));
  return `config/guests/${name ?? `${id}-….json5`}`;
}

function hasPhoenixfile(root: string): boolean {
  return namesIn(root).some((name) => /^phoenixfile\.m?[tj]s$/.test(name));
}

function refuseFull(root: string, force: boolean): void {
  if (force || namesIn(join(root, 'config')).length === 0) return;
  throw new PhxError('usage', {
    title: 'There is a configuration already',
    facts: [['folder', join(root, 'config')]],
    hint: 'Nothing was written. Name another folder (--to), look first (--dry-run), or say --force: the present one is then kept beside it.',
  });
}

/** Templates of the project and of phx, and the check scripts that can be brought along. */
async function knownIn(root: string) {
  const shipped = packageFolder('templates');
  const { templates } = await loadCatalog(
    [join(root, 'templates'), shipped],
    async (path) => readFileSync(path, 'utf8'),
    async (path) => namesIn(path),
  );
  const folder = join(shipped, 'checks');
  const checks = namesIn(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')] as const);
  return { templates, checks: new Map(checks) };
}

/** What `phx validate` would say of the result, before anything is written. */
async function problemsOf({ files }: Imported): Promise<readonly ConfigProblem[]> {
  const root = '/import';
  const inside = (path: string) => path.slice(root.length + 1);
  try {
    const { problems } = await loadConfig({
      root,
      readFile: (path) => files.get(inside(path)),
      listDir: (path) => {
        const start = `${inside(path)}/`;
        return [...files.keys()]
          .filter((file) => file.startsWith(start))
          .map((file) => file.slice(start.length));
      },
    });
    return problems;
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}
