/**
 * Digests of what a layer is and of what its text was rendered from. Pure functions: the same content has the same
 * digest on every machine. They know no Handlebars, so a kept text can be used again without loading it.
 */
import { createHash } from 'node:crypto';
import type { Effect } from '../proxmox/guest-layer.ts';
import type { Catalog, Params, RenderContext, Template } from './catalog.ts';
import { engineRevision, type TemplateSource } from './engine.ts';
import { jsonText } from './quote.ts';

/**
 * What names a layer in its marker: script, effects, and the script that takes it back, which is kept in the guest and so
 * has to be the present one. Parameters count as far as they show in these: one that only says the default is no other
 * layer. Sixteen hexadecimal digits.
 */
export function layerDigest(body: string, provides: readonly Effect[], uninstall?: string): string {
  const effects = provides.map(({ kind, name }) => `${kind} ${name}`);
  const back = uninstall === undefined ? [] : [uninstall];
  return digest([body, effects, ...back]).slice(0, 16);
}

/**
 * Names everything that a rendered text depends on: the template, the partials it reaches, the parameters, the part of
 * the context it may read and the engine's revision. The same key means the same `Rendered`, so a caller may keep it.
 */
export function renderKey(
  catalog: Catalog,
  template: Template,
  params: Params,
  context: RenderContext,
): string {
  const own = [template.source, ...(template.uninstall ? [template.uninstall] : [])];
  const partials = reachedPartials(own, catalog.partials);
  return digest([
    engineRevision,
    template.name,
    own.map(({ path, text }) => [path, text]),
    partials.map(([name, source]) => [name, source.path, source.text]),
    params,
    context.guest,
    template.readsExports ? context.exports : null,
  ]);
}

/** The same of a text that is no script: the same key means the same text. */
export function documentKey(
  { partials }: Pick<Catalog, 'partials'>,
  { path, text }: TemplateSource,
  values: Readonly<Record<string, unknown>>,
): string {
  const reached = reachedPartials([{ path, text }], partials);
  return digest([
    engineRevision,
    ...[path, text, reached.map(([name, source]) => [name, source.path, source.text]), values],
  ]);
}

/** The partials that sources use, directly or through others, by name in order. */
export function reachedPartials(
  sources: readonly TemplateSource[],
  partials: ReadonlyMap<string, TemplateSource>,
): [string, TemplateSource][] {
  const reached = new Map<string, TemplateSource>();
  const open = [...sources];
  for (let next = open.pop(); next; next = open.pop()) {
    for (const match of next.text.matchAll(/\{\{~?#?>\s*([^\s~}]+)/g)) {
      const name = match[1] ?? '';
      const partial = partials.get(name);
      if (!partial || reached.has(name)) continue;
      reached.set(name, partial);
      open.push(partial);
    }
  }
  return [...reached].sort(([a], [b]) => (a < b ? -1 : 1));
}

function digest(value: unknown): string {
  return createHash('sha256').update(jsonText(value)).digest('hex');
}
