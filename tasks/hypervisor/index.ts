/** The Hypervisor plugin: one task for each thing of the node that can change by itself. */

import type { Fleet, Hypervisor } from '../../src/config/fleet.ts';
import type { PhxTask, Plugin, PluginInput } from '../../src/config/project.ts';
import { nodeTasks } from '../cluster/nodes.ts';
import { accessUserStep, groupStep, roleStep } from './access.ts';
import { aclStep } from './acl.ts';
import { homesStep, profileStep } from './apparmor.ts';
import { packagesStep, reposStep } from './apt.ts';
import { arcStep } from './arc.ts';
import { backupStep } from './backup.ts';
import { renewStep, trustedStep } from './certificates.ts';
import { datasetStep } from './dataset.ts';
import { directoryStep } from './directory.ts';
import { dnsStep } from './dns.ts';
import { imageStep, templateStep } from './downloads.ts';
import { externalChecks, externalStep } from './external.ts';
import { firewallSteps } from './firewall.ts';
import { haRuleSteps } from './ha-rules.ts';
import { hostnameStep, hostnameTask, hostsStep, resolverStep } from './hostname.ts';
import { networkStep } from './network.ts';
import { exportStep, nfsStep } from './nfs.ts';
import { nouveauBoot, nvidiaSteps } from './nvidia.ts';
import { poolStep } from './pool.ts';
import { pruneTasks } from './prune.ts';
import { type Contributor, noted, rebootStep } from './reboot.ts';
import { sambaStep, shareStep } from './samba.ts';
import { sambaAccountStep } from './samba-account.ts';
import { storageStep } from './storage.ts';
import { localeStep, ntpStep, timezoneStep } from './time.ts';
import { tokenStep } from './token.ts';
import { upgradeStep, upgradeTask } from './upgrade.ts';
import { userStep } from './users.ts';
import { vfioBoot, vfioStep } from './vfio.ts';

export function hypervisor(): Plugin {
  return {
    name: 'hypervisor',
    builtin: true,
    checks: externalChecks,
    prune: pruneTasks,
    tasks: (input) =>
      nodeTasks(input.fleet, (node) => stepsOf({ ...input, fleet: { ...input.fleet, hypervisor: node } })),
  };
}

function stepsOf({ fleet, text, project }: PluginInput): PhxTask[] {
  const node = fleet.hypervisor;
  const others = [
    ...systemSteps(node),
    ...namesSteps(node, fleet),
    ...deviceSteps(node),
    ...trustSteps(node, text),
    ...firewallSteps(node, fleet.nodes !== undefined),
    ...peopleSteps(node),
    ...fileServiceSteps(node),
    ...Object.entries(node.external).map(([id, { health }]) => externalStep(Number(id), health, text)),
  ];
  const disks = diskSteps(node, fleet, new Set(others.map(({ id }) => id)));
  const known = new Set(disks.map(({ id }) => id));
  const jobs = Object.entries(node.backups).map(([id, job]) => backupStep(id, job, project, known));
  return [...others, ...disks, ...jobs, ...haRuleSteps(node.ha.rules, fleet, project)];
}

/** Packages, clock and language. */
function systemSteps(node: Hypervisor): PhxTask[] {
  return [
    ...(node.repositories ? [reposStep(node.repositories)] : []),
    packagesStep(node),
    ...(node.upgrade === undefined ? [] : [upgradeStep(node.upgrade, node.repositories !== undefined)]),
    ...(node.timezone === undefined ? [] : [timezoneStep(node.timezone)]),
    ...(node.locale === undefined ? [] : [localeStep(node.locale)]),
    ...(node.ntp.length === 0 ? [] : [ntpStep(node.ntp)]),
  ];
}

/** Network and names. */
function namesSteps(node: Hypervisor, fleet: Fleet): PhxTask[] {
  const { network, hostname, dns } = node;
  const hasHosts = hostname !== undefined || Object.keys(network.hosts).length > 0;
  return [
    networkStep(node),
    ...(hostname === undefined ? [] : [hostnameStep(hostname)]),
    ...(hasHosts ? [hostsStep(node)] : []),
    ...(dns ? [dnsStep(dns, fleet)] : []),
    ...(network.nameservers.length > 0 || dns ? [resolverStep(node)] : []),
  ];
}

