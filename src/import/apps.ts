/** The application scripts of the old files as applications of ours, with ports and the role at Portainer. */

import type { Json } from '../core/json.ts';
import { hasLayer, type Wanted } from './layers.ts';
import { isObject, type Old } from './ledger.ts';
import { isMounted } from './mounts.ts';
import { exportPorts, type Ports, route } from './ports.ts';
import { anyText, read, whole } from './values.ts';
import { vllm } from './vllm.ts';
import type { Guest, Work } from './work.ts';

const ports: Readonly<Record<string, Ports>> = {
  qdrant: [
    ['http_port', 'port'],
    ['grpc_port', 'grpc'],
  ],
  n8n: [['port', 'port']],
  'open-webui': [['port', 'port']],
  llamacpp: [['port', 'port']],
  monitoring: [
    ['grafana_port', 'grafana'],
    ['prometheus_port', 'prometheus'],
  ],
  portainer: [
    ['port', 'port'],
    [undefined, 'tunnel'],
  ],
};

/** By the number of the script; what it did that needs no application any more. */
const byNumber: Readonly<Record<string, { readonly app?: string; readonly why?: string }>> = {
  '101': { app: 'nginx-gateway' },
  '102': { why: 'the layer traefik does all of it' },
  '103': { why: 'the layer step_ca does all of it' },
  '952': { app: 'qdrant' },
  '953': { app: 'nginx-gateway' },
  '954': { app: 'n8n' },
  '955': { why: 'the layer ollama owns the service; the script broke it' },
  '956': { app: 'open-webui' },
  '957': { app: 'llamacpp' },
  '960': { app: 'monitoring' },
};
const prefix = 'phoenix_hypervisor_lxc_';

/** `application_script`, `portainer_role`, `ports` and what vLLM is told. Answers a layer that the role asks for. */
export function application(
  work: Work,
  guest: Guest,
  server: Old | undefined,
  layers: readonly Wanted[],
): Wanted[] {
  const { old } = guest;
  const has = (name: string) =>
    layers.some((layer) => layer.name === name) || hasLayer(work, guest.source, name);
  const said = old.at('application_script');
  const app = script(work, guest, said);
  const wanted = role(guest, old.at('portainer_role'), { app, server });
  const name = nameOf(guest);
  for (const layer of work.known.templates.get(`app:${name}`)?.requires ?? [])
    if (!has(layer)) wanted.push({ name: layer, why: `${name} rests on it` });
  vllm(guest, name === 'vllm');
  exportPorts(guest, old.at('ports'), ports[name ?? ''] ?? [], name);
  const service = old.at('traefik_service');
  route(work, guest, service, { app: name, signs: has('step_ca') });
  complete(work, guest, name);
  return wanted;
}

function nameOf({ draft }: Guest): string | undefined {
  const app = draft.get(['app']);
  return isObject(app) ? String(app.name) : typeof app === 'string' ? app : undefined;
}

function script(work: Work, guest: Guest, said: Old | undefined): string | undefined {
  const file = read<string>(said, anyText)?.replace(/^.*\//, '');
  if (said === undefined || file === undefined) return undefined;
  const stem = file.replace(/\.sh$/, '').replace(prefix, '');
  const known = byNumber[stem];
  const own = /^\d+$/.test(stem) ? `app-${stem}` : stem.toLowerCase().replace(/[^a-z0-9_-]+/g, '-');
  const app = known === undefined ? (stem === 'vllm' ? 'vllm' : own) : known.app;
  if (app === undefined) {
    said.drop(known?.why ?? '');
    return undefined;
  }
  if (work.known.templates.has(`app:${app}`)) {
    said.carry(
      guest.draft.set(['app'], { name: app }),
      known ? 'an application of phx that does the same' : undefined,
    );
    return app;
  }
  const why = `phx has no application for ${file}: phx import script bin/${file} --as app:${app}, then import again`;
  said.drop(why);
  guest.draft.note(['app'], `${why}.`);
  return undefined;
}

/** Portainer's server is an application, its agent a layer. */
function role(
  guest: Guest,
  said: Old | undefined,
  { app, server }: { readonly app: string | undefined; readonly server: Old | undefined },
): Wanted[] {
  if (said === undefined) return [];
  const word = String(said.value).trim().toLowerCase();
  const port = (key: string): Record<string, Json> => {
    const from = server?.at(key);
    const value = from === undefined ? undefined : whole(1, 65535)(from.value);
    return value === undefined || 'dropped' in value
      ? {}
      : { [key === 'portainer_agent_port' ? 'agent_port' : 'port']: value.value };
  };
  if (word === 'server' || word === 'primary') {
    const params = {
      ...(isMounted(guest, '/data') ? { data_dir: '/data' } : {}),
      ...port('portainer_server_port'),
    };
    if (app === undefined) {
      said.carry(guest.draft.set(['app'], { name: 'portainer', params }));
      server?.at('portainer_server_port')?.carry(guest.draft.at(['app', 'params', 'port']));
      return [];
    }
    said.carry(guest.draft.at(['layers']));
    return [{ name: 'portainer', params: { role: 'server', ...params }, old: said }];
  }
  if (word === 'agent') {
    server?.at('portainer_agent_port')?.carry(guest.draft.at(['layers']));
    return [{ name: 'portainer', params: port('portainer_agent_port'), old: said }];
  }
  said.drop('it says that Portainer has no part in this guest');
  return [];
}

/** What an application of ours has to be told, and the old script had in it. */
function complete(work: Work, guest: Guest, name: string | undefined): void {
  const { draft } = guest;
  const at = (param: string) => ['app', 'params', param];
  const mounted = (param: string, path: string) => {
    if (isMounted(guest, path)) draft.set(at(param), path);
  };
  if (name === 'qdrant') mounted('data_dir', '/qdrant/storage');
  if (name === 'n8n') mounted('data_dir', '/home/node/.n8n');
  if (name === 'llamacpp') {
    mounted('models_dir', '/llamacpp_models');
    if (!draft.has(at('model')) && !draft.has(at('hf_repo')))
      work.ledger.guess(
        draft.at(['app']),
        'The old script built llama.cpp and started nothing: name a model, params: { hf_repo } or { model }.',
      );
  }
  if (name === 'open-webui') {
    const ollama = [...work.guests.values()].find((one) =>
      one.old
        .at('features')
        ?.items()
        .some(({ value }) => value === 'ollama'),
    );
    const address = String(ollama?.old.at('network_config')?.at('ip')?.value ?? '').split('/')[0];
    if (address)
      work.add(
        draft,
        at('ollama_url'),
        `http://${address}:11434`,
        'the old script had the address of the Ollama guest in it',
      );
  }
  const app = draft.get(['app']);
  // A bare name says the same as one without parameters.
  if (isObject(app) && app.params === undefined) draft.set(['app'], app.name as Json);
}
