/** Accounts of the node, and users, roles and rights inside Proxmox VE. It knows no other section. */
import { absolutePath, accountName, pattern, secretRef, singleLine } from './scalar.ts';
import { z } from './z.ts';

const sshKey = pattern(/^(ssh-|ecdsa-|sk-)\S+ \S+( .*)?$/, 'a public ssh key on one line');

export const users = z
  .record(
    accountName,
    z.strictObject({
      sudo: z
        .union([z.boolean(), z.literal('nopasswd')], "true, false or 'nopasswd'")
        .default(false)
        .meta({ description: "May become root with sudo; 'nopasswd': without its password." }),
      administrator: z
        .boolean()
        .default(false)
        .meta({ description: 'Administrator of Proxmox VE, as user@pam.' }),
      groups: z.array(accountName).default([]),
      shell: absolutePath.default('/bin/bash'),
      sshKeys: z.array(sshKey).default([]),
      password: z.exactOptional(secretRef),
    }),
  )
  .meta({ description: 'Linux accounts of the node by name.' });

const userId = pattern(
  /^(?!-)[^\s:/,]+@[A-Za-z][A-Za-z0-9._-]+$/,
  "a user with its realm, such as 'monitor@pve'",
);
const groupId = pattern(/^(?!-)[A-Za-z0-9._-]+$/, 'a group name');
// B125: names that begin with PVE belong to Proxmox.
const roleId = pattern(/^(?!PVE|-)[A-Za-z0-9._-]+$/i, 'a role name that does not begin with PVE');
const tokenId = pattern(
  /^(?!-)[^\s:/!,]+@[A-Za-z][A-Za-z0-9._-]+![A-Za-z][A-Za-z0-9._-]+$/,
  "a token with its user, such as 'monitor@pve!grafana'",
);
const comment = z.exactOptional(singleLine);

export const access = z
  .strictObject({
    users: z.record(
      userId,
      z.strictObject({
        comment,
        email: z.exactOptional(pattern(/^\S+@\S+$/, 'a mail address')),
        enable: z.boolean().default(true),
        groups: z.array(groupId).default([]),
      }),
    ),
    groups: z.record(groupId, z.strictObject({ comment })),
    roles: z
      .record(roleId, z.array(pattern(/^[A-Z][A-Za-z]+(\.[A-Za-z]+)+$/, 'a privilege such as VM.Audit')))
      .meta({ description: 'Own roles: name → privileges.' }),
    acl: z
      .record(
        pattern(/^\/\S*$/, "a path such as '/' or '/vms/100'"),
        z.record(
          pattern(/^(@[^\s,]+|(?!-)[^\s:/,]+@[^\s,]+)$/, "a user, a token, or '@group'"),
          z.array(pattern(/^[A-Za-z0-9._-]+$/, 'a role name')).min(1),
        ),
      )
      .meta({ description: "Path → who ('name@realm', '@group', 'name@realm!token') → roles." }),
    tokens: z
      .record(tokenId, z.strictObject({ comment, privsep: z.boolean().default(true) }))
      .meta({ description: 'API tokens; the value is written once, to /var/lib/phx/tokens/ on the node.' }),
  })
  .meta({ description: 'Users, groups, roles and rights inside Proxmox VE.' });
