/** Step `directory:<path>`: a directory with owner, group and mode. What lies in it is nobody's business here. */

import type { Directory, Hypervisor } from '../../src/config/fleet.ts';
import { datasetUnder } from '../../src/config/mountpoints.ts';
import type { PhxTask } from '../../src/config/project.ts';
import { PhxError } from '../../src/core/error.ts';
import type { Assessment, TaskContext } from '../../src/core/task.ts';
import type { DirectoryFacts, Facts } from '../../src/proxmox/facts.ts';
import { directoryTask, zfsTask } from '../guest/names.ts';
import { fileScope } from './files.ts';

const userTask = (name: string): string => `hypervisor/user:${name}`;
const files = { owner: '/etc/passwd', group: '/etc/group' } as const;
/** Accounts of an unprivileged container are numbers of the node from here on (F17). */
const mapped = 100_000;

/** `known` are the other tasks of the node: accounts that one of them makes need not be there yet. */
export function directoryStep(
  path: string,
  directory: Directory,
  node: Hypervisor,
  known: ReadonlySet<string>,
): PhxTask {
  const scope = `dir:${path}`;
  const accounts = [directory.owner, directory.group].flatMap((name) => name ?? []).filter(isName);
  return {
    id: directoryTask(path),
    target: 'hypervisor',
    title: `directory ${path}`,
    revision: '1',
    config: { ...directory },
    dependencies: [...new Set([...beneath(path, node), ...accounts.map(userTask)])]
      .filter((task) => !task.startsWith(userTask('')) || known.has(task))
      .map((task) => ({ task, kind: 'order' })),
    outputs: {
      exists: (facts) => (facts.dirs.get(path) ? true : undefined),
      ...(directory.owner === undefined
        ? {}
        : { owner: (facts) => shownAs(facts, path, 'owner', directory) }),
      ...(directory.group === undefined
        ? {}
        : { group: (facts) => shownAs(facts, path, 'group', directory) }),
      ...(directory.mode === undefined ? {} : { mode: (facts) => facts.dirs.get(path)?.mode }),
    },
    assess: ({ facts }) => nobody(path, directory, facts, known),
    touches: [scope, ...(accounts.length > 0 ? Object.values(files).map(fileScope) : [])],
    run: async (context) => {
      const wanted = { ...context.config } as Directory;
      // Anew: a dataset that was made in this run brought its mount point along.
      if (!(await context.refresh([scope])).dirs.get(path)) {
        await context.run(['mkdir', '-p', path], { undo: ['rmdir', path] });
        await context.refresh([scope]);
      }
      await keep(path, wanted, context);
      const left = wrong(wanted, (await context.refresh([scope])).dirs.get(path));
      if (left.length === 0) return undefined;
      throw new PhxError('failed', {
        title: `Directory ${path} did not become what was asked for`,
        facts: left,
        hint: 'A file system from elsewhere may refuse owners and modes. Leave out what it cannot keep.',
      });
    },
  };
}

/** The dataset and the described directories that it lies in. */
function beneath(path: string, { zfs, directories }: Hypervisor): string[] {
  const dataset = datasetUnder(path, zfs.datasets);
  const above = Object.keys(directories).filter((one) => path.startsWith(`${one}/`));
  return [...(dataset === undefined ? [] : [zfsTask(dataset)]), ...above.map(directoryTask)];
}

async function keep(path: string, wanted: Directory, context: TaskContext<Facts>): Promise<void> {
  const before = context.facts().dirs.get(path);
  const differs = wrong(wanted, before).map(([what]) => what);
  const owner = differs.includes('owner') ? ownerWord(wanted.owner) : '';
  const group = differs.includes('group') ? `:${ownerWord(wanted.group)}` : '';
  if (owner !== '' || group !== '') {
    await context.run(['chown', `${owner}${group}`, path], {
      ...(before ? { undo: ['chown', `${before.uid}:${before.gid}`, path] } : {}),
    });
  }
  // Five digits: with fewer chmod leaves the set-user-ID and set-group-ID of a directory as they are.
  if (differs.includes('mode'))
    await context.run(['chmod', (wanted.mode ?? '').padStart(5, '0'), path], {
      ...(before ? { undo: ['chmod', before.mode.padStart(5, '0'), path] } : {}),
    });
}

/** What differs from the wish: what it is about, and both sides. */
function wrong(wanted: Directory, found: DirectoryFacts | undefined): [what: string, sides: string][] {
  const differences: [string, string][] = [];
  const compare = (what: string, is: string | undefined, to: string | undefined) => {
    if (to !== undefined && is !== to) differences.push([what, `${is ?? '(none)'} → ${to}`]);
  };
  compare(
    'owner',
    found && seen(wanted.owner, found.user, found.uid),
    wanted.owner && ownerWord(wanted.owner),
  );
  compare(
    'group',
    found && seen(wanted.group, found.group, found.gid),
    wanted.group && ownerWord(wanted.group),
  );
  compare('mode', found?.mode, wanted.mode?.replace(/^0+(?=.)/, ''));
  return differences;
}

const isName = (account: string): boolean => !/^(guest:)?\d+$/.test(account);

/** As `chown` takes it. */
function ownerWord(account = ''): string {
  const guest = /^guest:(\d+)$/.exec(account)?.[1];
  return guest === undefined ? account : String(mapped + Number(guest));
}

/** An account in the form that it is wished for in: by name or by number. */
function seen(wish: string | undefined, name: string, id: number): string {
  return wish !== undefined && isName(wish) ? name : String(id);
}

function shownAs(facts: Facts, path: string, what: 'owner' | 'group', wanted: Directory): string | undefined {
  const found = facts.dirs.get(path);
  if (!found) return undefined;
  return what === 'owner'
    ? seen(wanted.owner, found.user, found.uid)
    : seen(wanted.group, found.group, found.gid);
}

/** An account that neither the node has nor a task makes. */
function nobody(
  path: string,
  directory: Directory,
  facts: Facts,
  known: ReadonlySet<string>,
): Assessment | undefined {
  const unknown = (['owner', 'group'] as const).flatMap((what) => {
    const account = directory[what];
    if (account === undefined || !isName(account) || known.has(userTask(account))) return [];
    const has = (facts.files.get(files[what]) ?? '')
      .split('\n')
      .some((line) => line.startsWith(`${account}:`));
    return has ? [] : [[what, `${account} is not in ${files[what]}`] as const];
  });
  if (unknown.length === 0) return undefined;
  return {
    verdict: 'blocked',
    problem: {
      title: `Directory ${path} is to belong to nobody that the node knows`,
      facts: unknown,
      hint: 'Describe the account under hypervisor.users, or write its number.',
      command: 'phx config hypervisor',
    },
  };
}
