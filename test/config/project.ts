/** A small project in memory, for the tests of the configuration. It knows no disk. */
import { type LoadedConfig, type LoadOptions, loadConfig } from '../../src/config/load.ts';
import { ConfigError, type ConfigProblem } from '../../src/config/problem.ts';

/** Files by their path from the project's root. */
export type Files = Readonly<Record<string, string>>;

/** A node that everything below rests on; each key is a section, so that a test can replace one. */
export const node = `{
  network: { bridges: { vmbr0: { address: '10.0.0.13/24', gateway: '10.0.0.1', ports: ['eno1'] } } },
  zfs: { pools: { tank: { raid: 'single', disks: ['/dev/disk/by-id/a'] } }, datasets: { 'tank/ct': {}, 'tank/vm': {}, 'tank/iso': {} } },
  storage: {
    ct: { type: 'zfspool', pool: 'tank/ct', content: ['rootdir'] },
    vm: { type: 'zfspool', pool: 'tank/vm', content: ['images'] },
    iso: { type: 'dir', path: '/tank/iso', content: ['vztmpl', 'iso', 'snippets'] },
  },
  templates: { 'u.tar.zst': { storage: 'iso' } },
  images: { noble: { url: 'https://example.org/noble.img' } },
}`;

/** A container from a template; `more` goes to its end, one line for each entry. */
export function ct(id: number, ...more: readonly string[]): string {
  return [
    '{',
    `  id: ${id},`,
    "  kind: 'ct',",
    `  hostname: 'ct${id}',`,
    '  memory: 512,',
    "  rootfs: { storage: 'ct', size: 8 },",
    ...(more.some((line) => /^\s*(clone|ostemplate):/.test(line))
      ? []
      : ["  ostemplate: 'iso:vztmpl/u.tar.zst',"]),
    ...more,
    '}',
  ].join('\n');
}

/** A VM from an image. */
export function vm(id: number, ...more: readonly string[]): string {
  return [
    '{',
    `  id: ${id},`,
    "  kind: 'vm',",
    `  name: 'vm${id}',`,
    '  memory: 512,',
    "  disk: { storage: 'vm', size: 8 },",
    ...(more.some((line) => /^\s*(clone|image):/.test(line)) ? [] : ["  image: 'noble',"]),
    ...more,
    '}',
  ].join('\n');
}

/** Loads a project of these files; the node is there unless they hold another. */
export function load(files: Files, options: Partial<LoadOptions> = {}): Promise<LoadedConfig> {
  const all: Files = { 'config/hypervisor.json5': node, ...files };
  const inside = (path: string): string => path.replace('/project/', '');
  return loadConfig({
    root: '/project',
    readFile: (path) => all[inside(path)],
    listDir: (path) => {
      const head = `${inside(path)}/`;
      const names = Object.keys(all).filter((name) => name.startsWith(head));
      return names.length === 0
        ? undefined
        : [...new Set(names.map((name) => name.slice(head.length).split('/')[0] ?? ''))];
    },
    ...options,
  });
}

/** The problems of a project: those thrown, or the warnings of one that loads. */
export async function problemsOf(
  files: Files,
  options: Partial<LoadOptions> = {},
): Promise<readonly ConfigProblem[]> {
  try {
    return (await load(files, options)).problems;
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

/** A problem on one line: `file:line:column message`. */
export function brief(problem: ConfigProblem): string {
  return `${problem.file}:${problem.line}:${problem.column} ${problem.message}`;
}
