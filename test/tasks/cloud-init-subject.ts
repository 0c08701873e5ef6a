/** A VM's cloud-init as tests want it: rendered from the shipped templates, with what a test lays over a bare one. */

import { join } from 'node:path';
import { createRenderer } from '../../src/cli/render.ts';
import { cloudInit } from '../../src/config/schema/cloud-init.ts';
import { generateCloudInit } from '../../tasks/vm/cloud-init.ts';
import { reveal } from '../../tasks/vm/cloud-init-secrets.ts';
import {
  type CloudInitData,
  type CloudInitSubject,
  hostNames,
  type Kind,
} from '../../tasks/vm/cloud-init-subject.ts';
import { repository } from '../bench.ts';

/** What a test says; `cloudInit` as a configuration has it, its secrets revealed as `value of env:NAME`. */
export type Wish = Partial<Omit<CloudInitSubject, 'cloudInit' | 'templates'>> & {
  readonly cloudInit?: unknown;
  readonly agent?: boolean;
  /** By reference: `env:NAME`. */
  readonly secrets?: Readonly<Record<string, string>>;
};

const { document } = await createRenderer(
  [join(repository, 'templates')],
  join(repository, '.cache', 'none'),
);
const paths: Readonly<Record<Kind, string>> = {
  user: 'cloud-init/user-data.yaml',
  network: 'cloud-init/network-config.yaml',
  meta: 'cloud-init/meta-data.yaml',
  vendor: 'cloud-init/vendor-data.yaml',
};
const rendered = new Map<string, Promise<Record<Kind, string>>>();

async function templatesFor(values: Readonly<Record<string, unknown>>): Promise<Record<Kind, string>> {
  const key = JSON.stringify(values);
  const entries = Object.entries(paths).map(async ([kind, path]) => [kind, await document(path, values)]);
  const known = rendered.get(key) ?? Promise.all(entries).then((all) => Object.fromEntries(all));
  rendered.set(key, known);
  return known as Promise<Record<Kind, string>>;
}

export async function subjectOf({ agent = false, secrets = {}, ...wish }: Wish): Promise<CloudInitSubject> {
  const said = cloudInit.parse(wish.cloudInit ?? {});
  const references = new Map<string, string>();
  const note = (value: unknown, path: string): void => {
    if (value === null || typeof value !== 'object') return;
    if ('secret' in value) references.set(path, String(value.secret));
    else for (const [key, child] of Object.entries(value)) note(child, path === '' ? key : `${path}.${key}`);
  };
  note(said, '');
  const name = wish.name ?? 'web';
  const values = { id: 100, agent, ...hostNames(name, said.fqdn, wish.searchdomain) };
  return {
    macs: { net0: 'bc:24:11:00:00:00' },
    ...{ ipconfig: {}, nameservers: [], files: {}, scripts: [], incarnation: 'born1' },
    ...wish,
    name,
    cloudInit: reveal(
      said,
      (path) => secrets[references.get(path) ?? ''] ?? `value of ${references.get(path)}`,
    ),
    templates: await templatesFor(values),
  };
}

export async function dataFor(wish: Wish): Promise<CloudInitData> {
  return generateCloudInit(await subjectOf(wish));
}
