/**
 * One layer of a guest as text: its line in /var/lib/phx/layers, the header of its scripts, and how each of them begins.
 * Builds and parses text; runs nothing.
 */

/** One effect that a layer declares; the twin makes it true, `verify` and health read it. */
export interface Effect {
  readonly kind: 'package' | 'unit' | 'port' | 'file';
  readonly name: string;
}

/** One line of /var/lib/phx/layers. */
export interface Layer {
  /** `image`, `identity`, `feature:<name>` or `app:<name>`. */
  readonly name: string;
  /** Digest of the rendered script and its parameters. */
  readonly digest: string;
  /** Id of the guest in which it was applied; a clone carries its source's lines. */
  readonly origin: number;
  /** A script that takes it back is kept in the guest. */
  readonly uninstall?: true;
}

export const layersPath = '/var/lib/phx/layers';

/** How every script begins that runs in a guest. */
export const scriptPreamble: readonly string[] = [
  'set -eu',
  '(set -o pipefail) 2>/dev/null && set -o pipefail',
  'umask 022',
  'export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8',
];

export function printLayer({ name, digest, origin, uninstall }: Layer): string {
  return `${name} ${digest} ${origin}${uninstall ? ' uninstall' : ''}`;
}

/** Parses the text of /var/lib/phx/layers; lines that are not layers are left out. */
export function parseLayers(text: string): Layer[] {
  const layers: Layer[] = [];
  for (const line of text.split('\n')) {
    const [name, digest, origin, word] = line.trim().split(/\s+/);
    if (name && digest && origin && /^\d+$/.test(origin))
      layers.push({
        ...{ name, digest, origin: Number(origin) },
        ...(word === 'uninstall' ? { uninstall: true } : {}),
      });
  }
  return layers;
}

/** The header's lines below its mark, as `parseHeader` reads them. */
export function printHeader(layer: Layer, provides: readonly Effect[]): string[] {
  return [
    `# layer: ${printLayer(layer)}`,
    ...provides.map((effect) => `# provides: ${effect.kind} ${effect.name}`),
  ];
}

/** Layer and effects below a mark, and the line behind them. */
export function parseHeader(
  lines: readonly string[],
): { layer: Layer; provides: Effect[]; end: number } | undefined {
  const layer = parseLayers(lines[1]?.replace(/^# layer: /, '') ?? '')[0];
  if (!layer) return undefined;
  const provides: Effect[] = [];
  let end = 2;
  for (; end < lines.length; end++) {
    const match = /^# provides: (package|unit|port|file) (\S+)$/.exec(lines[end] ?? '');
    if (!match) break;
    provides.push({ kind: match[1] as Effect['kind'], name: match[2] ?? '' });
  }
  return { layer, provides, end };
}
