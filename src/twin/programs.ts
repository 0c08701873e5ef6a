/** Which program name means which handler. It only dispatches. */

import { guestProbeMark } from '../proxmox/guest-probe.ts';
import { sweepMark } from '../proxmox/sweep.ts';
import { apparmorParser } from './apparmor.ts';
import { apt, dpkgQuery } from './apt.ts';
import { blockTools } from './block-tools.ts';
import { bootTools } from './boot-tools.ts';
import { type Call, type Program, Refusal, type Work } from './call.ts';
import { answerCheck } from './check-scripts.ts';
import { dnsmasq } from './dns.ts';
import { downloadTools } from './download-tools.ts';
import { noteEvent } from './events.ts';
import { fileModes } from './file-modes.ts';
import { fileTimes } from './file-times.ts';
import { fileTools } from './file-tools.ts';
import { flocked, isReplaceConf, replaceConf } from './flock.ts';
import { groupTools } from './group-tools.ts';
import { haManager } from './ha/tool.ts';
import { leftoverTools } from './leftovers.ts';
import { localeTools } from './locale-tools.ts';
import { nfsTools } from './nfs.ts';
import { nodeAnswer } from './node-answers.ts';
import { pvenode } from './node-config.ts';
import { nodeHas } from './node-files.ts';
import { nvidiaRunfile, nvidiaTools } from './nvidia.ts';
import { packaged } from './packaged.ts';
import { passwordTools } from './password-tools.ts';
import { pct } from './pct.ts';
import { keepPromises } from './promises.ts';
import { pveFirewall } from './pve-firewall.ts';
import { pveam } from './pveam.ts';
import { pvesh } from './pvesh/pvesh.ts';
import { pvesm } from './pvesm.ts';
import { pveum } from './pveum.ts';
import { qemuImg } from './qemu-img.ts';
import { qm } from './qm.ts';
import { qmrestore } from './qm-restore.ts';
import { sambaTools } from './samba.ts';
import { skopeo } from './skopeo.ts';
import { sweep } from './sweep.ts';
import { systemTools } from './system.ts';
import { systemctl } from './systemctl.ts';
import { systemdRun } from './timers.ts';
import { timerOf } from './units.ts';
import { userTools } from './user-tools.ts';
import { visudo } from './visudo.ts';
import { vzdump } from './vzdump.ts';
import { zfs } from './zfs.ts';
import { zpool } from './zpool.ts';

/** Programs that only start another one: with so many words of their own before it. */
const wrappers: Readonly<Record<string, number>> = { setsid: 0, nohup: 0, nice: 0, ionice: 0, timeout: 1 };

const programs: Readonly<Record<string, Program>> = {
  ...blockTools,
  ...bootTools,
  ...leftoverTools,
  ...localeTools,
  ...downloadTools,
  ...fileModes,
  ...fileTimes,
  ...fileTools,
  ...groupTools,
  ...nfsTools,
  ...passwordTools,
  ...sambaTools,
  ...systemTools,
  ...nvidiaTools,
  ...Object.fromEntries(Object.keys(wrappers).map((name): [string, Program] => [name, wrapper])),
  ...userTools,
  apparmor_parser: apparmorParser,
  'apt-get': apt,
  apt,
  bash: shell,
  dash: shell,
  dnsmasq: packaged(['dnsmasq', 'dnsmasq-base'], dnsmasq),
  'dpkg-query': dpkgQuery,
  env,
  flock,
  'ha-manager': haManager,
  pct,
  qm,
  qmrestore,
  'qemu-img': qemuImg,
  'pve-firewall': pveFirewall,
  pveam,
  pvenode,
  pvesh,
  pvesm,
  pveum,
  sh: shell,
  sleep,
  systemctl: unitTool,
  skopeo,
  'systemd-run': (call) => {
    const asked = systemdRun(call, (program) => canRun(call, program));
    if (asked) runInBackground(call, asked.now);
    return undefined;
  },
  visudo,
  vzdump,
  zfs,
  zpool,
};

/** Names under which the node finds programs by path. */
const programDirs = /^\/(?:usr\/)?(?:local\/)?s?bin\//;

/** Runs the call's program, or answers as a shell does for a missing one. */
export function runProgram(call: Call): Work | undefined {
  const name = call.program.replace(programDirs, '');
  const program = Object.hasOwn(programs, name) ? programs[name] : undefined;
  if (program && (!call.program.includes('/') || programDirs.test(call.program))) return program(call);
  if (call.program.includes('/')) return runFile(call, call.program, call.args, true);
  call.err(`sh: 1: ${call.program}: not found\n`);
  call.exit(127);
  return undefined;
}

function* sleep({ args }: Call): Work {
  yield Number(args[0] ?? 0) * 1000;
}

/** `flock FILE program args`: waits without an end, or so many seconds with `-w`. */
function* flock(call: Call): Work {
  const { path, wait, argv } = flocked(call.args);
  for (let waited = 0; !call.lock(path); waited += 100) {
    if (waited >= wait) {
      call.exit(1);
      return;
    }
    yield 100;
  }
  const [program, ...args] = argv;
  const work = program === undefined ? undefined : runProgram(within(call, program, args));
  if (work) yield* work;
}

