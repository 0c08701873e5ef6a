/** Step `storage:<id>`: a storage definition of Proxmox VE. One that is not named is never touched, none is removed. */

import type { Fleet, Storage } from '../../src/config/fleet.ts';
import { datasetUnder } from '../../src/config/mountpoints.ts';
import type { PhxTask } from '../../src/config/project.ts';
import { PhxError } from '../../src/core/error.ts';
import type { Json } from '../../src/core/json.ts';
import type { Assessment, TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { contentSet, parseStorageCfg, type StorageSection } from '../../src/proxmox/storage-cfg.ts';
import { directoryTask, networkTask, storageTask, zfsTask } from '../guest/names.ts';
import {
  addArgv,
  difference,
  identityOf,
  isEqual,
  presentOf,
  setArgv,
  type Wanted,
  wantedOf,
} from './storage-options.ts';

/** `known` are the other tasks of the node: what it may rest on, where it is there. */
export function storageStep(
  id: string,
  storage: Storage,
  { hypervisor }: Fleet,
  known: ReadonlySet<string>,
): PhxTask {
  const password = 'password' in storage ? storage.password : undefined;
  return {
    id: storageTask(id),
    target: 'hypervisor',
    title: `storage ${id}`,
    revision: '1',
    config: sliceOf(storage),
    ...(password ? { secrets: { password: password.secret } } : {}),
    dependencies: beneath(storage, hypervisor, known).map((task) => ({ task, kind: 'order' })),
    outputs: {
      type: (facts) => definitionOf(facts, id)?.type,
      place: (facts) => placeOf(definitionOf(facts, id)),
      content: (facts) => contentSet(definitionOf(facts, id)?.options.get('content') ?? ''),
      options: (facts) => optionsOf(definitionOf(facts, id)),
    },
    assess: ({ facts }) => another(id, storage, facts),
    pools: ['storage.cfg'],
    touches: ['host'],
    run: async (context) => {
      // A copy: what the configuration does not name is undefined in it, not a read of something undeclared.
      const wanted = wantedOf({ ...context.config } as unknown as Storage);
      if (password) await convergeHidden(id, wanted, context);
      else if (definitionOf(context.facts(), id)) await keep(id, wanted, context);
      else await add(id, wanted, context);
      return undefined;
    },
  };
}

function sliceOf(storage: Storage): Record<string, Json> {
  const { password: _, ...slice } = storage as Storage & { readonly password?: unknown };
  return slice as unknown as Record<string, Json>;
}

/** Tasks that make what a storage lies on. */
function beneath(storage: Storage, node: Fleet['hypervisor'], known: ReadonlySet<string>): string[] {
  const { datasets, pools } = node.zfs;
  if (storage.type === 'zfspool')
    return storage.pool in datasets || storage.pool in pools ? [zfsTask(storage.pool)] : [];
  if (storage.type === 'dir' || storage.type === 'btrfs') {
    const dataset = datasetUnder(storage.path, datasets);
    const above = Object.keys(node.directories).filter((path) => `${storage.path}/`.startsWith(`${path}/`));
    return [...(dataset === undefined ? [] : [zfsTask(dataset)]), ...above.map(directoryTask)];
  }
  if (storage.type === 'lvmthin') return [];
  const addresses = Object.values(node.network.bridges).map(({ address }) => address?.replace(/\/.*$/, ''));
  const own = [...addresses, node.hostname, 'localhost', '127.0.0.1'].includes(storage.server);
  const served = storage.type === 'nfs' && own && Object.hasOwn(node.nfs.exports, storage.export);
  const named = /[a-z]/i.test(storage.server) ? ['hypervisor/resolver', 'hypervisor/hosts'] : [];
  return [
    networkTask,
    ...[...named, ...(served ? ['hypervisor/nfs'] : [])].filter((task) => known.has(task)),
  ];
}

export function definitionOf(facts: Facts, id: string): StorageSection | undefined {
  return parseStorageCfg(facts.host.storageCfg).get(id);
}

function placeOf(definition: StorageSection | undefined): string | undefined {
  return definition && Object.values(presentOf(definition).fixed).join(' ');
}

function optionsOf(definition: StorageSection | undefined): Json | undefined {
  if (!definition) return undefined;
  const { content: _, ...options } = presentOf(definition).changing;
  return options;
}

function another(id: string, storage: Storage, facts: Facts): Assessment | undefined {
  const section = definitionOf(facts, id);
  if (!section) return undefined;
  const wanted = wantedOf(storage);
  const [is, to] = [
    identityOf(section.type, presentOf(section).fixed),
    identityOf(wanted.type, wanted.fixed),
  ];
  if (is === to) return undefined;
  return {
    verdict: 'blocked',
    problem: {
      title: `There is a storage ${id}, but another one`,
      facts: [
        ['on the node', is],
        ['wanted', to],
      ],
      hint: 'Proxmox cannot move a storage definition. Give yours another id, or remove the old one yourself: its data stays.',
      command: `pvesm remove ${id}`,
    },
  };
}

async function add(id: string, wanted: Wanted, context: TaskContext<Facts>): Promise<void> {
  await context.run(addArgv(id, wanted), { undo: ['pvesm', 'remove', id] });
  await prove(id, wanted, context);
}

/** Sends the options that differ; answers whether there were any. */
async function keep(id: string, wanted: Wanted, context: TaskContext<Facts>): Promise<boolean> {
  const section = definitionOf(context.facts(), id);
  const present = section ? presentOf(section).changing : {};
  const change = difference(present, wanted.changing);
  if (isEqual(change)) return false;
  await context.run(setArgv(id, change), { undo: setArgv(id, difference(wanted.changing, present)) });
  await prove(id, wanted, context);
  return true;
}

/** Zero is no proof: a content type that the storage cannot hold is left out with a word on stderr (B132). */
async function prove(id: string, wanted: Wanted, context: TaskContext<Facts>): Promise<void> {
  const section = parseStorageCfg((await context.refresh(['host'])).host.storageCfg).get(id);
  const present: Wanted['changing'] = section ? presentOf(section).changing : {};
  const { set, gone } = difference(present, wanted.changing);
  const wrong = [...Object.keys(set), ...gone];
  if (section && wrong.length === 0) return;
  throw new PhxError('failed', {
    title: `pvesm ended well, but storage ${id} is not as it was asked for`,
    facts: section
      ? wrong.map((key) => [
          key,
          `${present[key] ?? '(none)'} instead of ${wanted.changing[key] ?? '(none)'}`,
        ])
      : [['storage.cfg', `has no ${id}`]],
    hint: wrong.includes('content')
      ? `A storage of type ${wanted.type} does not hold every kind of content: Proxmox leaves out what it cannot.`
      : 'Look at /etc/pve/storage.cfg: somebody else may have changed it meanwhile.',
    command: 'phx config hypervisor',
  });
}

/**
 * A storage with a password: `pvesm` would take it as an argument, where every process list shows it. So the storage is
 * added disabled, the password put where Proxmox reads it, and only then it is enabled (B131).
 */
async function convergeHidden(id: string, wanted: Wanted, context: TaskContext<Facts>): Promise<void> {
  if (!definitionOf(context.facts(), id))
    await add(id, { ...wanted, changing: { ...wanted.changing, disable: '1' } }, context);
  const path = `/etc/pve/priv/storage/${id}.pw`;
  const password = context.secret('password');
  const text = wanted.type === 'cifs' ? `password=${password}\n` : `${password}\n`;
  if ((await context.readFile(path)) !== text)
    await context.writeFile(path, text, { mode: 0o600, hidden: true });
  const disabled = definitionOf(context.facts(), id)?.options.has('disable') === true;
  await keep(id, wanted, context);
  if (!disabled || wanted.changing.disable !== undefined) return;
  // Enabling is not checked (B131): ask, and leave it as it was while nobody answers.
  const { stdout, stderr } = await context.ask(['pvesm', 'status', '--storage', id]);
  if (!new RegExp(`^${id.replaceAll('.', '\\.')}\\s+\\S+\\s+inactive\\b`, 'm').test(stdout)) return;
  await context.run(['pvesm', 'set', id, '--disable', '1'], { undo: 'nothing' });
  throw new PhxError('failed', {
    title: `Storage ${id} cannot be reached`,
    facts: [['said', stderr.trim() || stdout.trim() || '(nothing)']],
    hint: 'It stays disabled. Check its server, its name there, the user and the password, then run again.',
    command: `phx run hypervisor/storage:${id}`,
  });
}
