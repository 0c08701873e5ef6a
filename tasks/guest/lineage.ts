/**
 * Lineage: the ordered layers that a guest is made of, inherited ones first, and whether a clone's inherited layers are
 * still those of its source. Pure; it reads records, never the host.
 */

import type { Fleet, Guest } from '../../src/config/fleet.ts';
import { digest } from '../../src/core/digest.ts';
import type { Stamp } from '../../src/core/stamp.ts';
import { type Layer, parseLayers, printLayer } from '../../src/proxmox/guest-layer.ts';
import { stepOf } from './names.ts';

/** The last record of any task. */
export type Records = (task: string) => Stamp | undefined;

/** The layers with which a guest was born, as its define recorded them. */
export function inheritedLayers(guest: Guest, records: Records): Layer[] {
  return parseLayers(unquote(records(stepOf(guest, 'define'))?.outputs.inherited)).filter(isLineage);
}

/** The layers that a guest itself applied, in their order. */
export function ownLayers(guest: Guest, records: Records): Layer[] {
  const steps = [...guest.layers.map(({ name }) => `feature:${name}`), ...(guest.app ? ['app'] : [])];
  return steps.flatMap((step) => {
    const applied = unquote(records(stepOf(guest, step))?.outputs.layer);
    const name = step === 'app' ? `app:${guest.app?.name}` : step;
    return applied ? [{ name, digest: applied, origin: guest.id }] : [];
  });
}

/** All layers of a guest: inherited ones that it has not redone, then its own. */
export function layersOf(guest: Guest, records: Records): Layer[] {
  const own = ownLayers(guest, records);
  const redone = new Set(own.map((layer) => layer.name));
  return [...inheritedLayers(guest, records).filter((layer) => !redone.has(layer.name)), ...own];
}

/** Text for the record; `parseLayers` reads it back. */
export function printLayers(layers: readonly Layer[]): string {
  const lines = layers
    .filter(isLineage)
    .map(({ name, digest: of, origin }) => ({ name, digest: of, origin }));
  return lines.map(printLayer).join('\n');
}

/** A guest's own identity is nothing that its clones are made of. */
function isLineage({ name }: Layer): boolean {
  return name !== 'identity';
}

/** Six hex digits that change whenever a layer does: part of a seal's name. */
export function lineageDigest(layers: readonly Layer[]): string {
  return digest(layers.map(({ name, digest: of }) => `${name} ${of}`).join('\n')).slice(0, 6);
}

/** Why a clone is no longer what a new clone of its source would be: nearest source, then the root cause. */
export function outdatedSince(guest: Guest, fleet: Fleet, records: Records): string | undefined {
  const source = sourceOf(guest, fleet);
  if (!source) return undefined;
  const redone = new Set(ownLayers(guest, records).map((layer) => layer.name));
  const now = new Map(layersOf(source, records).map((layer) => [layer.name, layer]));
  for (const layer of inheritedLayers(guest, records)) {
    const present = now.get(layer.name);
    if (redone.has(layer.name) || !present || present.digest === layer.digest) continue;
    return `made from ${source.id} before its ${layer.name} changed`;
  }
  const further = outdatedSince(source, fleet, records);
  return further && `its source ${source.id} is outdated: ${further}`;
}

export function sourceOf(guest: Guest, fleet: Fleet): Guest | undefined {
  return guest.clone ? fleet.guests[String(guest.clone.from)] : undefined;
}

/** Names of all feature layers that a guest has once it is built: its sources' first, then its own. */
export function featuresOf(guest: Guest, fleet: Fleet): string[] {
  const source = sourceOf(guest, fleet);
  const own = guest.layers.map(({ name }) => name);
  return source ? [...featuresOf(source, fleet), ...own] : own;
}

/** Recorded answers are canonical JSON. */
function unquote(recorded: string | undefined): string {
  return recorded?.startsWith('"') ? String(JSON.parse(recorded)) : (recorded ?? '');
}
