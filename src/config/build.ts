/**
 * The long way from texts to a checked fleet, taken when the content is new: parse, layer, validate. Reached only by a
 * dynamic import. It knows no file system.
 */
import type { Json } from '../core/json.ts';
import { type Assembly, assemble } from './assemble.ts';
import { readFast } from './fast.ts';
import type { ParsedFile, SourceFile } from './files.ts';
import { writtenPath } from './gather.ts';
import { type Fields, isObject } from './layer.ts';
import { type Locator, lineOf, locator, type Origin } from './locate.ts';
import { maskLine } from './mask.ts';
import { formatPath, type Path } from './path.ts';
import type { Complaint, ConfigProblem } from './problem.ts';
import type { CarefulRead } from './read.ts';
import { type Assignment, readAssignments } from './set.ts';
import { mergeDocuments, type Unreadable, type Validated, validate } from './validate.ts';

type Reader = (text: string) => CarefulRead | undefined;

interface Parsed {
  readonly files: readonly ParsedFile[];
  readonly assignments: readonly Assignment[];
  readonly problems: readonly ConfigProblem[];
  readonly unreadable: Unreadable;
  /** Files in which some key stands twice. */
  readonly doubled: readonly SourceFile[];
}

/** Parses, layers and checks. Positions are read only when there is something to say. */
export async function build(
  files: readonly SourceFile[],
  set: readonly string[],
  nodes: readonly string[] = [],
): Promise<Validated> {
  const parsed = parse(files, set);
  const assembly = assemble(parsed.files, parsed.assignments, nodes);
  const first = check(parsed, assembly, files, () => undefined);
  if (first.problems.length === 0) return first;
  const { readCareful } = await import('./read.ts');
  return check(parsed, assembly, files, readCareful);
}

function check(parsed: Parsed, assembly: Assembly, files: readonly SourceFile[], read: Reader): Validated {
  const places = locator(files, parsed.assignments, read);
  const validated = validate(parsed.files, assembly, parsed.unreadable, places);
  const problems = [
    ...parsed.problems,
    ...parsed.doubled.flatMap((file) => duplicates(file, read(file.text))),
    ...assembly.complaints.map((complaint) => toProblem(complaint, places)),
    ...validated.problems,
  ].map((problem) => ({ ...problem, text: maskLine(problem.text) }));
  return { ...validated, problems };
}

/** The origin of every leaf, by its path in the form of `fleet.ts` as people write it. */
export async function originsOf(
  files: readonly SourceFile[],
  set: readonly string[],
  nodes: readonly string[] = [],
): Promise<Map<string, Origin>> {
  const parsed = parse(files, set);
  const assembly = assemble(parsed.files, parsed.assignments, nodes);
  const { readCareful } = await import('./read.ts');
  return origins(assembly, locator(files, parsed.assignments, readCareful));
}

function origins(assembly: Assembly, places: Locator): Map<string, Origin> {
  const found = new Map<string, Origin>();
  const values = mergeDocuments(assembly.documents);
  for (const document of assembly.documents) {
    const head: Path = document.name.split('.');
    const walk = (value: Json, path: Path): void => {
      if (isObject(value) && Object.keys(value).length > 0) {
        for (const [key, child] of Object.entries(value)) walk(child, [...path, key]);
        return;
      }
      const written = document.kind === 'hypervisor' ? path : writtenPath(path);
      const pin = pinOf(values.get(document.name) ?? {}, path);
      const origin =
        pin && places.origin(document, path) === undefined
          ? places.origin(document, pin)
          : nearestOrigin(places, document, written);
      if (origin !== undefined) found.set(formatPath([...head, ...written]), origin);
    };
    for (const [key, child] of Object.entries(values.get(document.name) ?? {})) walk(child, [key]);
  }
  return found;
}

/** Where a parameter of the application is pinned, if it is one. */
function pinOf({ app, pins }: Fields, [first, second, param = '']: Path): Path | undefined {
  if (first !== 'app' || second !== 'params' || !isObject(app) || !isObject(pins)) return undefined;
  const own = pins[`app:${app.name}`];
  return isObject(own) && String(param) in own ? ['pins', `app:${app.name}`, param] : undefined;
}

function nearestOrigin(
  places: Locator,
  document: Assembly['documents'][number],
  path: Path,
): Origin | undefined {
  for (let length = path.length; length > 0; length--) {
    const origin = places.origin(document, path.slice(0, length));
    if (origin !== undefined) return origin;
  }
  return undefined;
}

function parse(files: readonly SourceFile[], set: readonly string[]): Parsed {
  const { assignments, problems: badSets } = readAssignments(set);
  const parsed: ParsedFile[] = [];
  const doubled: SourceFile[] = [];
  const problems: ConfigProblem[] = [...badSets];
  const guests = new Set<number>();
  const kinds = new Set<string>();
  const lost = (file: SourceFile): void => {
    kinds.add(file.role.kind);
    if (file.role.kind === 'guest') guests.add(file.role.id);
  };
  for (const file of files) {
    const read = readFast(file.text);
    if (!read.ok) {
      const { message, line, column } = read.failure;
      const text = lineOf(file.text, line);
      problems.push({
        severity: 'error',
        message: `this is no JSON5: ${message}`,
        file: file.path,
        line,
        column,
        text,
        hint: parseHint(message),
      });
      lost(file);
    } else if (!isObject(read.value)) {
      const text = lineOf(file.text, 1);
      problems.push({
        severity: 'error',
        message: 'the file must hold one object',
        file: file.path,
        line: 1,
        column: 1,
        text,
        hint: 'begin it with { and end it with }',
      });
      lost(file);
    } else {
      if (read.duplicates) doubled.push(file);
      parsed.push({ ...file, value: read.value });
      if (
        file.role.kind === 'guest' &&
        file.env === undefined &&
        !['ct', 'vm'].includes(String(read.value.kind))
      )
        guests.add(file.role.id);
    }
  }
  const unreadable = {
    guests,
    hypervisor: kinds.has('hypervisor') || kinds.has('node'),
    shared: kinds.has('profile') || kinds.has('defaults'),
  };
  return { files: parsed, assignments, problems, unreadable, doubled };
}

function parseHint(message: string): string {
  return /end of input/.test(message)
    ? 'a bracket, a brace or a quote is not closed'
    : 'look just before this place: a comma, a quote or a colon may be missing';
}

function duplicates(file: SourceFile, read: CarefulRead | undefined): ConfigProblem[] {
  const problem = (message: string, line: number, column: number): ConfigProblem => ({
    severity: 'error',
    message,
    file: file.path,
    line,
    column,
    text: lineOf(file.text, line),
    hint: 'keep one of them',
  });
  if (read === undefined || read.duplicates.length === 0)
    return [problem('a key stands twice in one object', 1, 1)];
  return read.duplicates.map(({ path, first, second }) =>
    problem(
      `key '${formatPath(path)}' stands twice, first in line ${first.line}`,
      second.line,
      second.column,
    ),
  );
}

function toProblem(complaint: Complaint, places: Locator): ConfigProblem {
  const { message, hint, severity = 'error' } = complaint;
  const place = places.inFile(complaint.file, complaint.path, 'value');
  return { severity, message, ...place, ...(hint === undefined ? {} : { hint }) };
}
