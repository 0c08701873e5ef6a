/** Renders templates for the plugins, remembering by content what was rendered, so that Handlebars is rarely loaded. */

import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PluginInput, RenderContext, Rendered } from '../config/project.ts';
import { PhxError } from '../core/error.ts';
import {
  type Catalog,
  checkParams,
  describe,
  loadCatalog,
  render as renderTemplate,
} from '../template/catalog.ts';
import { layerDigest, renderKey } from '../template/digest.ts';
import { TemplateError } from '../template/error.ts';

/** A render function over the project's own templates and, behind them, those shipped with phx. */
export async function createRenderer(dirs: readonly string[], cacheDir: string) {
  const catalog = await loadCatalog(
    dirs,
    async (path) => readFileSync(path, 'utf8'),
    async (path) => namesIn(path),
  );
  const memo = new RenderMemo(join(cacheDir, 'rendered.json'));
  const render: PluginInput['render'] = (kind, name, params, context) =>
    explain(kind, name, context.guest.id, () => renderOne(catalog, memo, kind, name, params, context));
  return { render, catalog, save: () => memo.save() };
}

async function renderOne(
  catalog: Catalog,
  memo: RenderMemo,
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
  const digest = layerDigest(body, provides, params, uninstall);
  const rendered = { ...text, requires: template.requires, digest };
  memo.put(key, rendered);
  return rendered;
}

async function explain<T>(kind: string, name: string, guest: number, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    throw new PhxError('config', {
      title: `The template ${kind}/${name} cannot be rendered for guest ${guest}`,
      facts: [['why', error.message]],
      hint: `Templates lie in templates/${kind}/ of the project; those shipped with phx stand behind them.`,
    });
  }
}

class RenderMemo {
  readonly #path: string;
  readonly #known: Record<string, Rendered>;
  readonly #used: Record<string, Rendered> = {};
  #grew = false;

  constructor(path: string) {
    this.#path = path;
    this.#known = readMemo(path);
  }

  get(key: string): Rendered | undefined {
    const rendered = this.#known[key];
    if (rendered) this.#used[key] = rendered;
    return rendered;
  }

  put(key: string, rendered: Rendered): void {
    this.#used[key] = rendered;
    this.#grew = true;
  }

  /** Keeps what this project uses now. It only saves time: a cache that cannot be written is no error. */
  save(): void {
    if (!this.#grew) return;
    try {
      mkdirSync(join(this.#path, '..'), { recursive: true, mode: 0o700 });
      writeFileSync(`${this.#path}.new`, JSON.stringify(this.#used), { mode: 0o600 });
      renameSync(`${this.#path}.new`, this.#path);
    } catch {
      return;
    }
  }
}

function readMemo(path: string): Record<string, Rendered> {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Record<string, Rendered>;
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
