/** The files of a new project: those of starter/, which is a project as it stands, with the name and node that were asked for. */

import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { packageFolder } from './package-folder.ts';
import { packageName } from './project-copy.ts';

export interface StarterFile {
  /** From the folder of the project. */
  readonly path: string;
  readonly text: string;
  /** Where there is one already, that one stays: it is not about phx alone. */
  readonly shared?: true;
}

export interface StarterWish {
  readonly name: string;
  /** As it is typed after `ssh`. */
  readonly ssh?: string;
  readonly version: string;
  /** Text of each JSON Schema by its file's name. */
  readonly schemas: ReadonlyMap<string, string>;
}

/** In the order in which they are told. */
const holds: Readonly<Record<string, string>> = {
  'phoenixfile.ts': 'which node, which plugins, steps of your own',
  'config/hypervisor.json5': 'the node: network, storages, downloads',
  'config/defaults.json5': 'what every guest starts from',
  'config/guests/100-web.json5': 'a container',
  'config/guests/200-box.json5': 'a VM',
  'templates/features/website.sh.hbs': 'a layer of your own: a script that is applied in the container',
  'config/schema': 'what each key may be, for your editor',
  '.vscode': 'which extension knows JSON5 and these schemas',
  'package.json': 'the version of phx that the project is for',
  '.gitignore': 'what phx keeps on each machine alone',
};

/** Names that no package or repository may keep as they are. */
const renamed: Readonly<Record<string, string>> = { gitignore: '.gitignore', vscode: '.vscode' };

/** Where the example's node is reached, and its address and router. */
const example = { ssh: 'root@10.0.0.13', address: '10.0.0.13/24', gateway: '10.0.0.1' };

/** Every file of a new project; the phoenixfile is the last one: with it the folder is a project. */
export function starterFiles(wish: StarterWish): readonly StarterFile[] {
  const folder = packageFolder('starter');
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort()
    .map((path): StarterFile => {
      const [first = '', ...rest] = path.split('/');
      const target = [renamed[first] ?? first, ...rest].join('/');
      const text = fitted(target, readFileSync(join(folder, path), 'utf8'), wish);
      return { path: target, text, ...(first in renamed ? { shared: true } : {}) };
    });
  const schemas = schemaFiles(wish.schemas);
  const manifest: StarterFile = { path: 'package.json', text: packageText(wish), shared: true };
  const last = files.filter(({ path }) => path === 'phoenixfile.ts');
  return [...files.filter((file) => !last.includes(file)), ...schemas, manifest, ...last];
}

/** The schemas as files of a project: without the blanks, for nobody reads them. */
export function schemaFiles(schemas: ReadonlyMap<string, string>): readonly StarterFile[] {
  return [...schemas].map(([name, text]) => ({
    path: `config/schema/${name}`,
    text: `${JSON.stringify(JSON.parse(text))}\n`,
  }));
}

/** What these files are, a line for each or for its folder. */
export function heldBy(files: readonly StarterFile[]): readonly (readonly [string, string])[] {
  return Object.entries(holds).filter(([held]) =>
    files.some(({ path }) => path === held || path.startsWith(`${held}/`)),
  );
}

function fitted(path: string, text: string, { name, ssh }: StarterWish): string {
  if (path === 'phoenixfile.ts') {
    const named = text.replace("name: 'homelab'", `name: '${name}'`);
    if (ssh === undefined) return named;
    return named
      .replaceAll(`ssh ${example.ssh} true`, `ssh ${ssh} true`)
      .replace(`// nodes: { pve: { ssh: '${example.ssh}' } }`, `nodes: { pve: { ssh: ${quoted(ssh)} } }`);
  }
  const address = /@(\d+\.\d+\.\d+)\.(\d+)$/.exec(ssh ?? '');
  if (path !== 'config/hypervisor.json5' || !address) return text;
  return text
    .replace(example.address, `${address[1]}.${address[2]}/24`)
    .replace(example.gateway, `${address[1]}.1`);
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

/** The editor finds the types by it, and everybody gets the same version. */
function packageText({ name, version }: StarterWish): string {
  const text = { name, private: true, type: 'module', devDependencies: { [packageName]: `^${version}` } };
  return `${JSON.stringify(text, null, 2)}\n`;
}
