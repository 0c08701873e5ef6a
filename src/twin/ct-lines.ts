/** What Proxmox says of lines that were written into a container's conf by hand (B58, raw-lxc-lines). It knows no state. */

import { type ConfSection, type GuestConf, sorted } from '../proxmox/conf.ts';
import { refuse } from './call.ts';
import { checkValue, formats, nameProperties, parseBoolean, type Spec } from './formats.ts';
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

/** Names of lxc before 3.0: they are told, and kept. */
const renamed: Readonly<Record<string, string>> = Object.fromEntries(
  [
    'aa_profile apparmor.profile, aa_allow_incomplete apparmor.allow_incomplete, console console.path',
    'devttydir tty.dir, haltsignal signal.halt, rebootsignal signal.reboot, stopsignal signal.stop, id_map idmap',
    'init_cmd init.cmd, loglevel log.level, logfile log.file, mount mount.fstab, pts pty.max, tty tty.max',
    'se_context selinux.context, seccomp seccomp.profile, utsname uts.name',
    ...['type', 'flags', 'link', 'mtu', 'name', 'hwaddr', 'script.up', 'script.down'].map(
      (name) => `network.${name} net.INDEX.${name}`,
    ),
    'network.ipv4 net.INDEX.ipv4.address, network.ipv4.gateway net.INDEX.ipv4.gateway',
    'network.ipv6 net.INDEX.ipv6.address, network.ipv6.gateway net.INDEX.ipv6.gateway',
  ].flatMap((line) =>
    line.split(', ').map((pair) => pair.split(' ').map((name) => `lxc.${name}`) as [string, string]),
  ),
);

function isLxcKey(key: string): boolean {
  return (
    lxcKeys.has(key.slice(4)) ||
    Object.hasOwn(renamed, key) ||
    /^lxc\.(cgroup2?|limit|prlimit|net)\./.test(key)
  );
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

/** What a load says of a value: its type, and its form where it has one. */
function loadProblem(key: string, value: string): string | undefined {
  const wrong = typeProblem(key, value);
  const spec = specOf(key);
  if (wrong !== undefined || !spec) return wrong;
  if (spec.props)
    return checkValue(spec, value)
      ?.replace('invalid format - ', '')
      .replaceAll('\u0000', '')
      .replace(/\n+$/, '');
  return spec.format && formats[spec.format](value)?.replace(/\n+$/, '');
}

/** A line each, as every load prints them: in the order of the file. */
export function complaintsOf(id: number | string, text: string): string[] {
  const found: string[] = [];
  let section = '';
  for (const line of text.split('\n')) {
    section = /^\[([a-z][a-z0-9_:-]+)\]\s*$/i.exec(line)?.[1]?.toLowerCase() ?? section;
    if (/^\s*$|^#|^\[[a-z][a-z0-9_:-]+\]\s*$|^(description|snapstate):/i.test(line)) continue;
    if (/^delete:\s*\S/.test(line)) {
      if (section !== 'pve:pending') found.push("property 'delete' is only allowed in [pve:pending]");
      continue;
    }
    const raw = /^(lxc\.[a-z0-9_.-]+)(?::|\s*=)/.exec(line)?.[1];
    const [, key = '', value = ''] = /^([a-z][a-z_]*\d*):\s*(.+?)\s*$/.exec(line) ?? [];
    const wrong = loadProblem(key, value);
    const newName = raw === undefined ? undefined : renamed[raw];
    if (raw?.startsWith('lxc.limit.')) found.push(`${raw}: lxc.limit.* was renamed to lxc.prlimit.*`);
    else if (newName !== undefined) found.push(`${raw} is deprecated and was renamed to ${newName}`);
    else if (raw !== undefined && made[raw] !== undefined) found.push(`${raw}: ${made[raw]}`);
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
    for (const key of section.keys.keys())
      if (key === 'delete' || key.includes('-')) section.keys.delete(key);
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
    const value = keys.get(key) ?? '';
    const spec = specOf(key);
    const problem = typeProblem(key, value) ?? (spec && checkValue(spec, value));
    return problem === undefined ? [] : [`${key}: ${nameProperties(key, problem)}\n`];
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
