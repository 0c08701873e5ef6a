/** Steps `template:<file>` and `image:<name>`: what containers and VMs are made from. */

import type { Download, Template } from '../../src/config/fleet.ts';
import type { PhxTask } from '../../src/config/project.ts';
import { CommandError } from '../../src/core/error.ts';
import type { Dependency, TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { imageFile, imagesFolder, originPath } from '../../src/proxmox/workspace.ts';
import { imageTask, networkTask, storageTask, templateTask } from '../guest/names.ts';
import { deadline, download, isGood, missing, other, type Sum, sizeOf, type Wanted } from './fetched.ts';
import { fileScope } from './files.ts';
import { pullImage, tooOld } from './oci.ts';
import { definitionOf } from './storage.ts';

const packagesTask = 'hypervisor/packages';
const resolverTask = 'hypervisor/resolver';

export function templateStep(file: string, template: Template, known: ReadonlySet<string>): PhxTask {
  const { storage, url, oci } = template;
  const origin = originPath('template', file);
  return {
    id: templateTask(file),
    target: 'hypervisor',
    title: `template ${file}`,
    revision: '1',
    config: { storage, ...fileSlice(template), ...(oci ? { oci } : {}) },
    dependencies: [
      { task: storageTask(storage), kind: 'order' },
      ...network(known),
      ...(oci ? [{ task: packagesTask, kind: 'order' as const }] : []),
    ],
    outputs: {
      present: (facts) => sizeOf(facts, templatePath(facts, storage, file)) > 0 || undefined,
      ...(oci ? { origin: (facts: Facts) => facts.files.get(origin) } : {}),
    },
    ...(oci ? { assess: ({ facts }) => tooOld(file, facts) } : {}),
    pools: [`storage:${storage}`],
    touches: ['host', fileScope(origin)],
    run: async (context) => {
      const path = templatePath(context.facts(), storage, file);
      const wanted = { title: `template ${file}`, path, origin, ...wishOf(context) };
      if (oci !== undefined) {
        await pullImage({ ...wanted, url: String(context.config.oci) }, context);
        return undefined;
      }
      if (await isGood(wanted, context)) return undefined;
      if (url !== undefined) await download({ ...wanted, url }, context);
      else await fromList(storage, file, wanted, context);
      return undefined;
    },
  };
}

export function imageStep(name: string, image: Download, known: ReadonlySet<string>): PhxTask {
  const path = imageFile(image.url);
  const origin = originPath('image', name);
  return {
    id: imageTask(name),
    target: 'hypervisor',
    title: `image ${name}`,
    revision: '1',
    config: fileSlice(image),
    dependencies: network(known),
    outputs: {
      path: (facts) => (sizeOf(facts, path) > 0 ? path : undefined),
      size: (facts) => sizeOf(facts, path) || undefined,
      origin: (facts) => facts.files.get(origin),
    },
    touches: ['host', fileScope(origin)],
    run: async (context) => {
      const wanted = { title: `image ${name}`, path, origin, ...wishOf(context), url: image.url };
      if (await isGood(wanted, context)) return undefined;
      await context.run(['mkdir', '-p', imagesFolder], { undo: 'nothing' });
      await download(wanted, context);
      return undefined;
    },
  };
}

function fileSlice({ url, sha256, sha512 }: Partial<Download>) {
  return { ...(url ? { url } : {}), ...(sha256 ? { sha256 } : {}), ...(sha512 ? { sha512 } : {}) };
}

function wishOf(context: TaskContext<Facts>): Pick<Wanted, 'url' | 'sum'> {
  const { url, sha256, sha512 } = { ...context.config } as Partial<Download>;
  const sum = sha512 ? { kind: 'sha512' as const, digest: sha512 } : undefined;
  const other = sha256 ? { kind: 'sha256' as const, digest: sha256 } : undefined;
  return { ...(url ? { url } : {}), ...(sum || other ? { sum: sum ?? (other as Sum) } : {}) };
}

function network(known: ReadonlySet<string>): Dependency<Facts>[] {
  const tasks = [networkTask, ...(known.has(resolverTask) ? [resolverTask] : [])];
  return tasks.map((task) => ({ task, kind: 'order' }));
}

function templatePath(facts: Facts, storage: string, file: string): string | undefined {
  const folder = definitionOf(facts, storage)?.options.get('path');
  return folder === undefined ? undefined : `${folder}/template/cache/${file}`;
}

/** Out of Proxmox's own list, which keeps a file that is there. */
async function fromList(
  storage: string,
  file: string,
  wanted: Wanted,
  context: TaskContext<Facts>,
): Promise<void> {
  if (sizeOf(context.facts(), wanted.path) === 0) {
    const download = () =>
      context.run(['pveam', 'download', storage, file], {
        deadline,
        detached: true,
        undo: ['pveam', 'remove', `${storage}:vztmpl/${file}`],
      });
    try {
      await download();
    } catch (error) {
      // The node's list may be that of its installer: a name that is not in it is refused (B162).
      if (!(error instanceof CommandError) || !/template|not found|no such/i.test(error.outcome.stderr))
        throw error;
      await context.run(['pveam', 'update'], { deadline, undo: 'nothing' });
      await download();
    }
    const path = templatePath(await context.refresh(['host']), storage, file);
    if (sizeOf(context.facts(), path) === 0) throw missing({ ...wanted, path });
    if (await isGood({ ...wanted, path }, context)) return;
  }
  const path = templatePath(context.facts(), storage, file) ?? '';
  throw await other({ ...wanted, path }, path, context, {
    hint: 'Remove the file and run again; if it happens again, the pin or the download is wrong.',
    command: `rm ${path}`,
  });
}
