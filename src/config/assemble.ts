/**
 * Decides which layers make the hypervisor and each guest, and in which order. It knows no schema: it works on whatever
 * objects the files hold, and says only what concerns the layering itself.
 */
import type { Json } from '../core/json.ts';
import { builtin } from './builtin.ts';
import type { ParsedFile, SourceFile } from './files.ts';
import { type Fields, isObject } from './layer.ts';
import { formatPath, nearest, type Path } from './path.ts';
import type { Complaint } from './problem.ts';
import { linearise } from './profiles.ts';
import type { Assignment } from './set.ts';

/** One layer of a document. */
export interface Layer {
  /** `built-in`, `defaults`, `profile docker`, `guest`, `pins`, `hypervisor`, with ` (env lab)` behind; or `--set`. */
  readonly name: string;
  /** Path from the project's root; empty for what is built in. */
  readonly file: string;
  /** Where in that file the layer's value stands. */
  readonly prefix: Path;
  readonly value: Fields;
}

/** The hypervisor or one guest, as layers from the lowest to the highest. */
export interface Document {
  /** `hypervisor`, `nodes.<name>` or `guests.<id>`. */
  readonly name: string;
  readonly kind: 'hypervisor' | 'ct' | 'vm';
  readonly layers: readonly Layer[];
  /** The file in which what is missing should stand. */
  readonly home: string;
}

export interface Assembly {
  readonly documents: readonly Document[];
  readonly complaints: readonly Complaint[];
}

/** Keys that steer the layering and are no configuration themselves. */
const steering = ['$schema', 'extends'];

function bare(value: Fields): Fields {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !steering.includes(key)));
}

/** Puts the layers of every document in order. `nodes`: names of the nodes, where they are a cluster. */
export function assemble(
  files: readonly ParsedFile[],
  assignments: readonly Assignment[],
  nodes: readonly string[] = [],
): Assembly {
  const complaints: Complaint[] = [];
  const label = (name: string, file: SourceFile): string =>
    file.env === undefined ? name : `${name} (env ${file.env})`;
  const layer = (name: string, file: ParsedFile, at?: string): Layer[] => {
    const value = at === undefined ? bare(file.value) : file.value[at];
    return isObject(value)
      ? [{ name: label(name, file), file: file.path, prefix: at === undefined ? [] : [at], value }]
      : [];
  };
  const set = (root: string): Layer[] =>
    assignments
      .filter((assignment) => formatPath(assignment.path.slice(0, root === 'hypervisor' ? 1 : 2)) === root)
      .map((assignment) => ({
        name: '--set',
        file: assignment.source,
        prefix: [],
        value: nest(assignment.path.slice(root === 'hypervisor' ? 1 : 2), assignment.value),
      }));
  const roots = files.filter((file) => file.role.kind === 'hypervisor');
  const overlays = files.filter((file) => file.role.kind === 'node');
  const defaults = files.filter((file) => file.role.kind === 'defaults');
  const pins = files.filter((file) => file.role.kind === 'pins');
  const base = (kind: 'hypervisor' | 'ct' | 'vm'): Layer => ({
    name: 'built-in',
    file: '',
    prefix: [],
    value: builtin[kind] as Fields,
  });

  const documents: Document[] = [
    {
      name: 'hypervisor',
      kind: 'hypervisor',
      layers: [
        base('hypervisor'),
        ...roots.flatMap((file) => layer('hypervisor', file)),
        ...set('hypervisor'),
      ],
      home: 'config/hypervisor.json5',
    },
  ];

  for (const name of nodes) {
    const own = overlays.filter((file) => file.role.kind === 'node' && file.role.name === name);
    const stack = (env: boolean): Layer[] =>
      [
        ...roots.map((file) => ['hypervisor', file] as const),
        ...own.map((file) => [`node ${name}`, file] as const),
      ]
        .filter(([, file]) => (file.env !== undefined) === env)
        .flatMap(([title, file]) => layer(title, file));
    documents.push({
      ...{ name: `nodes.${name}`, kind: 'hypervisor', home: own[0]?.path ?? 'config/hypervisor.json5' },
      layers: [
        ...[base('hypervisor'), ...stack(false), ...stack(true)],
        ...[...set('hypervisor'), ...set(`nodes.${name}`)],
      ],
    });
  }
  complaints.push(...overlays.flatMap((file) => misplaced(file, nodes)));

  for (const [id, own] of guestFiles(files, complaints)) {
    const kind = kindOf(id, own, complaints);
    const home = own[0]?.path ?? '';
    if (kind === undefined) continue;
    const named = own.findLast((file) => file.value.extends !== undefined);
    const profiles = named === undefined ? [] : linearise(named, files, complaints);
    const within = (env: boolean, list: readonly ParsedFile[]): readonly ParsedFile[] =>
      list.filter((file) => (file.env !== undefined) === env);
    const stack = (env: boolean): Layer[] => [
      ...within(env, defaults).flatMap((file) => layer('defaults', file, kind)),
      ...profiles.flatMap((name) =>
        within(env, files)
          .filter((file) => file.role.kind === 'profile' && file.role.name === name)
          .flatMap((file) => layer(`profile ${name}`, file)),
      ),
      ...within(env, own).flatMap((file) => layer('guest', file)),
      ...within(env, pins).flatMap((file) => layer('pins', file, String(id))),
    ];
    documents.push({
      name: `guests.${id}`,
      kind,
      layers: [base(kind), ...stack(false), ...stack(true), ...set(`guests.${id}`)],
      home,
    });
  }
  complaints.push(...unplaced(assignments, documents), ...pins.flatMap((file) => stray(file, documents)));
  return { documents, complaints };
}

