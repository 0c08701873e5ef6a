/** The APIs of the nodes that a project names, each opened when it is first asked. */

import { type ApiAddress, clusterNodesMeant, type Phoenix } from '../config/project.ts';
import type { Secret } from '../config/secrets.ts';
import { PhxError } from '../core/error.ts';
import type { Command } from '../core/host.ts';
import type { NodeApi } from '../host/api/node-api.ts';
import type { Meanwhile } from '../host/ssh/meanwhile.ts';
import { newestFirst } from '../proxmox/node-tasks.ts';
import type { GlobalOptions, Io } from './io.ts';
import { fetchSecret } from './secret-box.ts';

/** A node that only its API tells of is never changed. */
export class OnlyLooked extends PhxError {
  constructor(name: string, { url }: ApiAddress) {
    super('blocked', {
      title: `Node ${name} is only looked at, by its API`,
      facts: [['api', url]],
      hint: `What changes a node needs root over ssh. To let phx do it, add how it is reached: nodes: { ${name}: { ssh: 'root@…', api: … } }.`,
      command: 'phx status',
    });
  }
}

export interface Apis {
  /** Nodes that this command is about, by their names in the phoenixfile; none where they are simulated. */
  readonly nodes: readonly string[];
  /** Those of them that have one; a promise that may reject where the token cannot be had. */
  readonly all: ReadonlyMap<string, () => Promise<NodeApi>>;
  close(): Promise<void>;
}

export function apisOf(io: Io, phoenix: Phoenix, options: GlobalOptions): Apis {
  const names = realNodes(phoenix, options);
  const opened = new Map<string, Promise<NodeApi>>();
  const open = (name: string, address: ApiAddress) => {
    const api = opened.get(name) ?? openApi(io, name, address);
    opened.set(name, api);
    return api;
  };
  const all = names.flatMap((name) => {
    const node = phoenix.nodes?.[name];
    const address = typeof node === 'object' ? node.api : undefined;
    return address === undefined ? [] : [[name, () => open(name, address)] as const];
  });
  return {
    ...{ nodes: names, all: new Map(all) },
    close: async () => {
      for (const api of await Promise.allSettled(opened.values()))
        if (api.status === 'fulfilled') api.value.close();
    },
  };
}

/** Names of those that are not simulated and not left out. */
function realNodes(phoenix: Phoenix, { facts, host }: GlobalOptions): readonly string[] {
  const wanted = host ?? phoenix.host ?? 'twin';
  if (facts !== undefined || wanted === 'twin') return [];
  return phoenix.cluster ? (clusterNodesMeant(phoenix, wanted) ?? []) : [wanted];
}

async function openApi(io: Io, label: string, { url, token, fingerprint }: ApiAddress): Promise<NodeApi> {
  const [{ NodeApi: Api }, secret] = await Promise.all([
    import('../host/api/node-api.ts'),
    fetchSecret(io, token),
  ]);
  checkToken(label, token.secret, secret);
  return new Api({
    ...{ label, url: new URL(url).origin, token: secret },
    ...(fingerprint === undefined ? {} : { fingerprint }),
    sleep: (ms, signal) => io.sleep(ms, signal),
  });
}

/**
 * What Proxmox is at work on for the guest that a command names first, asked anew each time. `node`: as Proxmox calls it,
 * where that is known.
 */
export function workersBy(io: Io, label: string, address: ApiAddress, node?: string): Meanwhile {
  const tell = async ({ argv }: Pick<Command, 'argv'>) => {
    const id = argv.find((word) => /^\d{3,}$/.test(word));
    if (id === undefined) return undefined;
    const api = await openApi(io, label, address);
    try {
      const wish = { running: true, limit: 5, guest: Number(id) };
      const tasks = newestFirst(await api.tasks(node ?? (await api.name()), wish), wish);
      const words = tasks.map(
        ({ type, began }) => `${type} since ${new Date(began).toISOString().slice(11, 19)} UTC`,
      );
      const what = words.length === 0 ? 'nothing is at work' : `at work is ${words.join(', ')}`;
      return `no connection to ${label}; by its API ${what} on guest ${id}`;
    } finally {
      api.close();
    }
  };
  // It is a word beside the work, and its failure none of it.
  return {
    tell: (command) => tell(command).catch(() => undefined),
    sleep: (ms, signal) => io.sleep(ms, signal),
  };
}

const uuid = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/;
const form = new RegExp(`^[^\\s:/@!=]+@[A-Za-z][\\w.-]*![A-Za-z][\\w.-]*=${uuid.source}$`, 'i');

function checkToken(label: string, reference: string, secret: Secret): void {
  if (form.test(secret.reveal())) return;
  throw new PhxError('config', {
    title: `The token for the API of ${label} is not written like one`,
    facts: [['reference', reference]],
    hint: 'It is user@realm!name=uuid: the name of the token, an equals sign, and the value that was shown when it was made.',
  });
}
