/** What Proxmox says of lines that were written into a container's conf by hand (B58, raw-lxc-lines). It knows no state. */

import { type ConfSection, type GuestConf, sorted } from '../proxmox/conf.ts';
import { refuse } from './call.ts';
import { parseBoolean, type Spec } from './formats.ts';
import { confSpec } from './pct-options.ts';

/** Raw keys that lxc has and Proxmox lets through, by what stands behind `lxc.`. */
const lxcKeys = new Set(
  [
    'apparmor.profile apparmor.allow_incomplete apparmor.allow_nesting apparmor.raw selinux.context include arch',
    'uts.name signal.halt signal.reboot signal.stop init.cmd pty.max console.logfile console.path tty.max devtty.dir',
    'hook.autodev autodev kmsg mount.fstab mount.entry mount.auto rootfs.mount cap.drop cap.keep seccomp.profile',
    'seccomp.notify.proxy seccomp.notify.cookie idmap hook.pre-start hook.pre-mount hook.mount hook.start hook.stop',
    'hook.post-stop hook.clone hook.destroy hook.version log.level log.file start.auto start.delay start.order group',
    'environment sysctl.fs.mqueue sysctl.kernel.msgmax sysctl.kernel.msgmnb sysctl.kernel.msgmni sysctl.kernel.sem',
    'sysctl.kernel.shmall sysctl.kernel.shmmax sysctl.kernel.shmmni sysctl.kernel.shm_rmid_forced',
  ].flatMap((line) => line.split(' ')),
);
const made: Readonly<Record<string, string>> = {
  'lxc.rootfs.path': 'lxc.rootfs.path is auto generated from rootfs',
  'lxc.rootfs.options':
    'lxc.rootfs.options is not supported, please use mount point options in the "rootfs" key',
};

function isLxcKey(key: string): boolean {
  return lxcKeys.has(key.slice(4)) || /^lxc\.(cgroup2?|limit|prlimit|net|network)\./.test(key);
}

/** What a value has to be; snapshots have keys of their own. */
function specOf(key: string): Spec | undefined {
  if (/^(parent|snapstate|vmstate)$/.test(key)) return {};
  return key === 'snaptime' ? { type: 'integer', min: 0 } : confSpec(key);
}

function typeProblem(key: string, value: string): string | undefined {
  const type = specOf(key)?.type;
  const good =
    type === 'boolean'
      ? parseBoolean(value) !== undefined
      : type === undefined || (type === 'integer' ? /^\d+$/ : /^\d+(\.\d+)?$/).test(value);
  return good ? undefined : `type check ('${type}') failed - got '${value}'`;
}

/** A line each, as every load prints them: in the order of the file. */
export function complaintsOf(id: number | string, text: string): string[] {
  const found: string[] = [];
  for (const line of text.split('\n')) {
    if (/^\s*$|^#|^\[[a-z][a-z0-9_:-]+\]\s*$|^(description|delete|snapstate):/i.test(line)) continue;
    const raw = /^(lxc\.[a-z0-9_.-]+)(?::|\s*=)/.exec(line)?.[1];
    const [, key = '', value = ''] = /^([a-z][a-z_-]*\d*):\s*(.+?)\s*$/.exec(line) ?? [];
    const wrong = typeProblem(key, value);
    if (raw !== undefined && made[raw] !== undefined) found.push(`${raw}: ${made[raw]}`);
    else if (raw === undefined ? key === '' : !isLxcKey(raw)) found.push(`unable to parse config: ${line}`);
    else if (raw === undefined && !specOf(key))
      found.push(`unable to parse value of '${key}' - unknown setting '${key}'`);
    else if (wrong !== undefined) found.push(`unable to parse value of '${key}' - ${wrong}`);
  }
  return found.map((line) => `vm ${id} - ${line}\n`);
}

/** As a load leaves it: flags are 1 or 0, numbers without zeros before them, raw lines that lxc does not know are gone. */
export function cleanLoaded(conf: GuestConf): void {
  for (const section of [conf, conf.pending, ...conf.snapshots.values()]) {
    section.lxc = section.lxc.filter(({ key }) => isLxcKey(key));
    for (const [key, value] of section.keys) {
      const type = specOf(key)?.type;
      const flag = type === 'boolean' ? parseBoolean(value) : undefined;
      if (flag !== undefined) section.keys.set(key, flag ? '1' : '0');
      if (type === 'integer' && /^\d+$/.test(value)) section.keys.set(key, String(BigInt(value)));
    }
  }
}

/** Refuses an answer that holds values of a wrong type; `line` is that of the usage. */
export function refuseWrongValues(keys: ReadonlyMap<string, string>, line: string): void {
  const wrong = sorted(keys.keys()).flatMap((key) => {
    const problem = typeProblem(key, keys.get(key) ?? '');
    return problem === undefined ? [] : [`${key}: ${problem}\n`];
  });
  if (wrong.length > 0) refuse(`400 Result verification failed\n${wrong.join('')}${line}`);
}

/** What Perl says when such a value is counted with: once each, however often it is. */
export function notNumeric({ keys }: ConfSection, line: number, ...counted: readonly string[]): string {
  return counted
    .flatMap((key) => {
      const value = keys.get(key);
      if (value === undefined || /^[\s+-]*\d/.test(value)) return [];
      const how = key === 'swap' && line > 700 ? 'addition (+)' : 'multiplication (*)';
      return [`Argument "${value}" isn't numeric in ${how} at /usr/share/perl5/PVE/LXC.pm line ${line}.\n`];
    })
    .join('');
}
