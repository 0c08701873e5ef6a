/**
 * Programs inside a guest: the shell that takes phx's layer scripts and questions, and a handful of small tools.
 * Of scripts it runs only the simplest (`shell.ts`); a layer script makes true what it declares (`guest-script.ts`), anything else is recorded.
 */

import { bootedScript, cleanedExit, cleanedPath } from '../proxmox/guest-boot.ts';
import { cleanMark, cleanSaid } from '../proxmox/guest-clean.ts';
import { printLayer } from '../proxmox/guest-layer.ts';
import { guestProbeMark } from '../proxmox/guest-probe.ts';
import { guestScriptArgv, parseLayerScript } from '../proxmox/guest-script.ts';
import { parseTakeBack, uninstallPath } from '../proxmox/guest-uninstall.ts';
import { type Call, refuse } from './call.ts';
import { answerCheck } from './check-scripts.ts';
import { cleanTree, cloudInit } from './cloud-run.ts';
import { exists, isDir, isFile, normalPath } from './files.ts';
import { answer } from './guest-answers.ts';
import { applyLayer, takeLayerBack } from './guest-layers.ts';
import { keepsInput, readsInput } from './guest-stdin.ts';
import { guestTools } from './guest-tools.ts';
import { anyGuest, type Guest } from './guests.ts';
import { workTime } from './latency.ts';
import { knowsAll, parseShell, runShell } from './shell.ts';

/** At most so many recorded script events are kept in a guest. */
const eventsKept = 50;

