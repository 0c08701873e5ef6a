/**
 * The shape of a script that phx applies inside a guest (a feature or an application), shared by the argv builder,
 * the twin and the tests. Builds and parses text; runs nothing.
 *
 * phx sends, on the standard input of `guestScriptArgv`, a script that begins with this header:
 *   # phx-layer 1
 *   # layer: feature:docker 3f2a… 902          name, digest, guest that applied it
 *   # provides: package docker-ce              one line an effect: package | unit | port | file
 * then the rendered body. When the body succeeds, the layer's line is put into /var/lib/phx/layers (an earlier line of
 * the same name is replaced in place of order: removed, then appended).
 * A real shell sees comments; the twin makes exactly the `provides` true, records the layer, and runs nothing.
 */

/** One effect that a layer declares; the twin makes it true, `verify` and health read it. */
export interface Effect {
  readonly kind: 'package' | 'unit' | 'port' | 'file';
  readonly name: string;
}

/** One line of /var/lib/phx/layers. */
export interface Layer {
  /** `image`, `feature:<name>` or `app:<name>`. */
  readonly name: string;
  /** Digest of the rendered script and its parameters. */
  readonly digest: string;
  /** Id of the guest in which it was applied; a clone carries its source's lines. */
  readonly origin: number;
}

export interface LayerScript {
  readonly layer: Layer;
  readonly provides: readonly Effect[];
  readonly body: string;
}

export const layerScriptMark = '# phx-layer 1';
export const layersPath = '/var/lib/phx/layers';

/** Program inside the guest: takes the script whole from standard input, then runs it with standard input closed. */
export const guestScriptArgv: readonly string[] = [
  'sh',
  '-c',
  'umask 077; f=$(mktemp) && cat >"$f" && bash "$f" </dev/null; s=$?; rm -f "$f"; exit $s',
];

export function printLayer(layer: Layer): string {
  return `${layer.name} ${layer.digest} ${layer.origin}`;
}

/** Parses the text of /var/lib/phx/layers; lines that are not layers are left out. */
export function parseLayers(text: string): Layer[] {
  const layers: Layer[] = [];
  for (const line of text.split('\n')) {
    const [name, digest, origin] = line.trim().split(/\s+/);
    if (name && digest && origin && /^\d+$/.test(origin))
      layers.push({ name, digest, origin: Number(origin) });
  }
  return layers;
}

/** The script that phx sends. */
export function printLayerScript(script: LayerScript): string {
  const line = printLayer(script.layer);
  return [
    layerScriptMark,
    `# layer: ${line}`,
    ...script.provides.map((effect) => `# provides: ${effect.kind} ${effect.name}`),
    'set -euo pipefail',
    'umask 022',
    'export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8',
    '(',
    script.body.replace(/\n*$/, ''),
    ')',
    'install -d -m 755 /var/lib/phx',
    `{ grep -v '^${script.layer.name} ' ${layersPath} 2>/dev/null || true; echo '${line}'; } >${layersPath}.new`,
    `mv ${layersPath}.new ${layersPath}`,
    '',
  ].join('\n');
}

/** The header of a script, or undefined when it is not a layer script. */
export function parseLayerScript(text: string): LayerScript | undefined {
  const lines = text.split('\n');
  if (lines[0] !== layerScriptMark) return undefined;
  const layer = parseLayers(lines[1]?.replace(/^# layer: /, '') ?? '')[0];
  if (!layer) return undefined;
  const provides: Effect[] = [];
  let at = 2;
  for (; at < lines.length; at++) {
    const match = /^# provides: (package|unit|port|file) (\S+)$/.exec(lines[at] ?? '');
    if (!match) break;
    provides.push({ kind: match[1] as Effect['kind'], name: match[2] ?? '' });
  }
  return { layer, provides, body: lines.slice(at).join('\n') };
}
