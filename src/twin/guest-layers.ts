/** Layers inside a container of the twin: what a script declares becomes true, and what a layer left is taken away. */

import { type Layer, layersPath, parseLayers, printLayer } from '../proxmox/guest-layer.ts';
import type { parseLayerScript } from '../proxmox/guest-script.ts';
import { parseUninstall, printUninstall, uninstallPath } from '../proxmox/guest-uninstall.ts';
import { dirOf, exists, makeDirs, normalPath, putFile, removeTree } from './files.ts';
import type { GuestTree } from './state.ts';

type Script = NonNullable<ReturnType<typeof parseLayerScript>>;

export function unitName(name: string): string {
  return name.replace(/\.service$/, '');
}

export function applyLayer(tree: GuestTree, { layer, provides }: Script): void {
  const units = provides.filter(({ kind }) => kind === 'unit').map(({ name }) => unitName(name));
  const ports = provides.filter(({ kind }) => kind === 'port').map(({ name }) => Number(name));
  // What listened elsewhere was told its new port.
  for (const port of tree.opened?.[layer.name] ?? []) if (!ports.includes(port)) close(tree, port);
  if (ports.length > 0 || tree.opened?.[layer.name]) tree.opened = { ...tree.opened, [layer.name]: ports };
  for (const { kind, name } of provides) {
    if (kind === 'package') tree.packages[name] ??= '1.0-1';
    else if (kind === 'unit') tree.units[unitName(name)] = true;
    else if (kind === 'port') {
      if (!tree.ports.includes(Number(name))) tree.ports.push(Number(name));
      if (units.length > 0) tree.served = { ...tree.served, [name]: units };
    } else if (!exists(tree.files, normalPath(name, '/'))) putFile(tree.files, normalPath(name, '/'), '');
  }
  const kept = uninstallPath(layer.name);
  if (layer.uninstall) {
    makeDirs(tree.files, dirOf(kept), 0o700);
    putFile(tree.files, kept, printUninstall(layer, provides, 'true'), 0o700);
  } else removeTree(tree.files, kept);
  writeLayers(tree, layer.name, [layer]);
}

/** False where no script is kept that could do it. */
export function takeLayerBack(tree: GuestTree, layer: Layer): boolean {
  const path = uninstallPath(layer.name);
  const entry = tree.files[path];
  const provides = entry && !entry.dir ? parseUninstall(entry.text) : undefined;
  if (!provides) return false;
  for (const { kind, name } of provides) {
    if (kind === 'package') delete tree.packages[name];
    else if (kind === 'unit') delete tree.units[unitName(name)];
    else if (kind === 'port') close(tree, Number(name));
    else removeTree(tree.files, normalPath(name, '/'));
  }
  delete tree.opened?.[layer.name];
  writeLayers(tree, layer.name, []);
  removeTree(tree.files, path);
  return true;
}

function close(tree: GuestTree, port: number): void {
  tree.ports = tree.ports.filter((other) => other !== port);
  delete tree.served?.[port];
}

/** The lines of all other layers, then these. */
function writeLayers(tree: GuestTree, without: string, lines: readonly Layer[]): void {
  const others = parseLayers(tree.files[layersPath]?.text ?? '').filter(({ name }) => name !== without);
  makeDirs(tree.files, dirOf(layersPath));
  putFile(tree.files, layersPath, [...others, ...lines].map((one) => `${printLayer(one)}\n`).join(''));
}
