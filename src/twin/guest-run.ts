/**
 * Programs inside a guest: the shell that takes phx's layer scripts and questions, and a handful of small tools.
 * It runs no script; a layer script makes true what it declares (`guest-script.ts`), anything else is recorded.
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
import { exists, isDir, isFile, namesIn, normalPath, removeTree } from './files.ts';
import { answer } from './guest-answers.ts';
import { applyLayer, takeLayerBack, unitName } from './guest-layers.ts';
import { guestAddress } from './guest-net.ts';
import { keepsInput, readsInput } from './guest-stdin.ts';
import { anyGuest, type Guest } from './guests.ts';
import { workTime } from './latency.ts';

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
  const tool = Object.hasOwn(tools, name) ? tools[name] : undefined;
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
  record(guest, text.split('\n').find((line) => line.trim() !== '' && !line.startsWith('#!')) ?? '');
  return workTime('shell script');
}

function record(guest: Guest, line: string): void {
  const { events } = guest.state.tree;
  events.push(line.slice(0, 200));
  if (events.length > eventsKept) events.splice(0, events.length - eventsKept);
}

/** One command without quotes, pipes or variables. */
const plain = /^[\w ./:=@%+,-]+$/;

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
  if (kept?.text !== undefined) return guestRun(withInput(call, kept.text), String(guest.id), args.slice(3));
  if (kept) return 0;
  const [program = '', ...words] = script.split(/\s+/);
  const signal = /^kill -(9|KILL|TERM|15) \$\$$/.exec(script)?.[1];
  const tool = plain.test(script) && Object.hasOwn(tools, program) ? tools[program] : undefined;
  if (tool) tool(call, guest, words);
  else if (program === 'exit' && /^\d+$/.test(words[0] ?? '')) call.exit(Number(words[0]) % 256);
  else if (signal) call.exit(/9|KILL/.test(signal) ? 137 : 143);
  else record(guest, `sh -c ${script}`);
  return 0;
}

function withInput(call: Call, stdin: string): Call {
  return {
    ...{ program: call.program, args: call.args, stdin, random: call.random },
    get state() {
      return call.state;
    },
    now: () => call.now(),
    lock: (path) => call.lock(path),
    out: (text) => call.out(text),
    err: (text) => call.err(text),
    exit: (code) => call.exit(code),
  };
}

function notFound(call: Call, guest: Guest, program: string): void {
  const there = program.startsWith('/') && exists(guest.state.tree.files, normalPath(program, '/'));
  const entry = guest.state.tree.files[normalPath(program, '/')];
  if (there && entry && !entry.dir && (entry.mode & 0o111) !== 0) {
    record(guest, program);
    return;
  }
  const reason = there ? 'Permission denied' : 'No such file or directory';
  if (guest.state.kind === 'vm') refuse(`Failed to execute child process “${program}” (${reason})`);
  call.err(
    `lxc-attach: ${guest.id}: ../src/lxc/attach.c: lxc_attach_run_command: 1841 ${reason} - Failed to exec "${program}"\n`,
  );
  call.exit(there ? 126 : 127);
}

type Tool = (call: Call, guest: Guest, args: readonly string[]) => void;

const tools: Readonly<Record<string, Tool>> = {
  true: () => {},
  false: (call) => call.exit(1),
  echo: (call, _guest, args) => call.out(`${args.join(' ')}\n`),
  pwd: (call) => call.out('/root\n'),
  hostname: (call, guest) => call.out(`${guest.state.running?.hostname}\n`),
  wc: (call, _guest, args) => {
    if (args[0] === '-c') call.out(`${new TextEncoder().encode(call.stdin).length}\n`);
    else call.exit(1);
  },
  cat: (call, guest, args) => {
    if (args.length === 0) call.out(call.stdin);
    for (const arg of args) {
      const entry = guest.state.tree.files[normalPath(arg, '/root')];
      if (entry && !entry.dir) call.out(entry.text);
      else {
        call.err(`cat: ${arg}: ${entry ? 'Is a directory' : 'No such file or directory'}\n`);
        call.exit(1);
      }
    }
  },
  ls: (call, guest, args) => {
    const { files } = guest.state.tree;
    for (const arg of args.filter((one) => !one.startsWith('-'))) {
      const path = normalPath(arg, '/root');
      if (path === '/sys/class/net') call.out(`${interfaces(guest).join('\n')}\n`);
      else if (isDir(files, path))
        call.out(
          namesIn(files, path)
            .map((name) => `${name}\n`)
            .join(''),
        );
      else if (isFile(files, path)) call.out(`${arg}\n`);
      else {
        call.err(`ls: ${arg}: No such file or directory\n`);
        call.exit(1);
      }
    }
  },
  rm: (_call, guest, args) => {
    for (const arg of args.filter((one) => !one.startsWith('-')))
      removeTree(guest.state.tree.files, normalPath(arg, '/root'));
  },
  test: (call, guest, args) => {
    const { files } = guest.state.tree;
    const path = normalPath(args[1] ?? '', '/root');
    const good = { '-e': exists, '-f': isFile, '-d': isDir }[args[0] ?? ''];
    if (!good?.(files, path)) call.exit(1);
  },
  'dpkg-query': (call, guest, args) => {
    for (const name of args.filter((one, at) => !one.startsWith('-') && args[at - 1] !== '-f')) {
      const version = guest.state.tree.packages[name];
      if (version === undefined) {
        call.err(`dpkg-query: no packages found matching ${name}\n`);
        call.exit(1);
      } else call.out(args.includes('-f') ? version : `${name}\t${version}\n`);
    }
  },
  systemctl: (call, guest, args) => {
    const { units } = guest.state.tree;
    const verb = args.find((one) => !one.startsWith('-')) ?? '';
    const names = args
      .filter((one) => !one.startsWith('-'))
      .slice(1)
      .map(unitName);
    for (const name of names) {
      const known = units[name];
      if (verb === 'is-active') {
        if (!args.includes('--quiet') && !args.includes('-q')) call.out(known ? 'active\n' : 'inactive\n');
        if (!known) call.exit(3);
      } else if (known === undefined) {
        call.err(`Failed to ${verb} ${name}.service: Unit ${name}.service not found.\n`);
        call.exit(5);
      } else if (verb === 'start' || verb === 'restart' || verb === 'stop') units[name] = verb !== 'stop';
    }
  },
  // What phx applied there; of a real guest's journal the twin knows nothing.
  journalctl: (call, guest) => {
    const { events } = guest.state.tree;
    for (const event of events) call.out(`${event}\n`);
    if (events.length === 0) call.out('-- No entries --\n');
  },
  ip: (call, guest) => {
    const address = guestAddress(call, guest);
    if (address)
      call.out(
        `2: eth0    inet ${address} scope global eth0\\       valid_lft forever preferred_lft forever\n`,
      );
  },
  curl: (call, guest, args) => {
    const url = args.find((one) => /^https?:/.test(one)) ?? '';
    const status = answer(call, guest, `http:${url}`);
    const format = args.some((one, at) => args[at - 1] === '-w' && one.includes('http_code'));
    if (format) call.out(status || '000');
    if (status === '') {
      call.err(`curl: (7) Failed to connect to ${url}\n`);
      call.exit(7);
    }
  },
};

function interfaces(guest: Guest): string[] {
  const names = ['lo'];
  for (const [key, value] of guest.conf.keys)
    if (/^net\d+$/.test(key)) names.push(/(?:^|,)name=([^,]+)/.exec(value)?.[1] ?? key);
  return names.sort();
}
