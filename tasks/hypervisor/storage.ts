/** Steps `storage:<id>` and `template:<file>`: storage definitions of Proxmox, and container templates on them. */

import type { Fleet, Storage } from '../../src/config/fleet.ts';
import type { PhxTask } from '../../src/config/project.ts';
import { BlockedError, PhxError } from '../../src/core/error.ts';
import type { Json } from '../../src/core/json.ts';
import type { Dependency, TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { contentSet, parseStorageCfg, type StorageSection } from '../../src/proxmox/storage-cfg.ts';
import { networkTask, storageTask, templateTask, zfsTask } from '../guest/names.ts';

export function storageStep(id: string, storage: Storage, { hypervisor }: Fleet): PhxTask {
  return {
    id: storageTask(id),
    target: 'hypervisor',
    title: `storage ${id}`,
    revision: '1',
    config: sliceOf(storage),
    dependencies: datasetUnder(storage, Object.keys(hypervisor.zfs.datasets)),
    outputs: {
      type: (facts) => definitionOf(facts, id)?.type,
      place: (facts) => placeOf(definitionOf(facts, id)),
      content: (facts) => contentSet(definitionOf(facts, id)?.options.get('content') ?? ''),
    },
    pools: ['storage.cfg'],
    touches: ['host'],
    run: async (context) => {
      await converge(id, context.config as unknown as Storage, context);
      return undefined;
    },
  };
}

function sliceOf(storage: Storage): Record<string, Json> {
  const { type, content } = storage;
  if (storage.type === 'zfspool')
    return { type, content, pool: storage.pool, sparse: storage.sparse ?? false };
  return { type, content, path: placeWanted(storage) };
}

function placeWanted(storage: Storage): string {
  if (storage.type === 'zfspool') return storage.pool;
  return 'path' in storage ? storage.path : '';
}

function datasetUnder(storage: Storage, datasets: readonly string[]): Dependency<Facts>[] {
  const name = placeWanted(storage).replace(/^\//, '');
  return datasets.includes(name) ? [{ task: zfsTask(name), kind: 'order' }] : [];
}

function definitionOf(facts: Facts, id: string): StorageSection | undefined {
  return parseStorageCfg(facts.host.storageCfg).get(id);
}

function placeOf(definition: StorageSection | undefined): string | undefined {
  return definition?.options.get('pool') ?? definition?.options.get('path');
}

async function converge(id: string, wanted: Storage, context: TaskContext<Facts>): Promise<void> {
  const present = definitionOf(context.facts(), id);
  const content = contentSet(wanted.content.join(','));
  const place = placeWanted(wanted);
  if (!present) {
    const where = wanted.type === 'zfspool' ? ['--pool', place] : ['--path', place];
    const sparse = wanted.type === 'zfspool' && wanted.sparse ? ['--sparse', '1'] : [];
    await context.run(['pvesm', 'add', wanted.type, id, ...where, '--content', content, ...sparse]);
    return;
  }
  if (present.type !== wanted.type || placeOf(present) !== place)
    throw new BlockedError(elsewhere(id, present, wanted));
  if (contentSet(present.options.get('content') ?? '') !== content) {
    await context.run(['pvesm', 'set', id, '--content', content]);
  }
}

function elsewhere(id: string, present: StorageSection, wanted: Storage) {
  const place = placeWanted(wanted);
  return {
    title: `There is a storage ${id}, but another one`,
    facts: [
      ['on the node', `${present.type} ${placeOf(present) ?? ''}`],
      ['wanted', `${wanted.type} ${place}`],
    ] as const,
    hint: 'Proxmox cannot move a storage definition. Give yours another id, or remove the old one yourself.',
    command: `pvesm remove ${id}`,
  };
}

export function templateStep(
  file: string,
  { storage, sha512 }: { storage: string; sha512?: string },
): PhxTask {
  return {
    id: templateTask(file),
    target: 'hypervisor',
    title: `template ${file}`,
    revision: '1',
    config: { storage, ...(sha512 ? { sha512 } : {}) },
    dependencies: [
      { task: storageTask(storage), kind: 'order' },
      { task: networkTask, kind: 'order' },
    ],
    outputs: { present: (facts) => (templatePath(facts, storage, file) ? true : undefined) },
    pools: [`storage:${storage}`],
    touches: ['host'],
    run: async (context) => {
      if (!templatePath(context.facts(), storage, file)) {
        await context.run(['pveam', 'download', storage, file], { deadline: 60 * 60_000 });
        await context.refresh(['host']);
      }
      await checkSum(file, context);
      return undefined;
    },
  };
}

/** Where the template lies on the node, when it is there and not empty. */
function templatePath(facts: Facts, storage: string, file: string): string | undefined {
  const folder = definitionOf(facts, storage)?.options.get('path');
  const path = `${folder}/template/cache/${file}`;
  return facts.host.templates.find((found) => found.path === path && found.size > 0)?.path;
}

async function checkSum(file: string, context: TaskContext<Facts>): Promise<void> {
  const wanted = 'sha512' in context.config ? context.config.sha512 : undefined;
  if (!wanted) return;
  const path = templatePath(context.facts(), String(context.config.storage), file) ?? '';
  const { stdout } = await context.ask(['sha512sum', path]);
  const found = stdout.split(' ')[0];
  if (found === wanted) return;
  throw new PhxError('failed', {
    title: `The template ${file} is not the one that was pinned`,
    facts: [
      ['sha512', found ?? '(none)'],
      ['pinned', String(wanted)],
    ],
    hint: 'Remove the file and run again; if it happens again, the pin or the download is wrong.',
    command: `rm ${path}`,
  });
}
