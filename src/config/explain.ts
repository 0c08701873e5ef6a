/** What `phx config [target]` shows: every leaf of the merged configuration with the place it comes from. It prints nothing. */
import type { Json } from '../core/json.ts';
import { gathered } from './families.ts';
import { isObject } from './layer.ts';
import type { LoadedConfig } from './load.ts';
import type { Origin } from './locate.ts';
import { formatPath, type Path } from './path.ts';

/** One leaf. */
export interface Explained {
  /** From the target, in the form in which files write it: `net0.ip`. */
  readonly path: string;
  readonly value: Json;
  readonly origin: Origin;
}

/** The node, or one guest. */
export interface ExplainedTarget {
  /** `hypervisor`, `ctid:950`, `vmid:8001`. */
  readonly target: string;
  readonly leaves: readonly Explained[];
}

const builtIn: Origin = { layer: 'built-in', file: '', line: 0, column: 0 };

/** The leaves of the node (of a cluster: `hypervisor:<name>`), of one guest (by id), or of everything. Empty for what does not exist. */
export async function explainConfig(
  config: Pick<LoadedConfig, 'fleet' | 'origins'>,
  target?: string | number,
): Promise<readonly ExplainedTarget[]> {
  const origins = await config.origins();
  const { hypervisor, nodes = {}, guests } = config.fleet;
  const found: ExplainedTarget[] = [];
  if (target === undefined || target === 'hypervisor') {
    found.push({
      target: 'hypervisor',
      leaves: leaves(hypervisor as unknown as Json, ['hypervisor'], origins),
    });
  }
  for (const [name, node] of Object.entries(nodes)) {
    const own = `hypervisor:${name}`;
    if (target !== undefined && target !== own) continue;
    found.push({ target: own, leaves: leaves(node as unknown as Json, ['nodes', name], origins) });
  }
  for (const guest of Object.values(guests)) {
    if (target !== undefined && target !== guest.id) continue;
    const name = `${guest.kind === 'ct' ? 'ctid' : 'vmid'}:${guest.id}`;
    const value = written(guest as unknown as { readonly [key: string]: Json });
    found.push({ target: name, leaves: leaves(value, ['guests', guest.id], origins) });
  }
  return found;
}

/** As lines for a person: `memory: 72000   # config/guests/950-vllm.json5:12`. */
export function explainLines(targets: readonly ExplainedTarget[]): string[] {
  return targets.flatMap(({ target, leaves }, index) => {
    const texts = leaves.map((leaf) => `${leaf.path}: ${show(leaf.value)}`);
    const width = Math.min(60, Math.max(0, ...texts.map((text) => text.length)));
    const lines = leaves.map((leaf, i) => `  ${(texts[i] ?? '').padEnd(width)}   # ${source(leaf.origin)}`);
    return [...(index === 0 ? [] : ['']), target, ...lines];
  });
}

/** A value as a config file would write it, on one line. */
function show(value: Json): string {
  if (typeof value === 'string') return quote(value);
  if (Array.isArray(value)) return `[${value.map(show).join(', ')}]`;
  if (!isObject(value)) return String(value);
  const members = Object.entries(value).map(
    ([key, child]) => `${/^[A-Za-z_$][\w$]*$/.test(key) ? key : quote(key)}: ${show(child)}`,
  );
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`;
}

function quote(text: string): string {
  const inner = JSON.stringify(text).slice(1, -1);
  return `'${inner.replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}

function source(origin: Origin): string {
  return origin.file === '' || origin.file.startsWith('--set')
    ? origin.file || origin.layer
    : `${origin.file}:${origin.line}`;
}

function leaves(value: Json, head: Path, origins: ReadonlyMap<string, Origin>): Explained[] {
  const found: Explained[] = [];
  const walk = (child: Json, path: Path): void => {
    if (isObject(child) && Object.keys(child).length > 0) {
      for (const [key, inner] of Object.entries(child)) walk(inner, [...path, key]);
    } else {
      const origin = origins.get(formatPath([...head, ...path])) ?? builtIn;
      found.push({ path: formatPath(path), value: child, origin });
    }
  };
  walk(value, []);
  return found;
}

/** A guest in the form in which its file is written. */
function written(guest: { readonly [key: string]: Json }): Json {
  const entries = Object.entries(guest).flatMap(([key, value]) =>
    gathered.some((group) => group === key) && isObject(value)
      ? Object.entries(value)
      : [[key, value] as const],
  );
  return Object.fromEntries(entries);
}
