/** Known messages of Proxmox's tools: what they mean and what to type. Pure table; texts as recorded (behaviours B…). */

import type { Diagnosis } from '../core/attempt.ts';

interface Known {
  readonly pattern: RegExp;
  readonly diagnosis: (match: RegExpExecArray) => Diagnosis;
}

const known: readonly Known[] = [
  {
    pattern: /can't lock file '([^']+)' - got timeout/,
    diagnosis: ([, file]) => ({
      transient: true,
      cause: `another command holds ${file}`,
      hint: 'Some other program works on this guest. phx tried for a while; run again when it has ended.',
    }),
  },
  {
    pattern: /(?:CT|VM) is locked \((disk|snapshot|snapshot-delete|backup)\)/,
    diagnosis: ([, lock]) => ({
      transient: true,
      cause: `the guest is locked by a running ${lock === 'disk' ? 'clone' : lock}`,
      hint: 'Wait until that task has ended. If no task runs any more, free the guest with pct unlock or qm unlock.',
    }),
  },
  {
    pattern: /detected modified configuration|checksum mismatch \(file change by other user\?\)/,
    diagnosis: () => ({
      transient: true,
      cause: 'somebody else changed the guest in the meantime',
      hint: 'phx looked anew and tried several times. Run again when nobody else works on it.',
    }),
  },
  {
    pattern: /flock: timeout while waiting to get lock/,
    diagnosis: () => ({
      transient: true,
      cause: 'another command holds the lock of the container',
      hint: 'Some other program works on this guest. phx tried for a while; run again when it has ended.',
    }),
  },
  {
    pattern: /protection mode enabled/,
    diagnosis: () => ({
      cause: 'the guest is protected, and Proxmox changes no drive of one that is (B51)',
      hint: 'Say protection: false, run, and then protection: true again.',
    }),
  },
  {
    pattern: /Device (\S+) does not exist/,
    diagnosis: ([, path]) => ({
      cause: `the node has no device ${path} now`,
      hint: /nvidia/.test(path ?? '')
        ? 'Devices of a graphics card are there once its driver is loaded: phx run hypervisor/nvidia'
        : 'Is it plugged in, and its module loaded? A device that comes and goes is better left to the guest.',
    }),
  },
  {
    pattern: /script '([^']+)' is not executable/,
    diagnosis: ([, script]) => ({
      cause: `the hookscript ${script} may not be executed`,
      hint: `On the node: chmod 0755 "$(pvesm path ${script})"`,
    }),
  },
  {
    pattern: /script '([^']+)' does not exist/,
    diagnosis: ([, script]) => ({
      cause: `the hookscript ${script} is not on the node`,
      hint: 'Put it into the folder snippets of that storage, executable, before the container names it.',
    }),
  },
  {
    pattern: /cfs-lock .* error: got lock request timeout/,
    diagnosis: () => ({ transient: true, cause: 'the cluster file system is busy' }),
  },
  {
    pattern: /Could not get lock (\S+)/,
    diagnosis: ([, file]) => ({ transient: true, cause: `another apt holds ${file}` }),
  },
  {
    pattern: /cannot lock (\/etc\/\w+); try again later/,
    diagnosis: ([, file]) => ({ transient: true, cause: `another program changes ${file}` }),
  },
  {
    pattern: /CT is locked \((\w+)\)/,
    diagnosis: ([, lock]) => ({
      cause: `the container is locked (${lock}) and that lock does not go away by itself`,
      hint: 'Look at the task list of the node; when no task works on it, free it with pct unlock <id>.',
    }),
  },
  {
    pattern: /storage '([^']+)' does not exist/,
    diagnosis: ([, storage]) => ({
      cause: `the node has no storage ${storage}`,
      hint: 'Define it under hypervisor.storage, or use another storage.',
      command: 'phx run hypervisor/storage',
    }),
  },
  {
    pattern: /storage '([^']+)' does not support container directories/,
    diagnosis: ([, storage]) => ({
      cause: `storage ${storage} lacks the content type rootdir`,
      hint: `Add 'rootdir' to the content of ${storage} in config/hypervisor.json5.`,
    }),
  },
  {
    pattern: /volume '([^']+:vztmpl\/[^']+)' does not exist/,
    diagnosis: ([, volume]) => ({
      cause: `the template ${volume} is not on the node`,
      command: 'phx run hypervisor/template',
    }),
  },
  {
    pattern: /snapshot feature is not available/,
    diagnosis: () => ({
      cause:
        'a bind mount, or a volume on a storage without snapshots, keeps this guest from being snapshotted',
      hint: 'Move the mount to a storage that can, or give up the snapshot.',
    }),
  },
  {
    pattern: /unable to clone mountpoint '(\w+)' \(type (\w+)\)/,
    diagnosis: ([, mount, type]) => ({
      cause: `${mount} is a ${type} mount, and Proxmox does not clone those`,
      hint: 'Give the mount to the clones instead of to their source.',
    }),
  },
  {
    pattern: /storage '([^']+)' is not online|(\S+): error fetching datastores/,
    diagnosis: ([, share, backup]) => ({
      cause: `the server of storage ${share ?? backup} does not answer`,
      hint: 'Check its name, its service and the firewalls between. With disable: true the storage is added unseen.',
    }),
  },
  {
    pattern: /could not activate storage '([^']+)', zfs error/,
    diagnosis: ([, storage]) => ({
      cause: `the pool of storage ${storage} is not imported`,
      hint: 'Describe the pool under hypervisor.zfs.pools, or bring it back with zpool import.',
    }),
  },
  {
    pattern: /unable to activate storage '([^']+)' - directory is expected to be a mount point/,
    diagnosis: ([, storage]) => ({
      cause: `nothing is mounted where storage ${storage} lies`,
      hint: 'Mount it, or leave is_mountpoint out when it is an ordinary directory.',
    }),
  },
  {
    pattern: /(?:CT|VM) (\d+) already exists on node '([^']+)'/,
    diagnosis: ([, id, node]) => ({
      cause: `id ${id} was taken in the meantime: containers and VMs share their ids, in a cluster over all nodes`,
      hint: `Look at what ${id} is on ${node} now. If it has to stay, give the guest of this configuration another id.`,
      command: `pvesh get /cluster/resources --type vm`,
    }),
  },
  {
    pattern: /unable to create template, because (?:CT|VM) contains snapshots/,
    diagnosis: () => ({
      cause: 'Proxmox makes no template of a guest that has snapshots',
      hint: 'Delete them with pct delsnapshot, or seal it with snapshot: instead of template: true.',
    }),
  },
  {
    pattern: /you can't start a (?:CT|vm) if it's a template/,
    diagnosis: () => ({
      cause: 'a template never starts',
      hint: 'Make it anew from its configuration, or clone it and work in the clone.',
    }),
  },
  {
    pattern: /base volume '([^']+)' is still in use by linked clone/,
    diagnosis: ([, volume]) => ({
      cause: `linked clones lie upon ${volume}`,
      hint: 'They have to go first, or become copies of their own: pct clone --full 1.',
    }),
  },
  {
    pattern: /Linked clone feature for '([^']+)' is not available/,
    diagnosis: ([, volume]) => ({
      cause: `the storage of ${volume} cannot link it`,
      hint: 'Leave out full: false, or make the source a template on a storage that links.',
    }),
  },
  {
    pattern: /Cannot do full clones on a running container without snapshots/,
    diagnosis: () => ({
      cause: 'the source runs and has no snapshot',
      hint: "Keep the source stopped (state: 'stopped'), or give it a snapshot.",
    }),
  },
  {
    pattern: /Template feature is not available for '([^']+)'/,
    diagnosis: ([, volume]) => ({
      cause: `the storage of ${volume} has no base volumes, which a template is made of`,
      hint: 'Give the root another storage, or leave out template: true.',
    }),
  },
  {
    pattern: /bridge '([^']+)' does not exist/,
    diagnosis: ([, bridge]) => ({
      cause: `the node has no bridge ${bridge}`,
      command: 'phx run hypervisor/network',
    }),
  },
  {
    pattern: /unable to shrink disk size/,
    diagnosis: () => ({
      cause: 'Proxmox only grows volumes',
      hint: 'Set the size back, or rebuild the guest.',
    }),
  },
  {
    pattern: /exportfs: Failed to stat ([^:\n]+): /,
    diagnosis: ([, path]) => ({
      cause: `${path} is not there, and exportfs exports nothing that is not`,
      hint: 'Is its dataset mounted? zfs mount -a mounts all of them.',
    }),
  },
  {
    pattern: /exportfs: (\S+) (?:does not support NFS export|requires fsid= for NFS export)/,
    diagnosis: ([, path]) => ({
      cause: `the file system under ${path} has no number of its own for NFS`,
      hint: 'Give the export an fsid of its own among its options, such as fsid=1, or export another file system.',
    }),
  },
  {
    pattern: /only root@pam/,
    diagnosis: () => ({ cause: 'this option needs root on the node', hint: 'Run phx as root.' }),
  },
  {
    pattern: /out of space|No space left on device/,
    diagnosis: () => ({
      cause: 'the storage is full',
      hint: 'Make room, then run again: what was done is kept.',
    }),
  },
  {
    pattern: /Temporary failure (?:in name resolution|resolving)/,
    diagnosis: () => ({
      cause: 'names are not resolved there',
      hint: 'Check nameserver, gateway and firewall of the guest or node.',
    }),
  },
];

/** What the output of a failed command is known to mean, or undefined. */
export function diagnose(output: string): Diagnosis | undefined {
  for (const { pattern, diagnosis } of known) {
    const match = pattern.exec(output);
    if (match) return diagnosis(match);
  }
  return undefined;
}
