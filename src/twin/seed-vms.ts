/** VMs of an observed node on a twin: the conf is known, of the inside what the node notes, and what every cloud image of phx's making has. */

import { parseConf } from '../proxmox/conf.ts';
import type { GuestFacts } from '../proxmox/facts.ts';
import { layersPath, printLayer } from '../proxmox/guest-layer.ts';
import { baseIdOf } from '../proxmox/volume-names.ts';
import { installPackage } from './cloud-config.ts';
import { cloudTree, copyTree } from './guest-tree.ts';
import { agentWanted } from './qm-devices.ts';
import { parseSize } from './sizes.ts';
import type { GuestTree, TwinState } from './state.ts';
import { drivesOf, isVolume, systemDisk, vmName, vmVolumes } from './vms.ts';

/** The word by which a start was told on the node. */
export function startOf({ start }: GuestFacts): { start?: string } {
  return start === undefined ? {} : { start };
}

export function seedVm(state: TwinState, facts: GuestFacts): void {
  const conf = parseConf(facts.conf, 'vm');
  const tree: GuestTree = { ...cloudTree('ubuntu'), unseen: true };
  if (agentWanted(conf)) installPackage(tree, 'qemu-guest-agent');
  const disk = systemDisk(conf);
  if (facts.layers)
    tree.files[layersPath] = {
      text: facts.layers.map((one) => `${printLayer(one)}\n`).join(''),
      mode: 0o644,
    };
  state.guests[facts.id] = {
    kind: 'vm',
    conf: facts.conf,
    tree,
    snapshots: Object.fromEntries([...conf.snapshots.keys()].map((name) => [name, copyTree(tree)])),
    ...(disk === undefined ? {} : { disk }),
    ...(facts.running
      ? {
          running: {
            hostname: vmName(facts.id, conf),
            since: state.bootedAt,
            ...startOf(facts),
            ...(agentWanted(conf) ? { agentAt: state.bootedAt } : {}),
          },
        }
      : {}),
  };
  const byAge = [...conf.snapshots].sort(
    ([, a], [, b]) => Number(a.keys.get('snaptime') ?? 0) - Number(b.keys.get('snaptime') ?? 0),
  );
  const sizes = new Map(
    [conf, ...conf.snapshots.values()].flatMap((section) =>
      drivesOf(section).map((drive) => [drive.source, drive.properties.get('size') ?? '0'] as const),
    ),
  );
  for (const volid of vmVolumes({ conf })) {
    const base = baseIdOf(volid);
    state.volumes[volid] ??= {
      storage: volid.split(':')[0] ?? '',
      owner: facts.id,
      format: volid.endsWith('.qcow2') ? 'qcow2' : 'raw',
      size: parseSize(sizes.get(volid) ?? '0') ?? 0,
      snapshots: byAge
        .filter(([, section]) => drivesOf(section).some((drive) => isVolume(drive) && drive.source === volid))
        .map(([name]) => name),
      ...(base === undefined ? {} : { base }),
    };
  }
}
