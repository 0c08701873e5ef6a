/**
 * Checks a whole configuration and says everything that is wrong with it at once: every file against its schema, every
 * merged object against its own, then the objects against each other. It knows no file system.
 */
import type { Json } from '../core/json.ts';
import type { Assembly, Document } from './assemble.ts';
import { uncarried } from './check/carried.ts';
import { checkTogether } from './check/index.ts';
import { type Loose, type LooseGuest, type Owner, type Reporter, without } from './check/subject.ts';
import type { ParsedFile } from './files.ts';
import type { Container, Fleet, Guest, Hypervisor } from './fleet.ts';
import { gatherGuest, pinned, shareDriver, writtenPath } from './gather.ts';
import { type Finding, findingsOf, type Subject } from './issues.ts';
import { isObject, merge } from './layer.ts';
import type { Locator } from './locate.ts';
import { formatPath, type Path } from './path.ts';
import type { ConfigProblem } from './problem.ts';
import { files as fileSchemas, merged as mergedSchemas } from './schema/index.ts';
import { keysAt, secretAt } from './schema/keys.ts';

/** The merged value of each document, by its name, in the form of `fleet.ts` but not yet checked. */
export function mergeDocuments(
  documents: readonly Document[],
): Map<string, { readonly [key: string]: Json }> {
  const values = new Map<string, { readonly [key: string]: Json }>();
  for (const document of documents) {
    const value = merge(...document.layers.map((layer) => layer.value));
    if (!isObject(value)) continue;
    if (document.kind === 'hypervisor') values.set(document.name, value);
    else {
      const id = Number(document.name.slice('guests.'.length));
      const stated = { ...value, id: value.id ?? id, kind: value.kind ?? document.kind };
      values.set(
        document.name,
        pinned(shareDriver(gatherGuest(document.kind, stated), birthplace(stated, values)?.nvidia)),
      );
    }
  }
  return values;
}

/** The node that a guest is made on, as far as that can be told without asking one. */
function birthplace(
  { node, place }: { readonly [key: string]: Json },
  values: ReadonlyMap<string, { readonly [key: string]: Json }>,
): { readonly [key: string]: Json } | undefined {
  const among = isObject(place) && Array.isArray(place.among) ? place.among : [];
  return values.get(`nodes.${node ?? among[0]}`) ?? values.get('hypervisor');
}

/** What became of a configuration; the fleet is there when no problem is an error. */
export interface Validated {
  readonly fleet?: Fleet;
  readonly problems: readonly ConfigProblem[];
}

/** What could not be read at all, so that nothing is said to be missing for that reason alone. */
export interface Unreadable {
  readonly guests: ReadonlySet<number>;
  readonly hypervisor: boolean;
  /** A file that others rest on: defaults or a profile. */
  readonly shared: boolean;
}

/** Checks files, merged documents and the fleet. */
export function validate(
  files: readonly ParsedFile[],
  assembly: Assembly,
  unreadable: Unreadable,
  locator: Locator,
): Validated {
  const problems: ConfigProblem[] = [];
  for (const file of files) problems.push(...checkFile(file, locator));

  const values = mergeDocuments(assembly.documents);
  const guests: LooseGuest[] = [];
  const good = new Map<string, Guest>();
  const nodes = new Map<string, Hypervisor>();
  const loose = new Map<string, Loose<Hypervisor>>();
  const partly = unreadable.shared || unreadable.hypervisor || unreadable.guests.size > 0;
  for (const document of assembly.documents) {
    const value = values.get(document.name);
    if (value === undefined || (document.kind === 'hypervisor' && unreadable.hypervisor)) continue;
    const checked = checkDocument(document, value, locator);
    problems.push(
      ...checked.problems.filter(({ missing }) => !(missing && partly)).map(({ problem }) => problem),
    );
    if (document.kind === 'hypervisor') {
      if (checked.output !== undefined) nodes.set(document.name, checked.output as Hypervisor);
      loose.set(document.name, (checked.output ?? checked.usable) as Loose<Hypervisor>);
    } else {
      const id = Number(document.name.slice('guests.'.length));
      if (checked.output !== undefined) good.set(String(id), checked.output as Guest);
      guests.push({
        ...((checked.output ?? checked.usable) as Partial<Container>),
        id,
        kind: document.kind,
      } as LooseGuest);
    }
  }

  if (!unreadable.shared) {
    const reportOf = (node: string) => reporter(assembly.documents, locator, problems, node);
    checkTogether({ hypervisors: loose, guests, unreadable: unreadable.guests }, reportOf);
  }
  const failed = partly || problems.some((problem) => problem.severity === 'error');
  const hypervisor = nodes.get('hypervisor');
  if (failed || hypervisor === undefined) return { problems: onceEach(problems) };
  const members = [...nodes].flatMap(([name, node]) =>
    name === 'hypervisor' ? [] : [[name.slice(6), node]],
  );
  const fleet: Fleet = {
    ...{ hypervisor, guests: Object.fromEntries(good) },
    ...(members.length > 0 ? { nodes: Object.fromEntries(members) } : {}),
  };
  return { fleet, problems: onceEach(problems) };
}

