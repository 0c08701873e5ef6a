/**
 * The catalog of feature and application scripts: finds them, checks parameters against their metadata and renders
 * them. It reads files only through the functions it is handed; it knows no task, no host and no config schema.
 */
import { didYouMean } from '../core/suggest.ts';
import type { Effect } from '../proxmox/guest-layer.ts';
import { helperNames, renderText, type TemplateSource } from './engine.ts';
import { TemplateError } from './error.ts';
import { type Conditional, type Metadata, parseMetadata, wrongValue } from './metadata.ts';
import { isPlainWord } from './quote.ts';

/** A feature or application script with what it says about itself. */
export interface Template extends Metadata {
  /** The layer name: `feature:<name>` or `app:<name>`. */
  readonly name: string;
  readonly source: TemplateSource;
  /** The script that takes it back; it sees the same parameters. */
  readonly uninstall?: TemplateSource;
}

/** All scripts by layer name, and the partials they share by name. */
export interface Catalog {
  readonly templates: ReadonlyMap<string, Template>;
  readonly partials: ReadonlyMap<string, TemplateSource>;
  /** Files that could not be taken in; they are missing from `templates`. */
  readonly errors: readonly TemplateError[];
}

/** Values for a template's parameters, as the config has them. */
export type Params = Readonly<Record<string, unknown>>;

/** Who a script is rendered for. */
export interface GuestContext {
  readonly id: number;
  readonly hostname: string;
  /** Address without prefix length, such as `10.0.0.150`; null when it has none of its own. */
  readonly address: string | null;
}

/** What one guest offers to the scripts of others. */
export interface GuestExports extends GuestContext {
  readonly exports: Readonly<Record<string, string | number>>;
}

/** What a script may read besides its parameters. */
export interface RenderContext {
  readonly guest: GuestContext;
  /** The guests that export something, in order of id; given to scripts whose metadata says `readsExports`. */
  readonly exports: readonly GuestExports[];
}

/** A rendered script: its text, the effects it declares and the questions that prove them. */
export interface Rendered {
  readonly body: string;
  readonly provides: readonly Effect[];
  readonly verify: readonly string[];
  readonly uninstall?: string;
}

const uninstallEnding = '.uninstall.sh.hbs';
const reserved = new Set(['guest', 'exports', ...helperNames]);
const kinds = { features: 'feature', apps: 'app' } as const;

/**
 * Reads the scripts below the given directories; where two have the same name, the one of the earlier directory wins
 * (a project's own `templates/` stands before the one shipped with phx). `listDir` answers the names in a directory,
 * none for a directory that does not exist.
 */
export async function loadCatalog(
  dirs: readonly string[],
  readFile: (path: string) => Promise<string>,
  listDir: (path: string) => Promise<readonly string[]>,
): Promise<Catalog> {
  const sources = async (folder: string, ending: string) => {
    const scripts = new Map<string, TemplateSource>();
    const backs = new Map<string, TemplateSource>();
    for (const dir of dirs) {
      const names = (await listDir(`${dir}/${folder}`)).filter((name) => name.endsWith(ending));
      for (const name of [...names].sort()) {
        const path = `${dir}/${folder}/${name}`;
        const stem = name.slice(0, -ending.length).replace(/\.sh$/, '');
        if (name.endsWith(uninstallEnding)) backs.set(path, { path, text: await readFile(path) });
        else if (!scripts.has(stem)) scripts.set(stem, { path, text: await readFile(path) });
      }
    }
    return { scripts, backs };
  };
  const templates = new Map<string, Template>();
  const errors: TemplateError[] = [];
  for (const [folder, kind] of Object.entries(kinds)) {
    const all = await sources(folder, '.sh.hbs');
    for (const [stem, source] of all.scripts) {
      try {
        const metadata = parseMetadata(source.path, source.text);
        const taken = Object.keys(metadata.params).find((name) => reserved.has(name));
        if (taken) throw new TemplateError(source.path, 1, `a parameter cannot be called "${taken}"`);
        // From the same folder: a project's own script is not taken back by the shipped one's twin.
        const uninstall = all.backs.get(source.path.replace(/\.sh\.hbs$/, uninstallEnding));
        if (uninstall) all.backs.delete(uninstall.path);
        templates.set(`${kind}:${stem}`, {
          ...{ name: `${kind}:${stem}`, source, ...metadata },
          ...(uninstall ? { uninstall } : {}),
        });
      } catch (error) {
        if (!(error instanceof TemplateError)) throw error;
        errors.push(error);
      }
    }
    for (const path of all.backs.keys())
      if (!all.scripts.has(stemOf(path)))
        errors.push(
          new TemplateError(path, undefined, 'there is no script beside it that it could take back'),
        );
  }
  return { templates, partials: (await sources('partials', '.hbs')).scripts, errors };
}

function stemOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1, -uninstallEnding.length);
}

/** The script of a layer name such as `feature:docker`; the error for an unknown one offers the nearest name. */
export function describe(catalog: Catalog, name: string): Template {
  const template = catalog.templates.get(name);
  if (template) return template;
  const [kind, stem] = name.split(':');
  const broken = catalog.errors.find((error) => error.file.endsWith(`/${kind}s/${stem}.sh.hbs`));
  if (broken) throw broken;
  const offer = didYouMean(name, catalog.templates.keys());
  throw new TemplateError(
    `${kind}s/${stem}.sh.hbs`,
    undefined,
    `no such template${offer ? `; ${offer}` : ''}`,
  );
}

/** One thing wrong with the parameters given to a script. */
export interface ParamProblem {
  /** The parameter, for the position in the config. */
  readonly param: string;
  readonly message: string;
}

/** Everything wrong with these parameters: unknown, missing, of another type. */
export function checkParams(template: Template, params: Params): ParamProblem[] {
  const problems: ParamProblem[] = [];
  for (const [param, value] of Object.entries(params)) {
    const spec = Object.hasOwn(template.params, param) ? template.params[param] : undefined;
    if (!spec) {
      const offer = didYouMean(param, Object.keys(template.params));
      const hint = offer ? `; ${offer}` : '';
      problems.push({ param, message: `${template.name} has no parameter "${param}"${hint}` });
      continue;
    }
    const wrong = value === null && !spec.required ? undefined : wrongValue(spec, value);
    if (wrong) problems.push({ param, message: `"${param}" of ${template.name} ${wrong}` });
  }
  for (const [param, spec] of Object.entries(template.params)) {
    if (spec.required && spec.default === undefined && params[param] === undefined)
      problems.push({ param, message: `${template.name} needs "${param}": ${spec.description}` });
  }
  return problems;
}

/** The parameters a script sees: what was given, else the default, else null. */
export function withDefaults(template: Template, params: Params): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(template.params).map(([name, spec]) => [name, params[name] ?? spec.default ?? null]),
  );
}

/** Renders a script. Throws a TemplateError for wrong parameters too, so check those first. */
export async function render(
  catalog: Catalog,
  template: Template,
  params: Params,
  context: RenderContext,
): Promise<Rendered> {
  const [problem] = checkParams(template, params);
  if (problem) throw new TemplateError(template.source.path, undefined, problem.message);
  const given = withDefaults(template, params);
  const values = {
    ...given,
    guest: context.guest,
    ...(template.readsExports ? { exports: context.exports } : {}),
  };
  const text = async (source: TemplateSource) =>
    `${(await renderText(source, catalog.partials, values)).trim()}\n`;
  const fill = (list: readonly Conditional[]) =>
    list
      .filter(({ when }) => when === undefined || holds(when, given))
      .map(({ text }) => interpolate(template, text, given));
  return {
    body: await text(template.source),
    provides: fill(template.provides).map((words) => effect(template, words)),
    verify: fill(template.verify),
    ...(template.uninstall ? { uninstall: await text(template.uninstall) } : {}),
  };
}

function holds(when: string, given: Params): boolean {
  const [name = '', wanted] = when.split('=', 2);
  const value = given[name];
  return wanted === undefined ? value !== null && value !== false : String(value) === wanted;
}

/** `{{name}}` in a metadata text replaced by the parameter, which must be a plain word. */
function interpolate(template: Template, text: string, given: Params): string {
  return text.replace(/\{\{\s*(\w+)\s*\}\}/g, (_, name: string) => {
    const value = Object.hasOwn(given, name) ? given[name] : undefined;
    if ((typeof value === 'string' || typeof value === 'number') && isPlainWord(String(value)))
      return String(value);
    throw new TemplateError(template.source.path, 1, `"${text}" wants a plain word for "${name}"`);
  });
}

function effect(template: Template, text: string): Effect {
  const match = /^(package|unit|port|file) (\S+)$/.exec(text);
  if (!match) throw new TemplateError(template.source.path, 1, `"${text}" is no effect such as "port 8000"`);
  return { kind: match[1] as Effect['kind'], name: match[2] ?? '' };
}
