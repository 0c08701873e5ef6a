/** Steps `repos` and `packages`: where the node's packages come from (deb822, Proxmox VE 9), and which it has. */

import type { Hypervisor } from '../../src/config/fleet.ts';
import type { PhxTask } from '../../src/config/project.ts';
import type { Assessment, TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { fileProbe, fileScope, keepCopy, keepFile, lookAt, managedMark } from './files.ts';

const keyring = '/usr/share/keyrings/proxmox-archive-keyring.gpg';
const folder = '/etc/apt/sources.list.d';
const minutes = 60_000;

export const reposTask = 'hypervisor/repos';
export const packagesTask = 'hypervisor/packages';

type Repositories = NonNullable<Hypervisor['repositories']>;

export function reposStep(repositories: Repositories): PhxTask {
  const files = sourceFiles(repositories);
  const paths = Object.keys(files);
  return {
    id: reposTask,
    target: 'hypervisor',
    title: 'package repositories',
    revision: '3',
    config: { ...repositories },
    dependencies: [],
    outputs: {
      ...Object.fromEntries(paths.map((path) => [path, fileProbe(path)])),
      former: (facts) => formerFiles.filter((path) => facts.files.get(path) !== undefined),
    },
    assess: ({ facts }) => otherSuite(repositories.suite, facts),
    pools: ['apt:host'],
    touches: [...paths, ...formerFiles, cephFile, release].map(fileScope),
    run: async (context) => {
      let changed = false;
      // A copy: what the configuration does not name is undefined in it, not a read of something undeclared.
      const wanted = { ...context.config } as unknown as Repositories;
      for (const [path, text] of Object.entries(sourceFiles(wanted))) {
        changed = (await keepFile(context, path, text)) || changed;
      }
      for (const path of formerFiles) changed = (await dropFormer(context, path)) || changed;
      if (!wanted.ceph && !wanted.enterprise) changed = (await closeCeph(context)) || changed;
      if (changed) await context.run(['apt-get', 'update'], { deadline: 10 * minutes, undo: 'again' });
      return undefined;
    },
  };
}

/** The same repositories in the one-line form of Proxmox VE 8: beside ours apt would read them twice. */
const formerFiles = ['pve-enterprise', 'pve-no-subscription'].map((name) => `${folder}/${name}.list`);

const cephFile = `${folder}/ceph.sources`;
const release = '/etc/os-release';

/** Packages of another release than the node's own would be mixed in by the next installation. */
function otherSuite(suite: string, { files }: Facts): Assessment | undefined {
  const own = /^VERSION_CODENAME=(\S+)$/m.exec(files.get(release) ?? '')?.[1];
  if (own === undefined || own === suite) return undefined;
  return {
    verdict: 'blocked',
    problem: {
      title: `This node runs ${own}, and its packages would come from ${suite}`,
      facts: [['file', release]],
      hint: `Write suite: '${own}', or upgrade the node to ${suite} first, as Proxmox describes it.`,
      command: 'phx config hypervisor',
    },
  };
}

/** The installer opens the enterprise repository of Ceph: without a subscription apt fails on it. */
async function closeCeph(context: TaskContext<Facts>): Promise<boolean> {
  const present = await lookAt(context, cephFile);
  if (present === undefined || !/enterprise\.proxmox\.com/.test(present) || /^Enabled: no$/m.test(present))
    return false;
  const closed = `${managedMark}\nEnabled: no\n${present.replace(/^Enabled:.*\n/m, '')}`;
  return keepFile(context, cephFile, closed);
}

async function dropFormer(context: TaskContext<Facts>, path: string): Promise<boolean> {
  const present = await lookAt(context, path);
  if (present === undefined) return false;
  await keepCopy(context, path, present);
  await context.removeFile(path);
  await context.refresh([fileScope(path)]);
  return true;
}

/** Path → text of every source file; a repository that is not wanted stays in its file, disabled. */
function sourceFiles({ suite, enterprise, noSubscription, ceph }: Repositories): Record<string, string> {
  const source = (enabled: boolean, uri: string, component: string) =>
    [
      managedMark,
      `Enabled: ${enabled ? 'yes' : 'no'}`,
      'Types: deb',
      `URIs: ${uri}`,
      `Suites: ${suite}`,
      `Components: ${component}`,
      `Signed-By: ${keyring}`,
      '',
    ].join('\n');
  const open = 'http://download.proxmox.com/debian';
  return {
    [`${folder}/proxmox.sources`]: source(noSubscription, `${open}/pve`, 'pve-no-subscription'),
    [`${folder}/pve-enterprise.sources`]: source(
      enterprise,
      'https://enterprise.proxmox.com/debian/pve',
      'pve-enterprise',
    ),
    ...(ceph ? { [`${folder}/ceph.sources`]: source(true, `${open}/ceph-${ceph}`, 'no-subscription') } : {}),
  };
}

export function packagesStep({ packages, repositories }: Hypervisor): PhxTask {
  return {
    id: packagesTask,
    target: 'hypervisor',
    title: 'base packages',
    revision: '1',
    config: { packages },
    dependencies: repositories ? [{ task: reposTask, kind: 'order' }] : [],
    outputs: { missing: (facts) => packages.filter((name) => !facts.host.packages.has(name)) },
    pools: ['apt:host'],
    touches: ['host'],
    run: async (context) => {
      const { packages: wanted } = context.config as { packages: readonly string[] };
      await installPackages(context, wanted);
      return undefined;
    },
  };
}

/** Installs those of the packages that the node lacks, in one call. */
export async function installPackages(
  context: Parameters<PhxTask['run']>[0],
  wanted: readonly string[],
): Promise<void> {
  const missing = wanted.filter((name) => !context.facts().host.packages.has(name));
  if (missing.length === 0) return;
  await context.run(['apt-get', 'install', '-y', ...missing], { deadline: 30 * minutes });
  await context.refresh(['host']);
}
