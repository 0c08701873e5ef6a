/** Renders templates for the plugins, remembering by content what was rendered, so that Handlebars is rarely loaded. */

import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Plugin, PluginInput, RenderContext, Rendered } from '../config/project.ts';
import { PhxError } from '../core/error.ts';
import {
  type Catalog,
  checkParams,
  describe,
  loadCatalog,
  render as renderTemplate,
} from '../template/catalog.ts';
import { documentKey, layerDigest, renderKey } from '../template/digest.ts';
import { renderText } from '../template/engine.ts';
import { TemplateError } from '../template/error.ts';

/** Render functions over the project's own templates and, behind them, what plugins bring along and those shipped with phx. */
export async function createRenderer(
  dirs: readonly string[],
  cacheDir: string,
  plugins: readonly Plugin[] = [],
) {
  const [own = '', ...shipped] = dirs;
  const brought = featuresOf(plugins);
  const catalog = await loadCatalog(
    [own, ...brought.folders, ...shipped],
    async (path) => brought.texts.get(path) ?? readFileSync(path, 'utf8'),
    async (path) => brought.namesIn(path) ?? namesIn(path),
  );
  const memo = new Memo<Rendered>(join(cacheDir, 'rendered.json'));
  const documents = new Memo<string>(join(cacheDir, 'documents.json'));
  const render: PluginInput['render'] = (kind, name, params, context) =>
    explain(`${kind}/${name}`, ` for guest ${context.guest.id}`, () =>
      renderOne(catalog, memo, kind, name, params, context),
    );
  const document: PluginInput['document'] = (path, values) =>
    explain(path, '', () => renderDocument(dirs, catalog, documents, path, values));
  const save = () => {
    memo.save();
    documents.save();
  };
  return { render, document, catalog, save };
}

/** What plugins bring along, as if it lay in a folder for each. */
function featuresOf(plugins: readonly Plugin[]) {
  const texts = new Map<string, string>();
  const folders = plugins
    .filter(({ features = [] }) => features.length > 0)
    .map(({ name, features = [] }) => {
      const folder = `plugin ${name}`;
      for (const feature of features) {
        const path = `${folder}/features/${feature.name}`;
        texts.set(`${path}.sh.hbs`, feature.text);
        if (feature.uninstall !== undefined) texts.set(`${path}.uninstall.sh.hbs`, feature.uninstall);
      }
      return folder;
    });
  const below = (path: string) => [...texts.keys()].filter((one) => one.startsWith(`${path}/`));
  return {
    texts,
    folders,
    namesIn: (path: string) =>
      path.startsWith('plugin ') ? below(path).map((one) => one.slice(path.length + 1)) : undefined,
  };
}

async function renderDocument(
  dirs: readonly string[],
  catalog: Catalog,
  memo: Memo<string>,
  name: string,
  values: Readonly<Record<string, unknown>>,
): Promise<string> {
  const paths = dirs.map((dir) => join(dir, `${name}.hbs`));
  const path = paths.find((candidate) => existsSync(candidate));
  if (path === undefined) throw new TemplateError(`${name}.hbs`, undefined, 'there is no such template');
  const source = { path, text: readFileSync(path, 'utf8') };
  const key = documentKey(catalog, source, values);
  const text = memo.get(key) ?? (await renderText(source, catalog.partials, values));
  memo.put(key, text);
  return text;
}

async function renderOne(
  catalog: Catalog,
  memo: Memo<Rendered>,
  kind: 'features' | 'apps',
  name: string,
  params: Readonly<Record<string, unknown>>,
  context: RenderContext,
): Promise<Rendered> {
  const template = describe(catalog, `${kind === 'features' ? 'feature' : 'app'}:${name}`);
  const problems = checkParams(template, params);
  if (problems.length > 0) {
    throw new PhxError('config', {
      title: `The parameters of ${template.name} in guest ${context.guest.id} are wrong`,
      facts: problems.map(({ param, message }) => [param, message] as const),
      hint: 'Parameters stand beside the name, under params, in the guest or its profile.',
      command: `phx config ${context.guest.id}`,
    });
  }
  const key = renderKey(catalog, template, params, context);
  const known = memo.get(key);
  if (known) return known;
  const text = await renderTemplate(catalog, template, params, context);
  const { body, provides, uninstall } = text;
  const digest = layerDigest(body, provides, uninstall);
  const rendered = { ...text, requires: template.requires, digest };
  memo.put(key, rendered);
  return rendered;
}

async function explain<T>(path: string, forWhom: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    throw new PhxError('config', {
      title: `The template ${path} cannot be rendered${forWhom}`,
      facts: [['why', error.message]],
      hint: `Templates lie in templates/${path.replace(/\/.*$/, '')}/ of the project; those of plugins and of phx stand behind them.`,
    });
  }
}

class Memo<T> {
  readonly #path: string;
  readonly #known: Readonly<Record<string, T>>;
  readonly #used: Record<string, T> = {};
  #grew = false;

  constructor(path: string) {
    this.#path = path;
    this.#known = readMemo(path);
  }

  get(key: string): T | undefined {
    const rendered = this.#known[key] ?? this.#used[key];
    if (rendered !== undefined) this.#used[key] = rendered;
    return rendered;
  }

  put(key: string, rendered: T): void {
    this.#used[key] = rendered;
    this.#grew ||= this.#known[key] === undefined;
  }

  /** Keeps what this project uses now. It only saves time: a cache that cannot be written is no error. */
  save(): void {
    if (!this.#grew) return;
    try {
      mkdirSync(join(this.#path, '..'), { recursive: true, mode: 0o700 });
      const body = JSON.stringify(this.#used);
      const draft = `${this.#path}.${process.pid}.new`;
      writeFileSync(draft, `${headOf(body)}\n${body}`, { mode: 0o600 });
      renameSync(draft, this.#path);
    } catch {
      return;
    }
  }
}

/** A file that is not whole, or of another phx, is no cache. */
function headOf(body: string): string {
  return `phx-memo 1 ${crc32(body).toString(16)}`;
}

function readMemo<T>(path: string): Record<string, T> {
  try {
    const text = readFileSync(path, 'utf8');
    const line = text.indexOf('\n');
    const body = text.slice(line + 1);
    return line > 0 && text.slice(0, line) === headOf(body) ? (JSON.parse(body) as Record<string, T>) : {};
  } catch {
    return {};
  }
}

function namesIn(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
