/**
 * Every call site of a command that takes something away: what proves that the thing is ours, what says that somebody wants
 * it gone, and which test shows both. Hand-written: a new call site is thought through before it gets its row.
 */

export interface Row {
  /** File and function. */
  readonly place: string;
  readonly verbs: readonly string[];
  readonly owned: string;
  readonly intended: string;
  /** The title of a test of destructive.test.ts, or `file: words of the title` of another one. */
  readonly shown: string;
}

const built = (place: string, verb: string): Row => ({
  ...{ place: `src/proxmox/${place}`, verbs: [verb] },
  ...{ owned: 'a builder: it sends nothing', intended: 'that of who calls it', shown: '' },
});

const takenBack = 'the journal of the very run that made it; the step makes only what was not there';
const byUndo = '`phx undo <run>`, asked for by a person';
const undone = 'what a run finds is none of what its undo takes back';

export const table: readonly Row[] = [
  built('guest-clean.ts cleanScript', 'rm'),
  built('guest-script.ts guestScriptArgv', 'rm'),
  built('guest-script.ts printLayerScript', 'rm'),
  built('guest-uninstall.ts printTakeBack', 'rm'),
  built('jobs-cfg.ts deleteJobArgv', 'pvesh'),
  ...['delsnapshot deleteSnapshot', 'destroy destroy', 'restore over restoreOver'].flatMap((words) => {
    const verb = words.replace(/ \w+$/, '');
    const name = words.replace(/^.* /, '');
    return ['pct', 'qm'].map((tool) => built(`${tool}.ts ${tool}.${name}`, verb));
  }),
  ...['rollback', 'template', 'unlock'].flatMap((verb) =>
    ['pct', 'qm'].map((tool) => built(`${tool}.ts ${tool}.${verb}`, verb)),
  ),
  built('pct.ts pct.destroyNamed', 'destroy'),
  built('zfs-snapshots.ts zfsSnapshots.rollback', 'zfs'),
  built('zfs-snapshots.ts zfsSnapshots.destroy', 'zfs'),
  ...['startScript', 'removeFilesScript'].map((name) => ({
    ...{ place: `src/host/ssh/detached.ts ${name}`, verbs: ['rm'] },
    owned: 'a folder below /var/lib/phx/run that phx itself makes for one command, by a random name',
    intended: 'its command has ended, and was read or an hour has passed',
    shown:
      'test/real/sshd.test.ts: a detached command goes on through cuts, and every line of it is told once',
  })),
  {
    ...{ place: 'src/host/ssh/files.ts writeScript', verbs: ['rm'] },
    owned: 'the draft that the script itself has made beside the file',
    intended: 'the file could not be written',
    shown:
      'test/real/sshd.test.ts: a file that a cluster gives its own mode is written without one, but never a secret',
  },
  {
    ...{ place: 'src/host/ssh/files.ts removeScript', verbs: ['rm'] },
    ...{ owned: 'the verb of the Host port: one file', intended: 'that of who calls it' },
    shown: 'test/host/behaviour.ts: files are written whole, with their mode, and their folder with them',
  },
  {
    ...{ place: 'src/host/lease.ts clearDead', verbs: ['rm'] },
    owned:
      'an empty directory of our own prefix, whose note names a process of this very machine; and the guard that it made itself',
    intended: 'that process is gone',
    shown: 'test/host/lease.test.ts: what a dead run of this very machine left is taken at once',
  },
  {
    ...{ place: 'src/host/lease.ts Lease.release', verbs: ['rm'] },
    owned: 'the empty directory that this run made',
    intended: 'the run has ended, and nobody has taken over from it',
    shown: 'test/host/lease.test.ts: one has it on all nodes, the other is told who and since when',
  },
  {
    ...{ place: 'tasks/guest/half-made.ts clearHalfMade', verbs: ['unlock', 'destroy'] },
    owned:
      'the mark of this project; or an interrupted intent of ours, or a note of ours on the node, and no task of others since',
    intended: 'that intent or note: to make it; to destroy it an intent alone',
    shown: 'a guest that others left half made or half destroyed',
  },
  {
    ...{ place: 'tasks/guest/half-made.ts releaseVolumes', verbs: ['umount'] },
    owned:
      'as clearHalfMade, which calls it; mounts below the root of that very container, images of its folder',
    intended: 'that intent; nothing is removed',
    shown: 'a guest that others left half made or half destroyed',
  },
  {
    ...{ place: 'tasks/guest/identity.ts ownKeys', verbs: ['rm'] },
    owned: 'runs in a guest with our mark; a folder that mktemp made, keys that came with the clone',
    intended: 'a clone in the configuration gets keys of its own',
    shown: 'a guest of the same id that others made',
  },
  {
    ...{ place: 'tasks/guest/leftover.ts clearLeftLock', verbs: ['unlock'] },
    owned:
      'an interrupted intent of ours that takes exactly this lock, or a clone of this guest that stands half made and is proven ours; no worker that still runs',
    intended: 'that intent, or that clone',
    shown: 'a lock that others hold',
  },
  {
    ...{ place: 'tasks/guest/safety-backup.ts restore', verbs: ['restore over'] },
    owned: 'the mark of the guest; a backup that the note of its safety points names',
    intended: "rollback: 'on-failure' in the configuration, or `phx rollback`",
    shown: 'test/property/safety.test.ts: it goes back and is well again',
  },
  {
    ...{ place: 'tasks/guest/safety-backup.ts freeHalf', verbs: ['unlock'] },
    owned: 'as restore, which calls it: our own restore was cut off',
    intended: 'as restore',
    shown:
      'test/faults/safety.test.ts: Whatever it came to, the next run ends with the layers that are wanted',
  },
  {
    ...{ place: 'tasks/guest/safety-backup.ts drop', verbs: ['pvesm'] },
    owned: 'the note on the node names this very backup as a safety point of ours',
    intended: 'safety.keep in the configuration',
    shown: 'snapshots and backups that others took',
  },
  {
    ...{ place: 'tasks/guest/safety-dataset.ts byDataset', verbs: ['zfs'] },
    owned: 'the root of a guest with our mark; a snapshot that is called phx-safety-N',
    intended: "rollback: 'on-failure', `phx rollback`, or safety.keep",
    shown: 'snapshots and backups that others took',
  },
  {
    ...{ place: 'tasks/guest/safety-snapshot.ts dropSnapshot', verbs: ['delsnapshot'] },
    owned: 'name and description of a safety point of ours',
    intended: 'safety.keep in the configuration',
    shown: 'snapshots and backups that others took',
  },
  {
    ...{ place: 'tasks/guest/safety-snapshot.ts take', verbs: ['delsnapshot'] },
    owned: 'name and description of a safety point of ours',
    intended: 'it is half taken, and is taken anew',
    shown: 'snapshots and backups that others took',
  },
  {
    ...{ place: 'tasks/guest/seal.ts seal', verbs: ['delsnapshot'] },
    owned: 'a guest with our mark; the name holds the digest of its layers',
    intended: 'it is half taken, and is taken anew',
    shown: 'test/tasks/cases/seal.json: one that was half taken is taken again',
  },
  {
    ...{ place: 'tasks/guest/seal.ts dropFormer', verbs: ['delsnapshot'] },
    owned: 'name and description of a seal of ours, and nobody took a later snapshot on it',
    intended: 'the seal that the configuration asks for stands in its place',
    shown: 'snapshots and backups that others took',
  },
  {
    ...{ place: 'tasks/guest/snapshots.ts takeSnapshot', verbs: ['delsnapshot'] },
    owned:
      'a guest with our mark; a half-taken snapshot and no lock (Proxmox refuses while it is being taken)',
    intended: '`phx snapshot` of this name',
    shown: 'a guest of the same id that others made',
  },
  {
    ...{ place: 'tasks/guest/snapshots.ts restoreSnapshot', verbs: ['rollback'] },
    owned: 'the mark of the guest',
    intended: "rollback: 'on-failure' in the configuration, or `phx rollback`",
    shown: 'a guest of the same id that others made',
  },
  {
    ...{ place: 'tasks/guest/template.ts convert', verbs: ['delsnapshot', 'template'] },
    owned: 'the mark of the guest; of snapshots only safety points of ours, those of others block it',
    intended: '`template: true` in the configuration',
    shown: 'snapshots and backups that others took',
  },
  ...['roleStep', 'groupStep', 'accessUserStep'].map((name) => ({
    ...{ place: `tasks/hypervisor/access.ts ${name}`, verbs: ['pveum'] },
    ...{ owned: takenBack, intended: byUndo, shown: undone },
  })),
  {
    ...{ place: 'tasks/hypervisor/acl.ts converge', verbs: ['pveum'] },
    owned: 'somebody whom the configuration names at this path; all others stay',
    intended: 'the roles of the configuration are all that it has there',
    shown: 'rights of whom the configuration does not name',
  },
  {
    ...{ place: 'tasks/hypervisor/administrator.ts keepAdministrator', verbs: ['pveum'] },
    owned: 'a note on the node: phx gave it',
    intended: '`administrator: false` after true, or `phx undo`',
    shown: 'rights of whom the configuration does not name',
  },
  {
    ...{ place: 'tasks/hypervisor/backup.ts converge', verbs: ['pvesh'] },
    ...{ owned: takenBack, intended: byUndo, shown: undone },
  },
  {
    ...{ place: 'tasks/hypervisor/directory.ts directoryStep', verbs: ['rm'] },
    owned: `${takenBack}; rmdir takes only what is empty`,
    ...{ intended: byUndo, shown: undone },
  },
  {
    ...{ place: 'tasks/hypervisor/downloads.ts fromList', verbs: ['pveam'] },
    ...{ owned: takenBack, intended: byUndo, shown: undone },
  },
  {
    ...{ place: 'tasks/hypervisor/fetched.ts download', verbs: ['rm'] },
    owned: 'a `.part` beside what it fetches, which nobody else writes',
    intended: 'it is no use to anybody: its sum is wrong',
    shown: 'a whole fleet, edited in every field that it was born with',
  },
  {
    ...{ place: 'tasks/hypervisor/fetched.ts keep', verbs: ['rm'] },
    ...{ owned: takenBack, intended: byUndo, shown: undone },
  },
  {
    ...{ place: 'tasks/hypervisor/oci.ts pullImage', verbs: ['rm'] },
    owned: 'a `.part` beside what it pulls, which nobody else writes',
    intended: 'a dead run left it',
    shown: 'a whole fleet, edited in every field that it was born with',
  },
  {
    ...{ place: 'tasks/hypervisor/pool.ts create', verbs: ['disk', 'zpool'] },
    owned: 'the configuration names the disk for a pool, and nothing uses it',
    intended: '`--wipe-disk` with the name of the disk; without it only a blank one is taken, never -f',
    shown: 'a disk that carries something',
  },
  {
    ...{ place: 'tasks/hypervisor/storage.ts add', verbs: ['pvesm'] },
    owned: `${takenBack}; removes the definition, never what lies there`,
    ...{ intended: byUndo, shown: undone },
  },
  {
    ...{ place: 'tasks/hypervisor/token.ts removeToken', verbs: ['pveum'] },
    owned: 'made by this very try, or by an interrupted one, and no value was written: nobody has it',
    intended: 'the token that the configuration asks for is made anew',
    shown: 'a token that somebody makes at the same moment',
  },
  {
    ...{ place: 'tasks/hypervisor/token.ts addAndKeep', verbs: ['pveum'] },
    ...{ owned: takenBack, intended: byUndo, shown: undone },
  },
  {
    ...{ place: 'tasks/hypervisor/token.ts lost', verbs: ['pveum'] },
    ...{ owned: 'a message: it sends nothing', intended: 'a person types it', shown: '' },
  },
  {
    ...{ place: 'tasks/hypervisor/trial.ts saveFormer', verbs: ['rm'] },
    owned: 'a file of the trial that was not there before it',
    intended: 'nobody confirmed the trial',
    shown: 'test/tasks/firewall-trial.test.ts: killed while the door is shut: the timer opens it',
  },
  {
    ...{ place: 'tasks/hypervisor/users.ts keepAccount', verbs: ['account'] },
    owned: `${takenBack}; without -r, so that the home stays`,
    ...{ intended: byUndo, shown: undone },
  },
  {
    ...{ place: 'tasks/lxc/destroy.ts destroy', verbs: ['destroy'] },
    owned: 'the mark of this project, without protection and linked clones',
    intended: '`phx destroy` of this target',
    shown: 'a guest of the same id that others made',
  },
  {
    ...{ place: 'tasks/lxc/parked-volumes.ts ParkedVolumes.free', verbs: ['destroy'] },
    owned: 'the mark of this project in the parking conf',
    intended: '`phx destroy` of its container, without --keep-volumes',
    shown: 'volumes that another project parked',
  },
  {
    ...{ place: 'tasks/lxc/recreate.ts Recreation.#takeDown', verbs: ['destroy'] },
    owned: 'the mark of this project; its data is parked, its root backed up',
    intended: '`--recreate` of this target',
    shown: 'a guest of the same id that others made',
  },
  {
    ...{ place: 'tasks/lxc/snapshots-of-data.ts dropDataSnapshots', verbs: ['delsnapshot'] },
    owned: 'the mark of this project; snapshots of people block --recreate before',
    intended: '`--recreate`, or `phx destroy --keep-volumes`',
    shown: 'test/tasks/cases/recreate.json: snapshots of ours that hold its data are in the way',
  },
  {
    ...{ place: 'tasks/lxc/source.ts dropPassing', verbs: ['delsnapshot'] },
    owned: 'name and description of a passing snapshot of this very clone',
    intended: 'the clone that it was taken for is made',
    shown: 'snapshots and backups that others took',
  },
  {
    ...{ place: 'tasks/lxc/sources.ts keepSource', verbs: ['rm'] },
    owned: `${takenBack}; rmdir takes only what is empty`,
    ...{ intended: byUndo, shown: undone },
  },
  {
    ...{ place: 'tasks/lxc/way-back.ts clearNew', verbs: ['destroy'] },
    owned: 'our note of this recreation, with the former container in a backup',
    intended: '`--recreate` that failed: the way back',
    shown: 'test/property/recreate.test.ts: what fails afterwards brings the container of before back',
  },
  {
    ...{ place: 'tasks/vm/actions.ts destroy', verbs: ['destroy'] },
    owned: 'the mark of this project, without protection and linked clones',
    intended: '`phx destroy` of this target',
    shown: 'a guest of the same id that others made',
  },
  {
    ...{ place: 'tasks/vm/inside.ts vmInside', verbs: ['rm'] },
    owned: 'runs in a VM with our mark; the file that phx itself put there as standard input',
    intended: 'it is read, and nobody else may',
    shown: 'a guest of the same id that others made',
  },
  {
    ...{ place: 'tasks/vm/safety.ts vmSafety', verbs: ['pvesm'] },
    owned: 'the drive of cloud-init of a VM with our mark: made anew at each start',
    intended: 'as restore, which calls it',
    shown: 'test/property/vm-safety.test.ts: it goes back and is well again',
  },
  {
    ...{ place: 'tasks/hypervisor/prune.ts takeAway', verbs: ['pvesh', 'pvesm', 'zfs', 'rm'] },
    owned:
      'jobs carry the mark of the project; storages and downloads by the record of the task that made them; a dataset by the journal in which phx itself created it',
    intended: '`phx prune <name>`: it left the configuration, and a person names it and says yes',
    shown:
      'test/scenario/commands.test.ts: prune lists what left the configuration, and takes away what is named',
  },
  {
    ...{ place: 'src/import/script.ts rules', verbs: ['apt', 'disk'] },
    owned: 'patterns that a script is read with: it sends nothing',
    intended: 'a person is told that the script has such a command',
    shown: 'test/import/script.test.ts: it is told',
  },
];
