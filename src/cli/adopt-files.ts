/** Files for guests that are adopted: put together so that the project loads with them, and written over nobody's. */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Draft } from '../adopt/draft.ts';
import { type Proposal, propose } from '../adopt/propose.ts';
import type { AdoptScene } from '../adopt/scene.ts';
import { beneathGuest } from '../config/beneath.ts';
import { type LoadedConfig, loadConfig, onDisk } from '../config/load.ts';
import { ConfigError } from '../config/problem.ts';
import { clusterNodes } from '../config/project.ts';
import { PhxError, whyOf } from '../core/error.ts';
import type { GuestFacts } from '../proxmox/facts.ts';
import { haScopes } from '../proxmox/ha.ts';
import { insidePath } from '../proxmox/workspace.ts';
import type { GlobalOptions } from './io.ts';
import { type Opened, openGraph } from './open.ts';

/** Files with which the configuration has no error, and a graph can be made. */
export async function proposeFor(
  opened: Opened,
  guests: readonly GuestFacts[],
  options: GlobalOptions,
): Promise<Proposal> {
  const { root, phoenix, config, cluster } = opened;
  const { hypervisor } = config.fleet;
  const scopes = guests.flatMap(({ id }) => [`file:/etc/pve/firewall/${id}.fw`, `file:${insidePath(id)}`]);
  const facts = await opened.facts.refresh([...scopes, ...(cluster ? haScopes : [])]);
  const templates = Object.entries(hypervisor.templates).map(
    ([file, { storage }]) => `${storage}:vztmpl/${file}`,
  );
  const scene: AdoptScene = {
    ...{ project: phoenix.name, facts },
    ...{ beneath: { ct: beneathGuest(root, 'ct', onDisk), vm: beneathGuest(root, 'vm', onDisk) } },
    known: {
      ...{ templates: new Set(templates), images: new Set(Object.keys(hypervisor.images)) },
      guests: new Set([...Object.keys(config.fleet.guests).map(Number), ...guests.map(({ id }) => id)]),
      storages: new Set(Object.keys(hypervisor.storage)),
      bridges: new Set(Object.keys(hypervisor.network.bridges)),
    },
  };
  const load = { root, env: options.env, set: options.set, nodes: clusterNodes(phoenix) };
  let loaded: LoadedConfig = config;
  const proposal = await propose(guests, scene, async (files) => {
    const own = new Map([...files].map(([path, text]) => [join(root, path), text]));
    try {
      loaded = await loadConfig({
        ...load,
        readFile: (path) => own.get(path) ?? onDisk.readFile(path),
        listDir: (path) => {
          const more = [...own.keys()].filter((file) => dirname(file) === path);
          const names = onDisk.listDir(path);
          if (more.length === 0) return names;
          return [...new Set([...(names ?? []), ...more.map((file) => file.slice(path.length + 1))])];
        },
      });
      return [];
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      return error.problems.filter(({ severity }) => severity === 'error');
    }
  });
  // What a layer wants of its guest, and its like, is told before anything is written.
  if (proposal.drafts.length > 0) await openGraph({ ...opened, config: loaded });
  return proposal;
}

/** Never over a file that is there, unless it says the same. */
export function writeNew(root: string, { path, printed }: Draft): void {
  const file = join(root, path);
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, printed.text, { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST' && readFileSync(file, 'utf8') === printed.text)
      return;
    throw new PhxError('config', {
      title: `${path} cannot be written`,
      facts: [['why', whyOf(error)]],
      hint: 'phx writes over no file of a person. What was written before stays; the same again goes on from there.',
    });
  }
}
