/** The feature scripts of the old files as layers, with what each of ours needs to know. It knows no application. */

import type { Json } from '../core/json.ts';
import { isObject, type Old } from './ledger.ts';
import { isMounted, mountsOf } from './mounts.ts';
import type { Guest, Work } from './work.ts';

type Params = Record<string, Json>;

/** A layer that a guest is to have. */
export interface Wanted {
  readonly name: string;
  readonly old?: Old;
  /** Another old value that names it. */
  readonly also?: Old | undefined;
  readonly params?: Params;
  /** Where no old feature names it. */
  readonly why?: string;
}

/** Names of the layers that a guest has so far. */
export function layerNames({ draft }: Guest): string[] {
  return ((draft.get(['layers']) ?? []) as Json[]).map((layer) =>
    isObject(layer) ? String(layer.name) : String(layer),
  );
}

/** Whether the guest, or what it is cloned from, has the layer. */
export function hasLayer(work: Work, guest: Guest | undefined, name: string): boolean {
  return guest !== undefined && work.inherits(guest, (one) => layerNames(one).includes(name));
}

/** `features`, which were host-side scripts by these names. */
export function features(work: Work, guest: Guest, old: Old | undefined): Wanted[] {
  const wanted: Wanted[] = [];
  for (const one of old?.isEmpty === false ? old.items() : []) {
    const name = String(one.value).trim();
    if (wanted.some((other) => other.name === name)) one.drop('it is named twice');
    else if (name === 'trusted_ca' && work.known.templates.has('feature:trusted_ca'))
      trust(work, guest, one, wanted);
    else if (work.known.templates.has(`feature:${name}`)) wanted.push({ name, old: one });
    else {
      const folder =
        guest.kind === 'ct'
          ? 'lxc_setup/phoenix_hypervisor_feature_install_'
          : 'vm_features/feature_install_';
      const slug = name.toLowerCase().replace(/[^a-z0-9_-]+/g, '-') || 'mine';
      const why = `phx has no feature ${name}: phx import script bin/${folder}${name}.sh --as feature:${slug}, then import again`;
      one.drop(why);
      guest.draft.note(['layers'], `${why}.`);
    }
  }
  if (old?.isEmpty) old.carry(guest.draft.set(['layers'], []));
  return wanted;
}

/** The old script fetched the certificate from the guest that signs; ours is told where it lies. */
function trust(work: Work, guest: Guest, old: Old, wanted: Wanted[]): void {
  const staged =
    guest.kind === 'vm' ? guest.old.at('volumes')?.items()[0]?.at('mount_point')?.value : undefined;
  const path =
    rootCertificate(work, guest) ??
    (typeof staged === 'string' ? `${staged}/.step-ca/root_ca.crt` : undefined);
  if (path === undefined) {
    const why =
      "trusted_ca has to be told where the certificate lies: { name: 'trusted_ca', params: { path } }, or pem";
    old.drop(why);
    guest.draft.note(['layers'], `Not carried: ${why}.`);
    return;
  }
  wanted.push({ name: 'trusted_ca', old, params: { path } });
  if (guest.kind === 'vm')
    guest.draft.note(
      ['layers'],
      `The old system put the root certificate to ${path}: phx does not. Put it there, or give trusted_ca its text, pem.`,
    );
}

/** Layers of two sources: one that both name is one. */
export function together(wanted: readonly Wanted[], more: readonly Wanted[]): Wanted[] {
  const all = wanted.map((one) => {
    const also = more.find(({ name }) => name === one.name);
    return also ? { ...one, params: { ...one.params, ...also.params }, also: also.old } : one;
  });
  return [...all, ...more.filter(({ name }) => !wanted.some((one) => one.name === name))];
}

/** Writes the layers: each after what it rests on, which is added where neither the guest nor its source has it. */
export function setLayers(work: Work, guest: Guest, all: readonly Wanted[]): void {
  const sorted: Wanted[] = [];
  const visit = (one: Wanted, trail: readonly string[]): void => {
    if (sorted.some(({ name }) => name === one.name) || trail.includes(one.name)) return;
    for (const name of work.known.templates.get(`feature:${one.name}`)?.requires ?? []) {
      const own = all.find((other) => other.name === name);
      if (own !== undefined) visit(own, [...trail, one.name]);
      else if (!hasLayer(work, guest.source, name))
        visit({ name, why: `${one.name} rests on it` }, [...trail, one.name]);
    }
    sorted.push(one);
  };
  for (const one of all) visit(one, []);
  if (sorted.length === 0) return;
  const { draft } = guest;
  const layers = sorted.map(({ name, params }) => ({
    name,
    params: { ...paramsOf(work, guest, name, all), ...params },
  }));
  draft.set(
    ['layers'],
    layers.map(({ name, params }) => (Object.keys(params).length === 0 ? name : { name, params })),
  );
  for (const [at, { old, also, why }] of sorted.entries()) {
    const target = draft.at(['layers', at]);
    old?.carry(target);
    also?.carry(target);
    if (old === undefined && why !== undefined) work.ledger.add(target, why);
  }
}

/** What an old script had in it, and ours is told. */
function paramsOf(work: Work, guest: Guest, name: string, all: readonly Wanted[]): Params {
  const { old, draft, source } = guest;
  const note = (text: string) => work.ledger.guess(draft.at(['layers']), text);
  switch (name) {
    case 'docker':
      if (guest.kind === 'vm') return { storage_driver: 'overlay2' };
      if (
        guest.gpus.length > 0 &&
        (all.some((one) => one.name === 'nvidia') || hasLayer(work, source, 'nvidia'))
      )
        return { gpu: true };
      // A source that has Docker set up for its cards hands that on.
      return source &&
        work.inherits(source, (one) => one.gpus.length > 0 && layerNames(one).includes('docker'))
        ? { gpu: false }
        : {};
    case 'nvidia': {
      if (work.hypervisor.has(['nvidia', 'version'])) return {};
      note('The old files install no driver on the node: name here the version that it has.');
      return { version: '580.76.05' };
    }
    case 'ollama':
      return isMounted(guest, '/ollama_models') ? { models_dir: '/ollama_models' } : {};
    case 'step_ca': {
      const share = mountsOf(guest).find(({ value }) => typeof value.source === 'string');
      return share ? { export_dir: String(share.value.mp) } : {};
    }
    case 'traefik': {
      const root = rootCertificate(work, guest);
      const url = old.at('bootstrap_ca_url')?.value;
      return { ...(typeof url === 'string' ? { ca_url: url } : {}), ...(root ? { ca_root: root } : {}) };
    }
    default:
      return {};
  }
}

/** The root certificate, where this guest mounts the directory that the authority's guest puts it into. */
function rootCertificate(work: Work, guest: Guest): string | undefined {
  const authority = [...work.guests.values()].find((one) =>
    one.old
      .at('features')
      ?.items()
      .some(({ value }) => value === 'step_ca'),
  );
  const shared = authority?.old.at('mount_points')?.items()[0]?.at('host_path')?.value;
  const own = guest.old
    .at('mount_points')
    ?.items()
    .find((one) => one.at('host_path')?.value === shared);
  const path = own?.at('container_path')?.value;
  return shared !== undefined && typeof path === 'string'
    ? `${path.replace(/\/$/, '')}/root_ca.crt`
    : undefined;
}
