/**
 * Step `user:<name>`: a Linux account with its shell, groups, keys, sudo rights and password. Converges from /etc/passwd
 * and /etc/group. An account is never removed, and what somebody else gave it stays.
 */

import type { HostUser } from '../../src/config/fleet.ts';
import type { PhxTask } from '../../src/config/project.ts';
import { BlockedError } from '../../src/core/error.ts';
import type { Assessment, TaskContext } from '../../src/core/task.ts';
import {
  groupFile,
  isMember,
  isSystemAccount,
  parseGroups,
  parsePasswd,
  passwdFile,
} from '../../src/proxmox/accounts.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { isAdministrator, keepAdministrator } from './administrator.ts';
import { packagesTask } from './apt.ts';
import { fileProbe, fileScope } from './files.ts';
import { readGiven, writeGiven } from './given.ts';
import { hasPassword, secretLine } from './passwords.ts';
import { keepSudo, sudoersPath } from './sudo.ts';
import { userCfg } from './user-cfg.ts';
import { keepKeys, keysPath, keysProbe } from './user-keys.ts';

export const userTask = (name: string): string => `hypervisor/user:${name}`;

export function userStep(name: string, user: HostUser): PhxTask {
  const { password, shell, groups, sshKeys, sudo, administrator } = user;
  const files = [passwdFile, groupFile, userCfg, sudoersPath(name), keysPath(name)];
  return {
    id: userTask(name),
    target: 'hypervisor',
    title: `user ${name}`,
    revision: '1',
    config: { shell, groups, sshKeys, sudo, administrator },
    ...(password ? { secrets: { password: password.secret } } : {}),
    // A shell and a group may come with a package.
    dependencies: [{ task: packagesTask, kind: 'order' }],
    outputs: {
      shell: (facts) => accountsOf(facts).get(name)?.shell,
      // What others gave is nobody's business here, so only what is wanted and missing is looked at.
      lacks: (facts) => [
        ...groups.filter((group) => !inGroup(facts, name, group)).map((group) => `group ${group}`),
        ...(administrator && !isAdministrator(name, facts) ? ['administrator'] : []),
      ],
      keys: keysProbe(name, sshKeys),
      sudoers: fileProbe(sudoersPath(name)),
    },
    assess: ({ facts }) => systemAccount(name, facts),
    pools: ['accounts', 'user.cfg', 'apt:host'],
    touches: ['host', ...files.map(fileScope)],
    run: async (context) => {
      const wanted = context.config as unknown as HostUser;
      const line = password && `${name}:${secretLine(context, 'password')}\n`;
      await keepAccount(context, name, wanted);
      await keepGroups(context, name, wanted.groups);
      await keepKeys(context, name, wanted.sshKeys);
      await keepSudo(context, name, wanted.sudo);
      await keepAdministrator(context, name, wanted.administrator);
      // What a password is cannot be looked at: it is set whenever this step runs. Undo does not know the former one.
      if (line) await context.run(['chpasswd'], { stdin: line });
      else if (wanted.sudo === true && !(await hasPassword(context, name)))
        context.log(`${name} has no password, and sudo asks for one: give it one with passwd ${name}`);
      return undefined;
    },
  };
}

function accountsOf(facts: Facts) {
  return parsePasswd(facts.files.get(passwdFile) ?? '');
}

function groupsOf(facts: Facts) {
  return parseGroups(facts.files.get(groupFile) ?? '');
}

function inGroup(facts: Facts, name: string, group: string): boolean {
  return isMember(name, accountsOf(facts).get(name), groupsOf(facts).get(group));
}

/** Debian's own accounts have no shell and no keys for good reasons. */
function systemAccount(name: string, facts: Facts): Assessment | undefined {
  const account = accountsOf(facts).get(name);
  if (!account || !isSystemAccount(account)) return undefined;
  return {
    verdict: 'blocked',
    problem: {
      title: `${name} is an account of the system itself`,
      facts: [
        ['number', String(account.uid)],
        ['shell', account.shell],
      ],
      hint: 'phx makes no login of it. Give the user in hypervisor.users another name.',
      command: 'phx config hypervisor',
    },
  };
}

async function keepAccount(
  context: TaskContext<Facts>,
  name: string,
  { shell, groups }: HostUser,
): Promise<void> {
  const facts = await context.refresh([fileScope(passwdFile), fileScope(groupFile)]);
  const known = groupsOf(facts);
  const absent = groups.filter((group) => !known.has(group));
  if (absent.length > 0) throw blocked(`There is no group ${absent.join(', ')} on the node`, name);
  const account = accountsOf(facts).get(name);
  if (account?.shell === shell) return;
  if ((await context.ask(['test', '-x', shell])).exit !== 0)
    throw blocked(`There is no shell ${shell} on the node`, name);
  if (account) {
    await context.run(['usermod', '-s', shell, name], { undo: ['usermod', '-s', account.shell, name] });
  } else {
    // useradd refuses to make a group of this name when there is one. Without -r, userdel leaves the home.
    const own = known.has(name) ? ['-g', name] : [];
    await context.run(['useradd', '-m', '-s', shell, ...own, name], { undo: ['userdel', name] });
  }
  await context.refresh([fileScope(passwdFile), fileScope(groupFile)]);
}

function blocked(title: string, name: string): BlockedError {
  return new BlockedError({
    title,
    facts: [['user', name]],
    hint: 'It may come with a package: add that to hypervisor.packages. Otherwise mend the name in hypervisor.users.',
    command: 'phx config hypervisor',
  });
}

/** Adds the groups that are missing, and takes away those that phx gave and the configuration names no more. */
async function keepGroups(
  context: TaskContext<Facts>,
  name: string,
  wanted: readonly string[],
): Promise<void> {
  const given = await readGiven(context, name);
  const missing = wanted.filter((group) => !inGroup(context.facts(), name, group));
  const former = [...given].flatMap((what) => /^group (.+)$/.exec(what)?.[1] ?? []);
  const leave = former.filter((group) => !wanted.includes(group));
  if (missing.length + leave.length === 0) return;
  const add = (groups: readonly string[]) => ['usermod', '-aG', groups.join(','), name];
  const remove = (groups: readonly string[]) => ['usermod', '-rG', groups.join(','), name];
  // Noted first: what was given and not noted would stay for ever.
  await writeGiven(context, name, [...given, ...missing.map((group) => `group ${group}`)]);
  if (missing.length > 0) await context.run(add(missing), { undo: remove(missing) });
  const present = leave.filter((group) => inGroup(context.facts(), name, group));
  if (present.length > 0) await context.run(remove(present), { undo: add(present) });
  const left = new Set(leave.map((group) => `group ${group}`));
  const kept = [...(await readGiven(context, name))].filter((what) => !left.has(what));
  await writeGiven(context, name, kept);
  await context.refresh([fileScope(groupFile)]);
}