/** Runs a program inside a running guest at once; returns the milliseconds it would take beyond that. */
export function guestRun(call: Call, id: string, argv: readonly string[]): number {
  const guest = anyGuest(call, id);
  if (!guest) return 0;
  const [program = '', ...args] = argv;
  if (isScript(argv)) return runScript(call, guest, call.stdin);
  if (/^(\/bin\/|\/usr\/bin\/)?(sh|bash|ash)$/.test(program)) return shell(call, guest, args);
  const name = program.replace(/^\/(usr\/)?s?bin\//, '');
  const tool = Object.hasOwn(guestTools, name) ? guestTools[name] : undefined;
  if (name === 'sleep' && /^[\d.]+$/.test(args[0] ?? '')) return Number(args[0]) * 1000;
  if (name === 'cloud-init' && guest.state.tree.packages[name] !== undefined) cloudInit(call, guest, args);
  else if (tool && (!program.startsWith('/') || /^\/(usr\/)?s?bin\//.test(program))) tool(call, guest, args);
  else if (!installed(guest, program)) notFound(call, guest, program);
  return 0;
}

const binaries = ['/usr/local/bin', '/usr/local/sbin', '/usr/bin', '/usr/sbin'];

/** A program that a layer declared as a file: it starts and ends well; what it would print is not known. */
function installed(guest: Guest, program: string): boolean {
  const places = binaries.map((folder) => (program.startsWith(folder) ? program : `${folder}/${program}`));
  return places.some((path) => isFile(guest.state.tree.files, path));
}

function isScript(argv: readonly string[]): boolean {
  return argv.length === guestScriptArgv.length && argv.every((word, at) => word === guestScriptArgv[at]);
}

/**
 * A script on standard input takes effect at once: it goes on to its end inside also when `pct exec` is killed (B120). A
 * layer script and one that takes a layer back have an effect, any other one is only recorded.
 */
function runScript(call: Call, guest: Guest, text: string): number {
  const { tree } = guest.state;
  const script = parseLayerScript(text);
  const back = script ? undefined : parseTakeBack(text);
  if (script) {
    applyLayer(tree, script);
    record(guest, `layer ${printLayer(script.layer)}`);
    return workTime('layer script');
  }
  if (back) {
    if (takeLayerBack(tree, back)) record(guest, `without ${printLayer(back)}`);
    else {
      call.err(`bash: ${uninstallPath(back.name)}: No such file or directory\n`);
      call.exit(127);
    }
    return workTime('layer script');
  }
  if (runSimple(call, guest, text, ['sh'])) return 0;
  record(guest, text.split('\n').find((line) => line.trim() !== '' && !line.startsWith('#!')) ?? '');
  return workTime('shell script');
}

function record(guest: Guest, line: string): void {
  const { events } = guest.state.tree;
  events.push(line.slice(0, 200));
  if (events.length > eventsKept) events.splice(0, events.length - eventsKept);
}

const toolNames = new Set(Object.keys(guestTools));

/** A script of which every command is known, by the small shell; false where it is none. */
function runSimple(call: Call, guest: Guest, text: string, args: readonly string[]): boolean {
  const script = parseShell(text);
  if (!script || !knowsAll(script, toolNames)) return false;
  const { files } = guest.state.tree;
  const is = { any: exists, file: isFile, dir: isDir };
  const code = runShell(script, {
    ...{ args, out: call.out, err: call.err },
    has: (path, kind) => is[kind](files, normalPath(path, '/root')),
    run: ([name = '', ...words], out, err) => {
      let ended = 0;
      const exit = (end: number) => {
        ended = end;
      };
      guestTools[name]?.(within(call, { out, err, exit }), guest, words);
      return ended;
    },
  });
  if (code !== 0) call.exit(code);
  return true;
}

function shell(call: Call, guest: Guest, args: readonly string[]): number {
  if (args[0] === '-s' && call.stdin.startsWith(guestProbeMark)) {
    for (const question of args.slice(args[1] === '--' ? 2 : 1))
      call.out(`=${question}\t${answer(call, guest, question)}\n`);
    return 0;
  }
  if (args[0] === '-s' && call.stdin.startsWith(cleanMark)) {
    cleanTree(guest.state.tree);
    call.out(`${cleanSaid}\n`);
    return 0;
  }
  if (args[0] === '-s' && answerCheck(call, args.slice(1), (question) => answer(call, guest, question)))
    return 0;
  if (args[0] !== '-c') return runScript(call, guest, call.stdin);
  if (args[1] === bootedScript) {
    if (guest.state.tree.files[cleanedPath]) call.exit(cleanedExit);
    else if (guest.state.tree.packages['cloud-init'] !== undefined)
      cloudInit(call, guest, ['status', '--wait', '--long']);
    return 0;
  }
  const script = args[1]?.trim() ?? '';
  const kept: { problem?: string; text?: string } | undefined =
    keepsInput(guest.state.tree, script, call.stdin) ?? readsInput(guest.state.tree, script);
  if (kept?.problem !== undefined) {
    call.err(kept.problem);
    call.exit(2);
    return 0;
  }
  if (kept?.text !== undefined)
    return guestRun(within(call, { stdin: kept.text }), String(guest.id), args.slice(3));
  if (kept) return 0;
  const signal = /^kill -(9|KILL|TERM|15) \$\$$/.exec(script)?.[1];
  if (signal) call.exit(/9|KILL/.test(signal) ? 137 : 143);
  else if (!runSimple(call, guest, script, args.slice(2))) record(guest, `sh -c ${script}`);
  return 0;
}

/** The same command with another input or output. */
function within(call: Call, other: Partial<Pick<Call, 'stdin' | 'out' | 'err' | 'exit'>>): Call {
  return {
    ...{ program: call.program, args: call.args, stdin: call.stdin, random: call.random },
    get state() {
      return call.state;
    },
    now: () => call.now(),
    lock: (path) => call.lock(path),
    out: (text) => call.out(text),
    err: (text) => call.err(text),
    exit: (code) => call.exit(code),
    ...other,
  };
}

function notFound(call: Call, guest: Guest, program: string): void {
  const there = program.startsWith('/') && exists(guest.state.tree.files, normalPath(program, '/'));
  const entry = guest.state.tree.files[normalPath(program, '/')];
  if (there && entry && !entry.dir && (entry.mode & 0o111) !== 0) {
    if (!runSimple(call, guest, entry.text, [program])) record(guest, program);
    return;
  }
  const reason = there ? 'Permission denied' : 'No such file or directory';
  if (guest.state.kind === 'vm') refuse(`Failed to execute child process “${program}” (${reason})`);
  call.err(
    `lxc-attach: ${guest.id}: ../src/lxc/attach.c: lxc_attach_run_command: 1841 ${reason} - Failed to exec "${program}"\n`,
  );
  call.exit(there ? 126 : 127);
}
