/** Administrators of Proxmox VE: a Linux account as user@pam with the role Administrator at `/`. */

import type { TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { readGiven, writeGiven } from './given.ts';
import { cfgOf, changeCfg, lookAtCfg } from './user-cfg.ts';

const note = 'administrator';

/** Root is it without an entry. */
export function isAdministrator(name: string, facts: Facts): boolean {
  if (name === 'root') return true;
  return cfgOf(facts).acl.some(
    ({ path, who, role }) => path === '/' && who === `${name}@pam` && role === 'Administrator',
  );
}

/** What phx did not give stays: a person may have made others. */
export async function keepAdministrator(
  context: TaskContext<Facts>,
  name: string,
  wanted: boolean,
): Promise<void> {
  const id = `${name}@pam`;
  const entry = ['/', '--users', id, '--roles', 'Administrator'];
  const add = ['pveum', 'acl', 'modify', ...entry];
  const remove = ['pveum', 'acl', 'delete', ...entry];
  const { users } = await lookAtCfg(context);
  const has = isAdministrator(name, context.facts());
  const given = await readGiven(context, name);
  if (wanted) {
    if (has) return;
    await writeGiven(context, name, [...given, note]);
    if (!users.has(id)) {
      await changeCfg(context, ['pveum', 'user', 'add', id], {
        undo: ['pveum', 'user', 'delete', id],
        seen: (cfg) => cfg.users.has(id),
      });
    }
    await changeCfg(context, add, { undo: remove, seen: () => isAdministrator(name, context.facts()) });
    return;
  }
  if (!given.has(note)) {
    if (has && name !== 'root') context.log(`${id} is Administrator, but not by phx: that stays`);
    return;
  }
  if (has)
    await changeCfg(context, remove, { undo: add, seen: () => !isAdministrator(name, context.facts()) });
  await writeGiven(
    context,
    name,
    [...given].filter((what) => what !== note),
  );
}
