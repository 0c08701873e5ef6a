/**
 * Loads the configuration of a project: finds the files, layers them, checks the result, and remembers it by content.
 * What is slow to load (the schemas, both JSON5 readers) is imported only when the memory does not know the content.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { cacheKey, readCache, writeCache } from './cache.ts';
import { discover, type FileReader } from './files.ts';
import type { Fleet } from './fleet.ts';
import type { Origin } from './locate.ts';
import { ConfigError, type ConfigProblem, sortProblems } from './problem.ts';

/** What to load, and through what. */
export interface LoadOptions {
  /** The project's directory, absolute; `config/` lies in it. */
  readonly root: string;
  /** Name of a directory below `config/env`. */
  readonly env?: string | undefined;
  /** Assignments such as `guests.950.memory=65536`. */
  readonly set?: readonly string[] | undefined;
  /** Names of the nodes, where they are a cluster. */
  readonly nodes?: readonly string[] | undefined;
  /** Text of a file; undefined when there is none. Default: the disk. */
  readonly readFile?: FileReader['readFile'];
  /** Names in a directory; undefined when there is none. Default: the disk. */
  readonly listDir?: FileReader['listDir'];
  /** Where checked configurations are remembered, absolute; without it nothing is. */
  readonly cacheDir?: string | undefined;
}

/** A configuration without errors. */
export interface LoadedConfig {
  readonly fleet: Fleet;
  /** Warnings. */
  readonly problems: readonly ConfigProblem[];
  /** All files that were read, from the project's root. */
  readonly files: readonly string[];
  /** Where every leaf comes from, by its path (`guests.950.memory`); worked out on first call. */
  origins(): Promise<ReadonlyMap<string, Origin>>;
}

/** Loads and checks a configuration. Throws `ConfigError` with all problems when one of them is an error. */
export async function loadConfig(options: LoadOptions): Promise<LoadedConfig> {
  const { root, env, set = [], nodes = [], cacheDir, readFile = readText, listDir = readNames } = options;
  const found = discover(root, env, { readFile, listDir });
  const key = cacheKey(found.files, [env ?? null, set, nodes], found.problems);
  const known = cacheDir === undefined ? undefined : readCache(cacheDir, key);
  let origins: Promise<ReadonlyMap<string, Origin>> | undefined;
  const loaded = (fleet: Fleet, problems: readonly ConfigProblem[]): LoadedConfig => ({
    fleet,
    problems,
    files: found.files.map((file) => file.path),
    origins: () => {
      origins ??= import('./build.ts').then(({ originsOf }) => originsOf(found.files, set, nodes));
      return origins;
    },
  });
  if (known !== undefined) return loaded(known.fleet, known.problems);

  const { build } = await import('./build.ts');
  const built = await build(found.files, set, nodes);
  const problems = sortProblems([...found.problems, ...built.problems]);
  if (built.fleet === undefined || problems.some((problem) => problem.severity === 'error')) {
    throw new ConfigError(problems);
  }
  if (cacheDir !== undefined) writeCache(cacheDir, key, { fleet: built.fleet, problems });
  return loaded(built.fleet, problems);
}

/** The disk, as the configuration is read from it. */
export const onDisk: FileReader = { readFile: readText, listDir: readNames };

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

function readNames(path: string): readonly string[] | undefined {
  try {
    return readdirSync(path);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

function isAbsent(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'ENOENT' || code === 'ENOTDIR';
}
