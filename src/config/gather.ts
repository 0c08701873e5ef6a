/**
 * Between the form people write (net0, mp0 at top level, a layer by its bare name) and the form of `fleet.ts` (nets,
 * mounts, { name, params }). It knows no file and checks nothing.
 */
import type { Json } from '../core/json.ts';
import { families, gathered, groupOf } from './families.ts';
import { type Fields, isObject } from './layer.ts';
import type { Path } from './path.ts';

/** A guest as merged from its layers, in the form of `fleet.ts`. */
export function gatherGuest(kind: 'ct' | 'vm', written: Fields): Fields {
  const rest: Record<string, Json> = {};
  const collected: Record<string, Record<string, Json>> = Object.fromEntries(
    Object.values(families[kind]).map(({ group }) => [group, {}]),
  );
  for (const [key, value] of Object.entries(written)) {
    const group = groupOf(kind, key);
    const target = group === undefined ? rest : (collected[group] ?? rest);
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  }
  if (Array.isArray(rest.layers)) rest.layers = rest.layers.map(named);
  if (rest.app !== undefined) rest.app = named(rest.app);
  return { ...rest, ...collected };
}

function named(value: Json): Json {
  if (typeof value === 'string') return { name: value, params: {} };
  return isObject(value) && value.params === undefined ? { ...value, params: {} } : value;
}

/** Gives each feature and the application the versions that are pinned for it; what its own parameters say counts before. */
export function pinned(guest: Fields): Fields {
  const { pins, layers, app } = guest;
  if (!isObject(pins)) return guest;
  const pin = (kind: string, value: Json): Json => {
    if (!isObject(value)) return value;
    const own = pins[`${kind}:${value.name}`];
    return isObject(own) && isObject(value.params)
      ? { ...value, params: { ...own, ...value.params } }
      : value;
  };
  return {
    ...guest,
    ...(Array.isArray(layers) ? { layers: layers.map((layer: Json) => pin('feature', layer)) } : {}),
    ...(app === undefined ? {} : { app: pin('app', app) }),
  };
}

/** Lets a layer named `nvidia` use the node's own driver where it names no other: the two must be the same version. */
export function shareDriver(guest: Fields, nvidia: Json | undefined): Fields {
  const layers = guest.layers;
  if (!isObject(nvidia) || !Array.isArray(layers)) return guest;
  const { version = null, runfile = null } = nvidia;
  const own = { ...(version === null ? {} : { version }), ...(runfile === null ? {} : { runfile }) };
  const shared = layers.map((layer: Json) =>
    isObject(layer) && layer.name === 'nvidia' && isObject(layer.params)
      ? { ...layer, params: { ...own, ...layer.params } }
      : layer,
  );
  return { ...guest, layers: shared };
}

/** The path in the written form of a path in the gathered form. */
export function writtenPath(path: Path): Path {
  const [first, ...rest] = path;
  return rest.length > 0 && gathered.some((group) => group === first) ? rest : path;
}
