/** Raw `lxc.*` keys: which ones a conf file may hold, and what is better said otherwise. Data and pure questions only. */

/** Without their `lxc.`; Proxmox drops a line with any other key at its next write (B58). */
const keys =
  'apparmor.allow_incomplete apparmor.allow_nesting apparmor.profile apparmor.raw arch autodev ' +
  'cap.drop cap.keep console.logfile console.path devtty.dir environment group hook.autodev ' +
  'hook.clone hook.destroy hook.mount hook.post-stop hook.pre-mount hook.pre-start hook.start ' +
  'hook.stop hook.version idmap include init.cmd kmsg log.file log.level mount.auto mount.entry ' +
  'mount.fstab pty.max rootfs.mount rootfs.options rootfs.path seccomp.notify.cookie ' +
  'seccomp.notify.proxy seccomp.profile selinux.context signal.halt signal.reboot signal.stop ' +
  'start.auto start.delay start.order sysctl.fs.mqueue sysctl.kernel.msgmax sysctl.kernel.msgmnb ' +
  'sysctl.kernel.msgmni sysctl.kernel.sem sysctl.kernel.shm_rmid_forced sysctl.kernel.shmall ' +
  'sysctl.kernel.shmmax sysctl.kernel.shmmni tty.max uts.name';

/** Those that came with Proxmox VE 9.2. */
const keys92 = 'environment.hooks environment.runtime init.cwd init.gid init.groups init.uid';

/** Families of which every member is taken. */
const families = /^lxc\.(cgroup2?|prlimit|net)\./;

const always = new Set(keys.split(' ').map((name) => `lxc.${name}`));
const since92 = new Set(keys92.split(' ').map((name) => `lxc.${name}`));

/** All of them, for a suggestion. */
export const lxcKeys: readonly string[] = [...always, ...since92];

/** The version from which on Proxmox takes the key: `any`, `9.2`, or none that is known. */
export function lxcKeySince(key: string): 'any' | '9.2' | undefined {
  if (always.has(key) || families.test(key)) return 'any';
  return since92.has(key) ? '9.2' : undefined;
}

/** One raw line in normal form, `lxc.key: value`: Proxmox writes it so, whatever was typed. */
export function normalLine(line: string): string {
  const [, key = '', value = ''] = /^(lxc\.[a-z0-9_.-]+)\s*[:=]\s*(.*?)\s*$/.exec(line.trim()) ?? [];
  return `${key}: ${value}`;
}

/** Key and value of a line in normal form. */
export function splitLine(line: string): { readonly key: string; readonly value: string } {
  const at = line.indexOf(': ');
  return { key: line.slice(0, at), value: line.slice(at + 2) };
}