/** Pools, datasets, directories, storages, and what is downloaded to them. `known` are the other steps, which some of these wait for. */
function diskSteps(node: Hypervisor, fleet: Fleet, known: ReadonlySet<string>): PhxTask[] {
  const { pools, datasets, arcMax } = node.zfs;
  return [
    ...Object.entries(pools).map(([name, pool]) => poolStep(name, pool)),
    ...(arcMax === undefined ? [] : [arcStep(arcMax)]),
    ...Object.entries(datasets).map(([name, properties]) =>
      datasetStep(name, properties, Object.keys(datasets)),
    ),
    ...Object.entries(node.directories).map(([path, directory]) =>
      directoryStep(path, directory, node, known),
    ),
    ...Object.entries(node.storage).map(([id, storage]) => storageStep(id, storage, fleet, known)),
    ...Object.entries(node.templates).map(([file, template]) => templateStep(file, template, known)),
    ...Object.entries(node.images).map(([name, image]) => imageStep(name, image, known)),
  ];
}

/** Devices, and the one boot that they may wait for. */
function deviceSteps({ nvidia, vfio, upgrade, hostname }: Hypervisor): PhxTask[] {
  const boots: Contributor[] = [
    ...(nvidia ? [nouveauBoot] : []),
    ...(vfio ? [vfioBoot(vfio)] : []),
    ...(upgrade === undefined ? [] : [noted(upgradeTask)]),
    ...(hostname === undefined ? [] : [noted(hostnameTask)]),
  ];
  return [
    ...(nvidia ? nvidiaSteps(nvidia) : []),
    ...(vfio ? [vfioStep(vfio, nvidia?.gpus ?? 0)] : []),
    ...(boots.length > 0 ? [rebootStep(boots)] : []),
  ];
}

/** What confines guests, and whom the node trusts. */
function trustSteps({ apparmor, certificates }: Hypervisor, text: PluginInput['text']): PhxTask[] {
  const tunables = apparmor.homeDirs.length > 0;
  const { trusted, renew } = certificates;
  return [
    ...(tunables ? [homesStep(apparmor.homeDirs)] : []),
    ...Object.entries(apparmor.profiles).map(([name, file]) => profileStep(name, text(file), tunables)),
    ...Object.entries(trusted).map(([name, file]) => trustedStep(name, text(file))),
    ...(renew ? [renewStep(renew, text(renew.script))] : []),
  ];
}

/** Linux accounts, and users, roles and rights inside Proxmox VE. */
function peopleSteps({ users, access }: Hypervisor): PhxTask[] {
  const accounts = Object.keys(users);
  const administrators = accounts.filter((name) => users[name]?.administrator);
  return [
    ...Object.entries(users).map(([name, user]) => userStep(name, user)),
    ...Object.entries(access.roles).map(([name, privileges]) => roleStep(name, privileges)),
    ...Object.entries(access.groups).map(([name, group]) => groupStep(name, group)),
    ...Object.entries(access.users).map(([id, user]) => accessUserStep(id, user, accounts)),
    ...Object.entries(access.tokens).map(([id, token]) =>
      tokenStep(id, token, Object.keys(access.users), accounts),
    ),
    ...Object.entries(access.acl).map(([path, entries]) =>
      aclStep(path, entries, access, accounts, administrators),
    ),
  ];
}

/** NFS exports and Samba shares. */
function fileServiceSteps(node: Hypervisor): PhxTask[] {
  const { nfs, samba, users } = node;
  const paths = Object.keys(nfs.exports);
  return [
    ...Object.entries(nfs.exports).map(([path, entry]) => exportStep(path, entry, node)),
    ...(paths.length > 0 ? [nfsStep(paths)] : []),
    ...(samba
      ? Object.entries(samba.shares).map(([name, share]) => shareStep(name, share, samba, node))
      : []),
    ...(samba ? [sambaStep(samba)] : []),
    ...(samba?.password ? [sambaAccountStep(samba, samba.password, Object.keys(users))] : []),
  ];
}
