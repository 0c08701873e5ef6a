/** Whether rights name roles, groups, users and tokens that there will be. It knows no file. */
import { builtInRoles } from '../../proxmox/roles.ts';
import type { Hypervisor } from '../fleet.ts';
import { nearest, type Path } from '../path.ts';
import { type Check, entries, type Loose, type Reporter } from './subject.ts';

const own = 'hypervisor';

/** B127: an entry whose role or subject does not exist is refused by the node. */
export const access: Check = ({ hypervisor }, report) => {
  const described = hypervisor?.access;
  if (hypervisor === undefined || described === undefined) return;
  for (const [name] of entries(described.roles)) {
    const built = builtInRoles.find((role) => role.toLowerCase() === name.toLowerCase());
    if (built === undefined) continue;
    const hint = 'give yours another name';
    report.error(own, ['access', 'roles', name], `role ${built} is Proxmox's own`, hint, 'key');
  }
  const groups = Object.keys(described.groups ?? {});
  for (const [id, user] of entries(described.users)) {
    const path = ['access', 'users', id];
    for (const [index, group] of (user.groups ?? []).entries())
      known('group', group, groups, [...path, 'groups', index], report);
    if (id === 'root@pam' && user.enable === false)
      report.error(own, [...path, 'enable'], 'root@pam cannot be switched off: the last way in would close');
  }
  for (const [id] of entries(described.tokens))
    person(hypervisor, id.replace(/!.*$/, ''), ['access', 'tokens', id], `of token ${id}`, report);
  rights(hypervisor, report);
};

function rights(hypervisor: Loose<Hypervisor>, report: Reporter): void {
  const described = hypervisor.access;
  const roles = [...Object.keys(described?.roles ?? {}), ...builtInRoles];
  for (const [place, subjects] of entries(described?.acl)) {
    const normal = `/${place.replace(/^\/+|\/+$/g, '').replace(/\/+/g, '/')}`;
    if (normal !== place) {
      const hint = `write '${normal}'`;
      report.error(own, ['access', 'acl', place], `${place} is not how Proxmox writes it`, hint, 'key');
    }
    for (const [who, names] of entries(subjects)) {
      const path = ['access', 'acl', place, who];
      for (const [index, role] of names.entries()) known('role', role, roles, [...path, index], report);
      if (who.startsWith('@'))
        known('group', who.slice(1), Object.keys(described?.groups ?? {}), path, report, 'key');
      else if (!who.includes('!')) person(hypervisor, who, path, `with rights at ${place}`, report);
      else if (!Object.hasOwn(described?.tokens ?? {}, who))
        unknown(who, path, `token ${who} with rights at ${place}`, 'hypervisor.access.tokens', report);
    }
  }
}

function known(
  kind: 'role' | 'group',
  name: string,
  names: readonly string[],
  path: Path,
  report: Reporter,
  end?: 'key',
): void {
  if (names.includes(name)) return;
  const meant = nearest(name, names);
  const hint = meant === undefined ? `describe it in hypervisor.access.${kind}s` : `did you mean '${meant}'?`;
  report.error(own, path, `${kind} ${name} does not exist`, hint, end);
}

/** Who is described, or becomes an administrator by a step of their own; root is always there. */
function person(
  { users, access: described }: Loose<Hypervisor>,
  id: string,
  path: Path,
  what: string,
  report: Reporter,
): void {
  const account = /^(.*)@pam$/.exec(id)?.[1];
  if (id === 'root@pam' || Object.hasOwn(described?.users ?? {}, id)) return;
  if (account !== undefined && Object.hasOwn(users ?? {}, account) && users?.[account]?.administrator) return;
  unknown(id, path, `user ${id} ${what}`, 'hypervisor.access.users', report);
}

/** Users of a directory server may be known to the node alone. */
function unknown(id: string, path: Path, what: string, place: string, report: Reporter): void {
  const realm = /@([^@!]+)(!.*)?$/.exec(id)?.[1];
  const say = realm === 'pam' || realm === 'pve' ? report.error : report.warning;
  say(own, path, `${what} is not described`, `describe it in ${place}`, 'key');
}
