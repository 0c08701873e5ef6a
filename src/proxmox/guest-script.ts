/**
 * The shape of a script that phx applies inside a guest (a feature or an application), shared by the argv builder,
 * the twin and the tests. Builds and parses text; runs nothing.
 *
 * phx sends, on the standard input of `guestScriptArgv`, a script that begins with this header:
 *   # phx-layer 1
 *   # layer: feature:docker 3f2a… 902          name, digest, guest that applied it; `uninstall` where it can be taken back
 *   # provides: package docker-ce              one line an effect: package | unit | port | file
 * then the rendered body. When the body succeeds, the script that would take the layer back (guest-uninstall.ts) is kept
 * beside, where there is one, and the layer's line is put into /var/lib/phx/layers (an earlier line of the same name is
 * replaced in place of order: removed, then appended). Both lie in the guest: they go along with its clones and back with
 * a rollback. A real shell sees comments; the twin makes exactly the `provides` true, records the layer, and runs nothing.
 *
 * Files of a layer travel inside its script. `pct push` is not used: it exits 0 although nothing was copied (B3), it does
 * not keep the source's mode and overwrites in place (B64), and it would be half a second a file.
 */

import {
  type Effect,
  type Layer,
  layersPath,
  parseHeader,
  printHeader,
  printLayer,
  scriptPreamble,
} from './guest-layer.ts';
import { keepUninstall, uninstallPath } from './guest-uninstall.ts';

export interface LayerScript {
  readonly layer: Omit<Layer, 'uninstall'>;
  readonly provides: readonly Effect[];
  readonly body: string;
  /** Body of the script that takes the layer back. */
  readonly uninstall?: string;
}

export const layerScriptMark = '# phx-layer 1';

/**
 * Program inside the guest: takes the script whole from standard input, then runs it with standard input closed. Feature
 * scripts are bash; where there is none (Alpine, OCI images) a plain shell takes what is written for any.
 */
export const guestScriptArgv: readonly string[] = [
  'sh',
  '-c',
  'umask 077; f=$(mktemp) && cat >"$f" && "$(command -v bash || echo sh)" "$f" </dev/null; s=$?; rm -f "$f"; exit $s',
];

/** The script that phx sends. */
export function printLayerScript({ layer, provides, body, uninstall }: LayerScript): string {
  const marked: Layer = { ...layer, ...(uninstall === undefined ? {} : { uninstall: true }) };
  const line = printLayer(marked);
  return [
    layerScriptMark,
    ...printHeader(marked, provides),
    ...scriptPreamble,
    '(',
    body.replace(/\n*$/, ''),
    ')',
    'install -d -m 755 /var/lib/phx',
    // Before the line that tells of it: a line never promises a script that is not there.
    ...(uninstall === undefined ? [] : keepUninstall(marked, provides, uninstall)),
    `{ grep -v '^${layer.name} ' ${layersPath} 2>/dev/null || true; echo '${line}'; } >${layersPath}.new`,
    `mv ${layersPath}.new ${layersPath}`,
    ...(uninstall === undefined ? [`rm -f '${uninstallPath(layer.name)}'`] : []),
    '',
  ].join('\n');
}

/** The header of a script, or undefined when it is not a layer script. */
export function parseLayerScript(
  text: string,
): (Pick<LayerScript, 'provides' | 'body'> & { layer: Layer }) | undefined {
  const lines = text.split('\n');
  const header = lines[0] === layerScriptMark ? parseHeader(lines) : undefined;
  if (!header) return undefined;
  return { layer: header.layer, provides: header.provides, body: lines.slice(header.end).join('\n') };
}
