/** Storages that the node does not have, or that do not take what a guest needs, and that this run does not make. Pure. */

import { storageTask, targetOf } from '../config/task-names.ts';
import { contentSet } from '../proxmox/storage-cfg.ts';
import type { Conflict, Kind, Scene } from './scene.ts';
import { volumesOf } from './volumes.ts';

export const storages: Kind = (scene) =>
  scene.owned.flatMap((guest) => {
    // One thing is wrong with a storage however many volumes of the guest it has.
    const told = new Set<string>();
    return volumesOf(guest, scene).flatMap(({ key, storage, content, fresh }): Conflict[] => {
      const why = obstacle(storage, content, scene);
      if (why === undefined || told.has(`${storage} ${fresh}`)) return [];
      told.add(`${storage} ${fresh}`);
      const described = Object.hasOwn(scene.fleet.hypervisor.storage, storage);
      const left = described && !scene.demanded.has(storageTask(storage));
      return [
        {
          subject: targetOf(guest),
          title: `storage '${storage}' of its ${key} ${why}`,
          facts: [['of the node', [...scene.storages.keys()].join(', ') || 'none']],
          hint: left
            ? 'The configuration describes it, but this run leaves it as it is.'
            : 'Change hypervisor.storage, or choose another storage.',
          command: left ? `phx run ${storageTask(storage)}` : `phx config hypervisor storage.${storage}`,
          severity: fresh ? 'blocks' : 'warns',
        },
      ];
    });
  });

/** As the storage will be when the guest needs it. */
function obstacle(
  id: string,
  content: string,
  { fleet, facts, demanded, storages }: Scene,
): string | undefined {
  const node = facts.host.node.name;
  const wanted = demanded.has(storageTask(id)) ? fleet.hypervisor.storage[id] : undefined;
  if (wanted) {
    if (wanted.disable === true) return 'is disabled by the configuration';
    if (wanted.nodes !== undefined && !wanted.nodes.includes(node))
      return `is for ${wanted.nodes.join(', ')} only, and this node is ${node}`;
    // That it takes what is put there is checked when the configuration is read.
    return undefined;
  }
  const present = storages.get(id);
  if (!present) return 'is not there';
  const { options } = present;
  if (options.has('disable') && options.get('disable') !== '0') return 'is disabled';
  const nodes = contentSet(options.get('nodes') ?? '')
    .split(',')
    .filter(Boolean);
  if (nodes.length > 0 && !nodes.includes(node))
    return `is for ${nodes.join(', ')} only, and this node is ${node}`;
  const takes = contentSet(options.get('content') ?? '')
    .split(',')
    .filter(Boolean);
  // Without a word each type has a choice of its own.
  if (takes.length > 0 && !takes.includes(content)) return `takes ${takes.join(', ')}, but no ${content}`;
  return undefined;
}
