/** Finds and reads the configuration's files: which there are, what each is for. It knows no JSON5 and no schema. */
import type { Fields } from './layer.ts';
import { nearest } from './path.ts';
import type { ConfigProblem } from './problem.ts';

/** What a file is, by where it lies. */
export type Role =
  | { readonly kind: 'hypervisor' }
  /** What of the hypervisor is another thing on this node of a cluster. */
  | { readonly kind: 'node'; readonly name: string }
  | { readonly kind: 'defaults' }
  | { readonly kind: 'pins' }
  | { readonly kind: 'profile'; readonly name: string }
  | { readonly kind: 'guest'; readonly id: number };

/** One file of the configuration. */
export interface SourceFile {
  /** Path from the project's root. */
  readonly path: string;
  readonly text: string;
  readonly role: Role;
  /** The environment that it belongs to. */
  readonly env?: string;
}

/** A file with its value. */
export interface ParsedFile extends SourceFile {
  readonly value: Fields;
}

/** The file system, as far as the configuration needs it; paths are absolute. Undefined: there is none. */
export interface FileReader {
  readonly readFile: (path: string) => string | undefined;
  /** Names in a directory. */
  readonly listDir: (path: string) => readonly string[] | undefined;
}

/** The files found, in a stable order, and what was wrong with their names. */
export interface Discovery {
  readonly files: readonly SourceFile[];
  readonly problems: readonly ConfigProblem[];
}

/** Reads `config/` of a project and, with a name, `config/env/<name>/`. */
export function discover(root: string, env: string | undefined, reader: FileReader): Discovery {
  const files: SourceFile[] = [];
  const problems: ConfigProblem[] = [];
  tree(root, 'config', undefined, reader, files, problems);
  if (!files.some((file) => file.role.kind === 'hypervisor')) {
    problems.push(
      nameless(
        'config/hypervisor.json5',
        'config/hypervisor.json5 is missing',
        'it describes the node; `{}` is a beginning',
      ),
    );
  }
  if (env !== undefined) {
    const known = reader.listDir(`${root}/config/env`) ?? [];
    if (known.includes(env)) tree(root, `config/env/${env}`, env, reader, files, problems);
    else {
      const meant = nearest(env, known);
      const hint =
        known.length === 0 ? 'there is no directory config/env' : `known are ${[...known].sort().join(', ')}`;
      problems.push(
        nameless(
          `config/env/${env}`,
          `there is no environment '${env}'`,
          meant === undefined ? hint : `did you mean '${meant}'?`,
        ),
      );
    }
  }
  return { files, problems };
}

function nameless(file: string, message: string, hint: string): ConfigProblem {
  return { severity: 'error', message, file, line: 1, column: 1, text: '', hint };
}

function tree(
  root: string,
  dir: string,
  env: string | undefined,
  reader: FileReader,
  files: SourceFile[],
  problems: ConfigProblem[],
): void {
  const add = (path: string, role: Role): void => {
    let text: string | undefined;
    try {
      text = reader.readFile(`${root}/${path}`);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      problems.push(nameless(path, `this file cannot be read: ${why}`, 'make it a file that phx may read'));
    }
    if (text !== undefined) files.push({ path, text, role, ...(env === undefined ? {} : { env }) });
  };
  const each = (sub: string, take: (path: string, stem: string) => void): void => {
    for (const name of [...(reader.listDir(`${root}/${dir}/${sub}`) ?? [])].sort()) {
      const path = `${dir}/${sub}/${name}`;
      if (name.endsWith('.json5')) take(path, name.slice(0, -'.json5'.length));
      else if (/\.(json|jsonc|ya?ml|toml)$/.test(name)) {
        const way = 'JSON is JSON5 too: rename it to end in .json5';
        problems.push({
          ...nameless(path, 'this file is not read: its name does not end in .json5', way),
          severity: 'warning',
        });
      }
    }
  };
  add(`${dir}/hypervisor.json5`, { kind: 'hypervisor' });
  add(`${dir}/defaults.json5`, { kind: 'defaults' });
  add(`${dir}/pins.json5`, { kind: 'pins' });
  each('nodes', (path, name) => add(path, { kind: 'node', name }));
  each('profiles', (path, name) => add(path, { kind: 'profile', name }));
  each('guests', (path, stem) => {
    const id = /^([1-9]\d*)-[A-Za-z0-9][A-Za-z0-9._-]*$/.exec(stem)?.[1];
    if (id !== undefined) add(path, { kind: 'guest', id: Number(id) });
    else problems.push(nameless(path, "a guest's file is named <id>-<name>.json5", 'such as 950-vllm.json5'));
  });
}
