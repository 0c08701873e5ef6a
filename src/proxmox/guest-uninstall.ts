/**
 * The script that takes a layer back: kept in the guest when the layer is applied, run when the layer has left the
 * configuration, since by then nobody else knows what it did. Builds and parses text; runs nothing.
 *
 * The kept script, /var/lib/phx/uninstall/<layer name>, begins with `# phx-uninstall 1` and the layer's own header. What
 * phx sends to have it run begins with `# phx-take-back 1` and the layer's line.
 */

import {
  type Effect,
  type Layer,
  layersPath,
  parseHeader,
  parseLayers,
  printHeader,
  printLayer,
  scriptPreamble,
} from './guest-layer.ts';

export const uninstallMark = '# phx-uninstall 1';
export const takeBackMark = '# phx-take-back 1';
const folder = '/var/lib/phx/uninstall';

export function uninstallPath(layer: string): string {
  return `${folder}/${layer}`;
}

/** The text that is kept. */
export function printUninstall(layer: Layer, provides: readonly Effect[], body: string): string {
  const lines = [uninstallMark, ...printHeader(layer, provides), ...scriptPreamble];
  return [...lines, '(', body.replace(/\n*$/, ''), ')', ''].join('\n');
}

/** What the layer of a kept script provides, or undefined when the text is none. */
export function parseUninstall(text: string): readonly Effect[] | undefined {
  const lines = text.split('\n');
  return lines[0] === uninstallMark ? parseHeader(lines)?.provides : undefined;
}

/** Lines of a layer script that keep it, whole and for root alone. */
export function keepUninstall(layer: Layer, provides: readonly Effect[], body: string): string[] {
  const text = printUninstall(layer, provides, body).replaceAll("'", "'\\''");
  return [
    `install -d -m 700 ${folder}`,
    `(umask 077 && printf '%s' '${text}' >${folder}/.new && chmod 700 ${folder}/.new)`,
    `mv ${folder}/.new '${uninstallPath(layer.name)}'`,
  ];
}

/** The script that phx sends: the kept one runs, then the layer's line goes, and the kept one last. */
export function printTakeBack(layer: Layer): string {
  const kept = uninstallPath(layer.name);
  return [
    takeBackMark,
    `# layer: ${printLayer(layer)}`,
    'set -euo pipefail',
    'umask 022',
    `bash '${kept}' </dev/null`,
    `{ grep -v '^${layer.name} ' ${layersPath} || true; } >${layersPath}.new`,
    `mv ${layersPath}.new ${layersPath}`,
    `rm -f '${kept}'`,
    '',
  ].join('\n');
}

/** The layer that a script takes back, or undefined when it is none. */
export function parseTakeBack(text: string): Layer | undefined {
  const lines = text.split('\n');
  return lines[0] === takeBackMark ? parseLayers(lines[1]?.replace(/^# layer: /, '') ?? '')[0] : undefined;
}