/** A line that several nodes have in common is one mistake. */
function onceEach(problems: readonly ConfigProblem[]): ConfigProblem[] {
  return [...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values()];
}

function checkFile(file: ParsedFile, locator: Locator): ConfigProblem[] {
  const { role, value } = file;
  const kind =
    role.kind === 'guest'
      ? value.kind === 'vm' || value.vmid !== undefined
        ? 'vm'
        : 'ct'
      : role.kind === 'node'
        ? 'hypervisor'
        : role.kind;
  const schema = fileSchemas[kind];
  // An overlay of an environment need not repeat the kind, so what is unknown to one kind may belong to the other.
  if (role.kind === 'guest' && value.kind === undefined) return [];
  const result = schema.safeParse(value);
  if (result.success) return [];
  const depth = kind === 'defaults' ? 1 : 0;
  const inside = (path: Path): 'ct' | 'vm' | 'guest' | 'hypervisor' =>
    kind === 'hypervisor' || kind === 'ct' || kind === 'vm'
      ? kind
      : path[0] === 'ct' || path[0] === 'vm'
        ? path[0]
        : 'guest';
  return result.error.issues.flatMap((issue) => {
    const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
    const subject: Subject = {
      kind: inside(path),
      value,
      label: (at) => formatPath(at.length > depth ? at.slice(depth) : at),
      keysAt: (at) => keysAt(schema, at),
      secretAt: (at) => secretAt(schema, at),
    };
    return findingsOf(issue, subject)
      .filter((finding) => !finding.message.endsWith(' is missing'))
      .map((finding) => toProblem(finding, locator.inFile(file.path, finding.path, finding.end)));
  });
}

interface Checked {
  readonly output?: unknown;
  readonly usable: Json;
  readonly problems: readonly { readonly problem: ConfigProblem; readonly missing: boolean }[];
}

function checkDocument(document: Document, value: Json, locator: Locator): Checked {
  const schema = mergedSchemas[document.kind];
  const result = schema.safeParse(value);
  const odd = uncarried(value).map((path): Finding => {
    const message = `${formatPath(writtenPath(path))} holds a NUL character, which no command line and no file can carry`;
    return { path, end: 'value', message, spoilt: [path] };
  });
  if (result.success && odd.length === 0) return { output: result.data, usable: value, problems: [] };
  const subject: Subject = {
    kind: document.kind,
    value,
    label: (path) => formatPath(writtenPath(path)),
    keysAt: (path) => keysAt(schema, path),
    secretAt: (path) => secretAt(schema, path),
  };
  const wrong = result.error?.issues.flatMap((issue) => findingsOf(issue, subject)) ?? [];
  const findings = [...wrong, ...odd];
  return {
    usable: findings.flatMap((finding) => finding.spoilt).reduce(without, value),
    problems: findings.map((finding) => ({
      problem: toProblem(finding, locator.inDocument(document, writtenPath(finding.path), finding.end)),
      missing: finding.message.endsWith(' is missing'),
    })),
  };
}

function toProblem(finding: Finding, place: ReturnType<Locator['inFile']>): ConfigProblem {
  const { message, hint } = finding;
  return { severity: 'error', message, ...place, ...(hint === undefined ? {} : { hint }) };
}

/** `node`: the document that a check means by the hypervisor. */
function reporter(
  documents: readonly Document[],
  locator: Locator,
  problems: ConfigProblem[],
  node: string,
): Reporter {
  const byName = new Map(documents.map((document) => [document.name, document]));
  const place = (owner: Owner, path: Path, end: 'key' | 'value'): ReturnType<Locator['inFile']> => {
    const document = byName.get(owner === 'hypervisor' ? node : `guests.${owner}`);
    if (document === undefined) return { file: '', line: 1, column: 1, text: '' };
    return locator.inDocument(document, owner === 'hypervisor' ? path : writtenPath(path), end);
  };
  const say =
    (severity: 'error' | 'warning'): Reporter['error'] =>
    (owner, path, message, hint, end = 'value') => {
      problems.push({
        severity,
        message,
        ...place(owner, path, end),
        ...(hint === undefined ? {} : { hint }),
      });
    };
  return {
    error: say('error'),
    warning: say('warning'),
    where(owner, path) {
      const { file, line } = place(owner, path, 'value');
      return `${file}:${line}`;
    },
  };
}
