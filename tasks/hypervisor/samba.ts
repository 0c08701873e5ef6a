/**
 * Steps `samba:<share>` and `samba`: each share its own section, put together with a safe [global] to a whole smb.conf,
 * which testparm looks at before it goes live. It knows no password.
 */

import type { Hypervisor, Samba, Share } from '../../src/config/fleet.ts';
import type { PhxTask } from '../../src/config/project.ts';
import type { TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { parseSmbConf, printGlobal, printShare } from '../../src/proxmox/smb-conf.ts';
import { installPackages, packagesTask } from './apt.ts';
import { checkStaged, fileProbe, fileScope, keepFile, lookAt, managedMark } from './files.ts';
import { dropOtherParts, partEdges, partOf, readParts } from './parts.ts';
import { needPlace, placeEdges } from './places.ts';
import { hasAccount } from './samba-account.ts';

const part = 'smb.conf';
const conf = '/etc/samba/smb.conf';
const units = ['smbd.service', 'nmbd.service'];

export const sambaTask = 'hypervisor/samba';
export const shareTask = (name: string): string => `hypervisor/samba:${name}`;

/** A share without valid users is for the account of Samba alone: without the line it would be for all accounts. */
export function shareStep(name: string, share: Share, { user }: Samba, node: Hypervisor): PhxTask {
  const { scope, probe, keep } = partOf(part, name);
  const { path, browseable, writable } = share;
  const validUsers = share.validUsers.length > 0 ? share.validUsers : [user];
  return {
    id: shareTask(name),
    target: 'hypervisor',
    title: `share ${name}`,
    revision: '1',
    config: { path, browseable, writable, validUsers },
    dependencies: placeEdges(node, path),
    outputs: { section: probe },
    touches: [scope],
    run: async (context) => {
      const wanted = { ...context.config } as unknown as Share;
      await needPlace(context, wanted.path, `the share ${name}`);
      await keep(context, printShare(name, wanted));
      return undefined;
    },
  };
}

/** `shares` are the sections of the shares, in the order of the configuration. */
export function smbConfText(workgroup: string, shares: readonly string[]): string {
  return [`${managedMark}\n`, printGlobal({ workgroup }), ...shares].join('\n');
}

export function sambaStep({ workgroup, user, password, shares }: Samba): PhxTask {
  const names = Object.keys(shares);
  return {
    id: sambaTask,
    target: 'hypervisor',
    title: 'Samba',
    revision: '1',
    config: { workgroup, shares: names },
    dependencies: [{ task: packagesTask, kind: 'order' }, ...partEdges(names.map(shareTask))],
    outputs: { conf: fileProbe(conf), running: isRunning },
    pools: ['apt:host', 'samba'],
    touches: ['host', fileScope(conf), ...units.map((unit) => `unit:${unit}`)],
    run: async (context) => {
      const wanted = context.config as unknown as { workgroup: string; shares: readonly string[] };
      await installPackages(context, ['samba']);
      const text = smbConfText(wanted.workgroup, await readParts(context, part, wanted.shares));
      const present = await lookAt(context, conf);
      if (present !== text) await checkStaged(context, part, text, (path) => complaint(context, path));
      if (await keepFile(context, conf, text)) await tell(context, present ?? '', text);
      if (!isRunning(await context.refresh(units.map((unit) => `unit:${unit}`))))
        await context.run(['systemctl', 'enable', '--now', ...units], { undo: 'nothing' });
      await dropOtherParts(context, part, wanted.shares);
      if (!password && !(await hasAccount(context, user)))
        context.log(`nobody can open the shares before ${user} has a password: smbpasswd -a ${user}`);
      return undefined;
    },
  };
}

function isRunning(facts: Facts): boolean {
  return units.every((unit) => facts.units.get(unit)?.active && facts.units.get(unit)?.enabled);
}

/** Shares are read again while others go on working; what stands in [global] needs a new start. */
async function tell(context: TaskContext<Facts>, before: string, now: string): Promise<void> {
  const globalOf = (text: string) => JSON.stringify([...(parseSmbConf(text).get('global') ?? [])]);
  const same = globalOf(before) === globalOf(now) && !context.unsettled();
  const verb = same ? 'reload-or-restart' : 'restart';
  await context.run(['systemctl', verb, ...units], { undo: 'again' });
}

/** testparm ends well whatever the file says (testparm(1)): what it ignores would simply not hold. */
async function complaint(context: TaskContext<Facts>, path: string): Promise<string | undefined> {
  const { exit, stderr } = await context.ask(['testparm', '-s', '--suppress-prompt', path]);
  const wrong = stderr
    .split('\n')
    .filter((line) => /unknown parameter|ignoring|badly formed|^error/i.test(line))
    .join('\n');
  if (wrong !== '') return wrong;
  return exit === 0 || exit === 127 ? undefined : stderr;
}
