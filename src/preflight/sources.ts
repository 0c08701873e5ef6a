/** Templates and images that guests are made from, and that neither lie on the node nor are fetched by this run. Pure. */

import type { Guest } from '../config/fleet.ts';
import { imageTask, targetOf, templateTask } from '../config/task-names.ts';
import { imageFile } from '../proxmox/workspace.ts';
import { type Conflict, isNew, type Kind, type Scene } from './scene.ts';

export const sources: Kind = (scene) =>
  scene.owned.flatMap((guest): Conflict[] => {
    const source = isNew(guest, scene) ? sourceOf(guest, scene) : undefined;
    if (!source || source.there || scene.demanded.has(source.task)) return [];
    return [
      {
        subject: targetOf(guest),
        title: `${source.what} is not on the node`,
        facts: [['looked for', source.path]],
        hint: source.described
          ? 'The configuration describes it, but this run does not fetch it.'
          : 'Describe where it comes from, or name one that is there.',
        command: source.described ? `phx run ${source.task}` : `phx config ${targetOf(guest)}`,
        severity: 'blocks',
      },
    ];
  });

interface Source {
  readonly what: string;
  readonly path: string;
  readonly task: string;
  readonly there: boolean;
  readonly described: boolean;
}

function sourceOf(guest: Guest, { fleet, facts, storages }: Scene): Source | undefined {
  const { images, templates } = fleet.hypervisor;
  if (guest.kind === 'vm') {
    if (guest.image === undefined) return undefined;
    const url = images[guest.image]?.url;
    const path = url === undefined ? guest.image : imageFile(url);
    const there = facts.host.images.some((file) => file.path === path);
    const described = url !== undefined;
    return { what: `image ${guest.image}`, path, there, described, task: imageTask(guest.image) };
  }
  const [, storage = '', file = ''] = /^([^:]+):vztmpl\/(.+)$/.exec(guest.ostemplate ?? '') ?? [];
  if (file === '') return undefined;
  const wanted = fleet.hypervisor.storage[storage];
  const folder =
    storages.get(storage)?.options.get('path') ?? (wanted && 'path' in wanted ? wanted.path : undefined);
  // Only storages with a folder are looked into.
  if (folder === undefined && storages.has(storage)) return undefined;
  const path = `${folder ?? `/mnt/pve/${storage}`}/template/cache/${file}`;
  const there = facts.host.templates.some((one) => one.path === path);
  const described = Object.hasOwn(templates, file);
  return { what: `template ${file}`, path, there, described, task: templateTask(file) };
}
