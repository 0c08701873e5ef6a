/** The shipped templates with parameter sets for each: for every test that renders them all. */

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, loadCatalog, type RenderContext } from '../../src/template/catalog.ts';
import type { ParamSpec } from '../../src/template/metadata.ts';

const root = fileURLToPath(new URL('../../templates', import.meta.url));
export const catalog = await loadCatalog(
  [root],
  async (path) => readFileSync(path, 'utf8'),
  async (path) => readdirSync(path),
);
const peer = (id: number, exports: Record<string, string | number>) => ({
  id,
  hostname: `guest-${id}`,
  address: `10.0.0.${id - 800}`,
  exports,
});
export const context: RenderContext = {
  guest: { id: 950, hostname: 'vllm', address: '10.0.0.150' },
  exports: [
    peer(950, { port: 8000, path: '/v1/' }),
    peer(952, { port: 6333, path: '/qdrant/', upstream: '/' }),
    peer(954, { port: 5678, site: 'n8n.example.net' }),
    peer(955, { metrics: 9100 }),
    { ...peer(956, { port: 1, path: '/dhcp/', metrics: 2 }), address: null },
  ],
};
export const evil = 'a\'b"c $(id) `id`; rm -rf /\nPHX_EOF\n$x %n \\';
export const needed: Record<string, Record<string, unknown>> = {
  'feature:nvidia': { version: '580.76.05' },
  'app:vllm': { model: 'Qwen/Qwen2.5-7B-Instruct-AWQ' },
  'app:llamacpp': { model: '/models/x.gguf' },
  'feature:trusted_ca': { path: '/mnt/ca/root_ca.crt' },
};

const forms: Readonly<Record<string, unknown>> = {
  path: '/srv/a-b_c',
  url: 'https://host.example/a?b=c',
  sha256: 'a1'.repeat(32),
  address: 'host.example',
  duration: '5s',
  version: '1.2.3',
};

/** Values for the texts that have a pattern of their own. */
const patterned: Readonly<Record<string, string>> = {
  email: 'a@example.net',
  pem: `-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n`,
  packages: 'a-b[c]==1.2',
};

function filled(name: string, spec: ParamSpec): unknown {
  if (spec.enum) return spec.enum.at(-1);
  if (spec.type === 'boolean') return true;
  if (spec.type === 'map') return { A_B: 'c d' };
  if (spec.type === 'integer' || spec.type === 'number') return spec.default ?? spec.minimum ?? 1;
  const text = spec.format ? forms[spec.format] : (spec.pattern && patterned[name]) || undefined;
  if (spec.type === 'strings') return spec.format || spec.pattern ? [text, text] : ['a', 'b c'];
  return spec.default ?? text ?? 'x';
}

/**
 * Parameter sets of a template: the least, everything turned on, each choice of a word, and every free text hostile.
 */
export function variants(name: string): Record<string, unknown>[] {
  const { params } = describe(catalog, name);
  const least = needed[name] ?? {};
  const full: Record<string, unknown> = { ...least };
  const hostile: Record<string, unknown> = { ...least };
  const choices: Record<string, unknown>[] = [];
  for (const [param, spec] of Object.entries(params)) {
    full[param] ??= filled(param, spec);
    if (spec.type === 'strings' && !spec.format && !spec.pattern) hostile[param] = [evil];
    if (spec.type === 'map') hostile[param] = { NAME: evil };
    for (const word of spec.enum ?? []) choices.push({ ...full, ...least, [param]: word });
  }
  return [least, full, hostile, ...choices];
}
