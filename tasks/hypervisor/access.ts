/**
 * Steps `role:<name>`, `group:<name>` and `pveuser:<id>`: who there is inside Proxmox VE, and what roles mean. Converges
 * from user.cfg; what the configuration does not name stays.
 */

import type { Access, AccessUser } from '../../src/config/fleet.ts';
import type { PhxTask } from '../../src/config/project.ts';
import type { Json } from '../../src/core/json.ts';
import { sorted } from '../../src/proxmox/conf.ts';
import type { UserCfg } from '../../src/proxmox/user-cfg.ts';
import { cfgOf, changeCfg, lookAtCfg, userCfgScope } from './user-cfg.ts';
import { userTask } from './users.ts';

export const roleTask = (name: string): string => `hypervisor/role:${name}`;
export const groupTask = (name: string): string => `hypervisor/group:${name}`;
export const accessUserTask = (id: string): string => `hypervisor/pveuser:${id}`;

const common = { target: 'hypervisor', revision: '1', pools: ['user.cfg'], touches: [userCfgScope] };

export function roleStep(name: string, privileges: readonly string[]): PhxTask {
  const found = ({ roles }: UserCfg) => roles.get(name);
  const shown = (cfg: UserCfg) => listOf(found(cfg) ?? []);
  return {
    ...common,
    id: roleTask(name),
    title: `role ${name}`,
    config: { privileges: sorted(new Set(privileges)) },
    dependencies: [],
    outputs: { privileges: (facts) => (found(cfgOf(facts)) ? shown(cfgOf(facts)) : undefined) },
    run: async (context) => {
      const wanted = listOf(context.config.privileges as readonly string[]);
      const cfg = await lookAtCfg(context);
      const before = found(cfg) ? shown(cfg) : undefined;
      if (before === wanted) return undefined;
      // B125: modify replaces what the role had.
      const verb = (word: string, privs: string) => ['pveum', 'role', word, name, '--privs', privs];
      await changeCfg(context, verb(before === undefined ? 'add' : 'modify', wanted), {
        undo: before === undefined ? ['pveum', 'role', 'delete', name] : verb('modify', before),
        seen: (now) => found(now) !== undefined && shown(now) === wanted,
      });
      return undefined;
    },
  };
}

export function groupStep(name: string, { comment = '' }: Access['groups'][string]): PhxTask {
  const found = ({ groups }: UserCfg) => groups.get(name)?.comment;
  return {
    ...common,
    id: groupTask(name),
    title: `group ${name} of Proxmox VE`,
    config: { comment },
    dependencies: [],
    outputs: { comment: (facts) => found(cfgOf(facts)) },
    run: async (context) => {
      const wanted = String(context.config.comment);
      const before = found(await lookAtCfg(context));
      if (before === wanted) return undefined;
      const verb = (word: string, text: string) => ['pveum', 'group', word, name, '--comment', text];
      await changeCfg(context, verb(before === undefined ? 'add' : 'modify', wanted), {
        undo: before === undefined ? ['pveum', 'group', 'delete', name] : verb('modify', before),
        seen: (now) => found(now) === wanted,
      });
      return undefined;
    },
  };
}

export function accessUserStep(
  id: string,
  { comment = '', email = '', enable, groups }: AccessUser,
  accounts: readonly string[],
): PhxTask {
  const account = id.replace(/@pam$/, '');
  return {
    ...common,
    id: accessUserTask(id),
    title: `user ${id} of Proxmox VE`,
    config: { comment, email, enable, groups: sorted(new Set(groups)) },
    dependencies: [
      ...groups.map((group) => ({ task: groupTask(group), kind: 'order' as const })),
      ...(accounts.includes(account) ? [{ task: userTask(account), kind: 'order' as const }] : []),
    ],
    outputs: { user: (facts) => userOf(cfgOf(facts), id) },
    run: async (context) => {
      const wanted = { ...context.config } as Readonly<Record<string, Json>>;
      const before = userOf(await lookAtCfg(context), id);
      const differs = Object.keys(wanted).filter((key) => !same(before?.[key], wanted[key]));
      if (before && differs.length === 0) return undefined;
      const words = (verb: string, values: Readonly<Record<string, Json>>, keys: readonly string[]) => [
        ...['pveum', 'user', verb, id],
        ...keys.flatMap((key) => [`--${key}`, wordOf(values[key] ?? '')]),
      ];
      // What is empty need not be said of a user who is not there yet; --groups replaces the groups of one who is.
      const given = differs.filter((key) => before || wordOf(wanted[key] ?? '') !== '');
      await changeCfg(context, words(before ? 'modify' : 'add', wanted, given), {
        undo: before ? words('modify', before, given) : ['pveum', 'user', 'delete', id],
        seen: (now) => Object.keys(wanted).every((key) => same(userOf(now, id)?.[key], wanted[key])),
      });
      return undefined;
    },
  };
}

/** The user as the configuration would say it. */
function userOf({ users, groups }: UserCfg, id: string): Readonly<Record<string, Json>> | undefined {
  const user = users.get(id);
  if (!user) return undefined;
  const inside = [...groups].flatMap(([name, { members }]) => (members.has(id) ? [name] : []));
  return { comment: user.comment, email: user.email, enable: user.enabled, groups: sorted(inside) };
}

function same(one: Json | undefined, other: Json | undefined): boolean {
  return one !== undefined && other !== undefined && wordOf(one) === wordOf(other);
}

/** A value as pveum takes it. */
function wordOf(value: Json): string {
  if (typeof value === 'boolean') return value ? '1' : '0';
  return Array.isArray(value) ? value.join(',') : String(value);
}

function listOf(names: Iterable<string>): string {
  return sorted(names).join(',');
}
