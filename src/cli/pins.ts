/** Which versions of a guest can be moved, where each stands now, and what its project released last. Pure. */

import type { Fleet, LayerRef } from '../config/fleet.ts';
import { PhxError } from '../core/error.ts';
import { didYouMean } from '../core/suggest.ts';
import type { Catalog } from '../template/catalog.ts';
import { type ParamSpec, type Pin, wrongValue } from '../template/metadata.ts';

/** A version of one guest. */
export interface Pinned {
  readonly guest: number;
  /** The guest as a person names it. */
  readonly target: string;
  /** `app:qdrant`, `feature:docker`. */
  readonly layer: string;
  readonly param: string;
  readonly spec: ParamSpec;
  readonly source: Pin;
  /** What counts now: what the guest's parameters say, its pin, or the template's own. */
  readonly now: string;
  /** The parameters of the guest name it themselves: a pin would not count. */
  readonly stated: boolean;
  /** A checksum is named for what is fetched: it would not fit another version. */
  readonly sealed: boolean;
}

/** All versions of these guests that name a source. `bare`: the same configuration without its pins. */
export function pinnedOf(catalog: Catalog, fleet: Fleet, bare: Fleet, guests: readonly number[]): Pinned[] {
  return guests.flatMap((id) => {
    const guest = fleet.guests[String(id)];
    if (!guest) return [];
    const layers: [string, LayerRef][] = [
      ...guest.layers.map((layer): [string, LayerRef] => [`feature:${layer.name}`, layer]),
      ...(guest.app ? [[`app:${guest.app.name}`, guest.app] as [string, LayerRef]] : []),
    ];
    return layers.flatMap(([name, { params }]) => {
      const specs = catalog.templates.get(name)?.params ?? {};
      const said = statedIn(bare, id, name);
      return Object.entries(specs).flatMap(([param, spec]): Pinned[] => {
        const now = params[param] ?? spec.default;
        if (!spec.pin || typeof now !== 'string') return [];
        const sealed = Object.entries(specs).some(
          ([other, { format }]) => format === 'sha256' && other in params,
        );
        const target = `${guest.kind === 'ct' ? 'ctid' : 'vmid'}:${id}`;
        const own = { guest: id, target, layer: name, param, spec };
        return [{ ...own, source: spec.pin, now, stated: param in said, sealed }];
      });
    });
  });
}

function statedIn(bare: Fleet, id: number, name: string): LayerRef['params'] {
  const guest = bare.guests[String(id)];
  if (name === `app:${guest?.app?.name}`) return guest?.app?.params ?? {};
  return guest?.layers.find((layer) => `feature:${layer.name}` === name)?.params ?? {};
}

/** Where a project's latest release is told. */
export function releaseUrl({ github }: Pin): string {
  return `https://api.github.com/repos/${github}/releases/latest`;
}

/** The version in an answer of that address; a text that says why there is none. */
export function versionIn({ github, tag }: Pin, answer: string): { version: string } | { problem: string } {
  let name: unknown;
  try {
    name = (JSON.parse(answer) as { tag_name?: unknown }).tag_name;
  } catch {
    return { problem: `${github} answered no JSON` };
  }
  if (typeof name !== 'string') return { problem: `${github} named no release` };
  const [before = '', after = ''] = tag.split('{}');
  if (name.startsWith(before) && name.endsWith(after) && name.length > before.length + after.length)
    return { version: name.slice(before.length, name.length - after.length) };
  return {
    problem: `the latest release of ${github} is called ${name}, not ${tag.replace('{}', '<version>')}`,
  };
}

/** `--to app:qdrant.version=1.15.5`: which pins a person moves where. */
export function askedFor(words: readonly string[], pins: readonly Pinned[]): Map<Pinned, string> {
  const asked = new Map<Pinned, string>();
  for (const word of words) {
    const [, name = '', version = ''] = /^([^=]+)=(.+)$/.exec(word) ?? [];
    const named = pins.filter((pin) => nameOf(pin) === name);
    const known = [...new Set(pins.map(nameOf))];
    if (named.length === 0)
      throw new PhxError('usage', {
        title: `--to ${word}: no named guest has such a version`,
        hint:
          didYouMean(name, known) ??
          `There are ${known.join(', ') || 'none'}; write app:qdrant.version=1.2.3.`,
      });
    for (const pin of named) {
      const problem = wrongValue(pin.spec, version);
      if (problem !== undefined) throw new PhxError('usage', { title: `--to ${word}: ${name} ${problem}` });
      asked.set(pin, version);
    }
  }
  return asked;
}

export function nameOf({ layer, param }: Pinned): string {
  return `${layer}.${param}`;
}
