/**
 * Step `acl:<path>`: which roles somebody has at a path of Proxmox VE. The roles of a named subject are exactly those of
 * the configuration; a subject that it does not name at this path is somebody else's business.
 */

import type { Access } from '../../src/config/fleet.ts';
import type { PhxTask } from '../../src/config/project.ts';
import type { Dependency, TaskContext } from '../../src/core/task.ts';
import { sorted } from '../../src/proxmox/conf.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import type { UserCfg } from '../../src/proxmox/user-cfg.ts';
import { accessUserTask, groupTask, roleTask } from './access.ts';
import { tokenTask } from './token.ts';
import { cfgOf, changeCfg, lookAtCfg, userCfgScope } from './user-cfg.ts';
import { userTask } from './users.ts';

type Entries = Access['acl'][string];

/** `administrators` are the accounts that the user steps make Administrator: at `/` that role is theirs besides. */
export function aclStep(
  path: string,
  entries: Entries,
  access: Access,
  accounts: readonly string[],
  administrators: readonly string[],
): PhxTask {
  const rolesOf = (who: string, roles: readonly string[]) => {
    const also = path === '/' && administrators.some((name) => who === `${name}@pam`);
    return sorted(new Set(also ? [...roles, 'Administrator'] : roles));
  };
  const wanted = Object.fromEntries(
    Object.entries(entries).map(([who, roles]) => [who, rolesOf(who, roles)]),
  );
  return {
    id: `hypervisor/acl:${path}`,
    target: 'hypervisor',
    title: `rights at ${path}`,
    revision: '1',
    config: { roles: wanted },
    dependencies: edgesOf(wanted, access, accounts),
    outputs: Object.fromEntries(
      Object.keys(wanted).map((who) => [who, (facts: Facts) => shownAt(cfgOf(facts), path, who)]),
    ),
    pools: ['user.cfg'],
    touches: [userCfgScope],
    run: async (context) => {
      const slice = context.config.roles as Entries;
      for (const [who, roles] of Object.entries(slice)) await converge(context, path, who, roles);
      return undefined;
    },
  };
}

/** B127: whom and what an entry names must exist. */
function edgesOf(wanted: Entries, access: Access, accounts: readonly string[]): Dependency<Facts>[] {
  const roles = Object.values(wanted).flat();
  const subjects = Object.keys(wanted).flatMap((who) => {
    const user = who.replace(/!.*$/, '');
    const account = user.replace(/@pam$/, '');
    return [
      ...(who.startsWith('@') && Object.hasOwn(access.groups, who.slice(1)) ? [groupTask(who.slice(1))] : []),
      ...(Object.hasOwn(access.users, user) ? [accessUserTask(user)] : []),
      ...(accounts.includes(account) ? [userTask(account)] : []),
      ...(Object.hasOwn(access.tokens, who) ? [tokenTask(who)] : []),
    ];
  });
  const own = roles.filter((role) => Object.hasOwn(access.roles, role)).map(roleTask);
  return [...new Set([...own, ...subjects])].map((task) => ({ task, kind: 'order' }));
}

/** Every role of a subject at the path, for the record; one that does not go down says so. */
function shownAt({ acl }: UserCfg, path: string, who: string): string | undefined {
  const roles = entriesAt(acl, path, who).map(({ role, propagate }) =>
    propagate ? role : `${role} (here only)`,
  );
  return roles.length > 0 ? sorted(roles).join(',') : undefined;
}

/** Roles that hold at the path and below; with `propagate` off one does not count, and is set anew. */
function rolesAt({ acl }: UserCfg, path: string, who: string): string[] {
  return sorted(entriesAt(acl, path, who).flatMap(({ role, propagate }) => (propagate ? [role] : [])));
}

function entriesAt(acl: UserCfg['acl'], path: string, who: string) {
  return acl.filter((entry) => entry.path === path && entry.who === who);
}

/** What is missing comes first, so that nobody is without rights for a moment. */
async function converge(
  context: TaskContext<Facts>,
  path: string,
  who: string,
  wanted: readonly string[],
): Promise<void> {
  const cfg = await lookAtCfg(context);
  const present = rolesAt(cfg, path, who);
  const missing = wanted.filter((role) => !present.includes(role));
  const extra = sorted(
    entriesAt(cfg.acl, path, who).flatMap(({ role }) => (wanted.includes(role) ? [] : [role])),
  );
  const words = (verb: string, roles: readonly string[]) => [
    ...['pveum', 'acl', verb, path, ...subjectWords(who), '--roles', roles.join(',')],
  ];
  // B127: modify adds to the roles of the path, it never replaces them.
  if (missing.length > 0)
    await changeCfg(context, words('modify', missing), {
      undo: words('delete', missing),
      seen: (now) => missing.every((role) => rolesAt(now, path, who).includes(role)),
    });
  if (extra.length > 0)
    await changeCfg(context, words('delete', extra), {
      undo: words('modify', extra),
      seen: (now) => !entriesAt(now.acl, path, who).some(({ role }) => extra.includes(role)),
    });
}

function subjectWords(who: string): [string, string] {
  if (who.startsWith('@')) return ['--groups', who.slice(1)];
  return [who.includes('!') ? '--tokens' : '--users', who];
}
