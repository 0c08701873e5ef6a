/** The secrets that the tasks of a graph name: fetched once, kept in memory, digested with a key that the host keeps. */

import { readFile } from 'node:fs/promises';
import type { SecretRef } from '../config/secret-ref.ts';
import { maskSecrets, resolveSecret, Secret, SecretError, type SecretSources } from '../config/secrets.ts';
import { PhxError } from '../core/error.ts';
import type { Host } from '../core/host.ts';
import type { Secrets } from '../core/terms.ts';
import type { Io } from './io.ts';

/** Where the key is kept: on the host, so that two workstations agree about what a recorded digest means. */
export interface KeyPlace {
  readonly path: string;
  readonly mode: number;
}

const ofNode: KeyPlace = { path: '/var/lib/phx/secret-key', mode: 0o600 };

/** The file system of the cluster keeps it for root alone on every node, and takes no mode (B117). */
export const ofCluster: KeyPlace = { path: '/etc/pve/priv/phx/secret-key', mode: 0o640 };

export class SecretBox implements Secrets {
  readonly #values: ReadonlyMap<string, Secret | SecretError>;
  readonly #place: KeyPlace;
  #key: string | undefined;

  private constructor(
    values: ReadonlyMap<string, Secret | SecretError>,
    place: KeyPlace,
    key: string | undefined,
  ) {
    this.#values = values;
    this.#place = place;
    this.#key = key;
  }

  /** Fetches what the references stand for; one that cannot be had is an error only where its value is asked for. */
  static async open(
    io: Io,
    host: Host,
    references: ReadonlySet<string>,
    place: KeyPlace = ofNode,
  ): Promise<SecretBox> {
    const values = new Map<string, Secret | SecretError>();
    for (const reference of references) values.set(reference, await fetchOne(reference, sourcesOf(io)));
    const key = references.size === 0 ? undefined : (await host.readFile(place.path))?.trim();
    return new SecretBox(values, place, key);
  }

  /** Makes the host's key when there is none yet: before the first run that records a digest. */
  async makeKey(host: Host): Promise<void> {
    if (this.#values.size === 0 || this.#key) return;
    const key = `${crypto.randomUUID()}${crypto.randomUUID()}`.replaceAll('-', '');
    await host.writeFile(this.#place.path, `${key}\n`, { mode: this.#place.mode });
    this.#key = key;
  }

  digest(reference: string): string | undefined {
    const value = this.#values.get(reference);
    if (!value || value instanceof SecretError || !this.#key) return undefined;
    return `hmac:${value.digest(this.#key).slice(0, 16)}`;
  }

  reveal(reference: string): string {
    const value = this.#values.get(reference);
    if (value && !(value instanceof SecretError)) return value.reveal();
    throw new PhxError('failed', {
      title: value?.message ?? `There is no secret ${reference}`,
      hint: value ? `Nothing was changed with it: ${value.hint}.` : 'The task does not declare it.',
    });
  }

  /** A text in which no value is left standing. */
  mask(text: string): string {
    const known = [...this.#values.values()].filter((value) => value instanceof Secret);
    return known.length === 0 ? text : maskSecrets(text, known);
  }
}

/** Every text within a value masked: a program that fails may repeat what it was given, in its last lines, say. */
export function maskedIn<T>(value: T, secrets: { mask(text: string): string }): T {
  return deep(value, secrets) as T;
}

/** What these hold is no text of a program; a short secret may be part of it by chance. */
const names = new Set(['type', 'task', 'target', 'run', 'host', 'verdict', 'state']);

function deep(value: unknown, secrets: { mask(text: string): string }): unknown {
  if (typeof value === 'string') return secrets.mask(value);
  if (Array.isArray(value)) return value.map((item) => deep(item, secrets));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, names.has(key) ? item : deep(item, secrets)]),
  );
}

/** One secret that phx itself needs, not a task. */
export async function fetchSecret(io: Io, ref: SecretRef): Promise<Secret> {
  const value = await fetchOne(ref.secret, sourcesOf(io));
  if (value instanceof Secret) return value;
  throw new PhxError('failed', { title: value.message, hint: `${value.hint}.` });
}

async function fetchOne(reference: string, sources: SecretSources): Promise<Secret | SecretError> {
  try {
    return await resolveSecret({ secret: reference }, sources);
  } catch (error) {
    if (error instanceof SecretError) return error;
    throw error;
  }
}

function sourcesOf(io: Io): SecretSources {
  return {
    env: (name) => io.env[name],
    readFile: (path) => readFile(path, 'utf8').catch(() => undefined),
    run: async (argv) => {
      const { localHost } = await import('../host/local.ts');
      const env = Object.fromEntries(
        Object.entries(io.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
      );
      return localHost({ hostname: io.hostname, env, clock: io.clock }).run({ argv, deadline: 60_000 });
    },
  };
}