/** Pins of guests that there are not: left over, and no error. */
function stray(file: ParsedFile, documents: readonly Document[]): Complaint[] {
  return Object.keys(file.value)
    .filter((id) => !documents.some(({ name }) => name === `guests.${id}`))
    .map((id) => ({
      ...{ file: file.path, path: [id], severity: 'warning' as const },
      message: `these are pins of guest ${id}, which there is not`,
      hint: 'take them out, or give them the id that the guest has now',
    }));
}

/** What belongs to the cluster as a whole, and so to no single node. */
const common = ['storage', 'access', 'backups', 'ha', 'external'];

/** What stands in a node's file and says nothing, or says it of all nodes. */
function misplaced(file: ParsedFile, nodes: readonly string[]): Complaint[] {
  const name = file.role.kind === 'node' ? file.role.name : '';
  if (!nodes.includes(name)) {
    const meant = nearest(name, nodes);
    const known =
      nodes.length === 0
        ? 'phoenixfile.ts says cluster: true for more than one'
        : `they are ${nodes.join(', ')}`;
    return [
      {
        ...{ file: file.path, path: [], message: `there is no node '${name}' in the cluster` },
        hint: meant === undefined ? known : `did you mean '${meant}'?`,
      },
    ];
  }
  const { firewall } = file.value;
  const rules = isObject(firewall) ? Object.keys(firewall).filter((key) => key !== 'node') : [];
  const paths = [
    ...common.filter((key) => Object.hasOwn(file.value, key)).map((key) => [key]),
    // A node has rules of its own, below firewall.node.
    ...rules.map((key) => ['firewall', key]),
  ];
  return paths.map((path) => ({
    ...{ file: file.path, path },
    message: `${path.join('.')} is one thing for the whole cluster`,
    hint: 'write it in config/hypervisor.json5',
  }));
}

function nest(path: Path, value: Json): Fields {
  const whole = path.reduceRight<Json>((inner, part) => Object.fromEntries([[String(part), inner]]), value);
  return isObject(whole) ? whole : {};
}

/** The files of each guest, the project's own before the environment's, by rising id. */
function guestFiles(files: readonly ParsedFile[], complaints: Complaint[]): Map<number, ParsedFile[]> {
  const guests = new Map<number, ParsedFile[]>();
  for (const file of files) {
    if (file.role.kind !== 'guest') continue;
    const { id } = file.role;
    const own = guests.get(id) ?? [];
    const twin = own.find((other) => other.env === file.env);
    if (twin !== undefined) {
      complaints.push({
        file: file.path,
        path: ['id'],
        message: `guest ${id} is defined twice: here and in ${twin.path}`,
        hint: 'give one of them another id',
      });
      continue;
    }
    const stated = file.value.id;
    if (stated === undefined ? own.length === 0 : stated !== id) {
      complaints.push({
        file: file.path,
        path: ['id'],
        message:
          stated === undefined
            ? 'id is missing'
            : `id is ${JSON.stringify(stated)}, but the file's name says ${id}`,
        hint: stated === undefined ? `add id: ${id}` : 'rename the file or correct the id',
      });
    }
    guests.set(id, [...own, file]);
  }
  return new Map([...guests].sort(([a], [b]) => a - b));
}

function kindOf(id: number, own: readonly ParsedFile[], complaints: Complaint[]): 'ct' | 'vm' | undefined {
  const first = own[0];
  const kind = first?.value.kind;
  if (kind === 'ct' || kind === 'vm') return kind;
  complaints.push({
    file: first?.path ?? '',
    path: ['kind'],
    message:
      kind === undefined
        ? `kind of guest ${id} is missing`
        : `kind must be one of ct, vm; found ${JSON.stringify(kind)}`,
    hint: "add kind: 'ct' for a container, kind: 'vm' for a virtual machine",
  });
  return undefined;
}

function unplaced(assignments: readonly Assignment[], documents: readonly Document[]): Complaint[] {
  const known = documents.map((document) => document.name);
  return assignments.flatMap((assignment) => {
    const [first, id] = assignment.path;
    const name =
      first === 'guests' || first === 'nodes' ? formatPath(assignment.path.slice(0, 2)) : String(first);
    const deep = assignment.path.length > (first === 'guests' || first === 'nodes' ? 2 : 1);
    if (known.includes(name) && deep) return [];
    const meant = nearest(name, known);
    const message =
      first === 'guests' && id !== undefined
        ? `there is no guest ${id} to set a value of`
        : `--set cannot place '${formatPath(assignment.path)}'`;
    const hint =
      meant !== undefined && deep
        ? `did you mean '${meant}'?`
        : "write 'guests.<id>.<key>=value' or 'hypervisor.<key>=value'";
    return [{ file: assignment.source, path: [], message, hint }];
  });
}