/** `env NAME=value … program args`: of the environment only what a script promises has an effect on the twin. */
function* env(call: Call): Work {
  let at = 0;
  while (/^(-i|[A-Za-z_]\w*=)/.test(call.args[at] ?? '')) at++;
  const [program, ...args] = call.args.slice(at);
  if (program === undefined) return;
  const work = runProgram(within(call, program, args));
  if (work) yield* work;
  const promised = call.args.slice(0, at).find((word) => word.startsWith('PHX_PROVIDES='));
  if (promised !== undefined) keepPromises(call.state, promised.slice('PHX_PROVIDES='.length));
}

/** `setsid`, `nohup`, `nice`, `timeout`: what they start is run as if they were not there. */
function wrapper(call: Call): Work | undefined {
  const own = wrappers[call.program.replace(programDirs, '')] ?? 0;
  let at = 0;
  while (/^-/.test(call.args[at] ?? '')) at += /^-[nc]$/.test(call.args[at] ?? '') ? 2 : 1;
  const [program, ...args] = call.args.slice(at + own);
  return program === undefined ? undefined : runProgram(within(call, program, args));
}

/** `systemctl start` of a transient timer's service runs its program; the rest is systemctl's own. */
function unitTool(call: Call): Work | undefined {
  const [verb, ...names] = call.args.filter((arg) => !arg.startsWith('-'));
  const services = names.filter((name) => !name.endsWith('.timer'));
  const timers = services.flatMap((name) => timerOf(call.state, name) ?? []);
  if ((verb !== 'start' && verb !== 'restart') || timers.length === 0) return systemctl(call);
  for (const timer of timers) runInBackground(call, timer.argv);
  return undefined;
}

/** Is there such a program, by its name or its path? */
function canRun(call: Call, program: string): boolean {
  if (program.includes('/') && nodeHas(call.state, program, 'file')) return true;
  const name = program.replace(programDirs, '');
  return !name.includes('/') && Object.hasOwn(programs, name);
}

/** Runs a program as a service: to its end at once, what it says goes to the journal. */
export function runInBackground(call: Call, argv: readonly string[]): void {
  const [program = '', ...args] = argv;
  const silent = () => {};
  const own = { program, args, stdin: '', out: silent, err: silent, exit: silent };
  const inner: Call = {
    ...own,
    get state() {
      return call.state;
    },
    now: () => call.now(),
    lock: (path) => call.lock(path),
    random: call.random,
  };
  try {
    const work = runProgram(inner);
    while (work && !work.next().done);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
  }
}

/** The same call for another program. */
function within(call: Call, program: string, args: readonly string[]): Call {
  return {
    program,
    args,
    stdin: call.stdin,
    get state() {
      return call.state;
    },
    now: () => call.now(),
    lock: (path) => call.lock(path),
    random: call.random,
    out: (text) => call.out(text),
    err: (text) => call.err(text),
    exit: (code) => call.exit(code),
  };
}

/** `sh`: a sweep, an installer, or a script that the twin only records. */
function shell(call: Call): Work | undefined {
  const [first, ...rest] = call.args;
  if (first === '-s' && call.stdin.startsWith(sweepMark))
    return sweep(call, rest[0] === '--' ? rest.slice(1) : rest);
  if (first === '-s' && call.stdin.startsWith(guestProbeMark)) {
    for (const question of rest[0] === '--' ? rest.slice(1) : rest)
      call.out(`=${question}\t${nodeAnswer(call, question)}\n`);
    return undefined;
  }
  if (first === '-s' && answerCheck(call, rest, (question) => nodeAnswer(call, question))) return undefined;
  if (isReplaceConf(call.args)) return replaceConf(call);
  if (first !== undefined && !first.startsWith('-')) return runFile(call, first, rest, false);
  const script = first === '-c' ? (rest[0] ?? '') : call.stdin;
  const commands = script.split(/;|&&/).map((part) => part.trim().split(/\s+/));
  if (
    /^[\w ./:=@%+,;&-]+$/.test(script) &&
    commands.every(([program = '']) => Object.hasOwn(programs, program))
  )
    return sequence(call, commands);
  record(call, script.split('\n').find((line) => line.trim() !== '' && !line.startsWith('#!')) ?? '');
  return undefined;
}

/** Simple commands one after the other, as `a; b` and `a && b` say. */
function* sequence(call: Call, commands: readonly (readonly string[])[]): Work {
  for (const [program = '', ...words] of commands) {
    const work = runProgram(within(call, program, words));
    if (work) yield* work;
  }
}

/** A file as a program: an NVIDIA installer, or a script that the twin only records. */
function runFile(call: Call, path: string, args: readonly string[], direct: boolean): Work | undefined {
  if (!nodeHas(call.state, path, 'file')) {
    call.err(direct ? `sh: 1: ${path}: not found\n` : `sh: 0: cannot open ${path}: No such file\n`);
    call.exit(direct ? 127 : 2);
    return undefined;
  }
  const mode = call.state.files[path]?.mode ?? 0o644;
  if (direct && (mode & 0o111) === 0) {
    call.err(`sh: 1: ${path}: Permission denied\n`);
    call.exit(126);
    return undefined;
  }
  if (path.endsWith('.run')) return nvidiaRunfile(call, path, args);
  record(call, [path, ...args].join(' '));
  return undefined;
}

/** Notes a script whose effect the twin does not know; the last hundred are kept. */
function record(call: Call, line: string): void {
  noteEvent(call.state.events, line);
}
