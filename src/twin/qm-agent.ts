/** `qm guest cmd` (`qm agent`), `guest exec` and `exec-status`: the way into a VM through its agent (B10, B97; vm-guest-exec). */

import { type Call, Refusal, refuse, type Work } from './call.ts';
import { guestAddress } from './guest-net.ts';
import { guestRun } from './guest-run.ts';
import type { Guest } from './guests.ts';
import { workTime } from './latency.ts';
import { type Given, refuseParameters, usage } from './options.ts';
import { agentAnswers, agentTimeout } from './qm-agent-there.ts';
import { agentWanted } from './qm-devices.ts';
import { haltVm } from './qm-power.ts';
import { qmVerb } from './qm-verbs.ts';
import { loadVm, parseVmNet } from './vms.ts';

/** The VM when its agent answers; otherwise what Proxmox says. */
function* reached(call: Call, id: string): Generator<number, Guest, void> {
  const guest = loadVm(call, id);
  if (!guest.state.running) refuse(`VM ${id} is not running`);
  if (!agentWanted(guest.conf)) refuse('No QEMU guest agent configured');
  if (!agentAnswers(call, guest)) {
    yield agentTimeout;
    refuse('QEMU guest agent is not running');
  }
  return guest;
}

export function* qmAgent(call: Call, { values }: Given): Work {
  const guest = yield* reached(call, values.get('vmid') ?? '');
  yield workTime('qm agent');
  const command = values.get('command') ?? '';
  if (command === 'shutdown') haltVm(call, guest.id);
  const answer = answers[command]?.(call, guest);
  if (typeof answer === 'string' || typeof answer === 'number') call.out(`${answer}\n`);
  else if (answer !== undefined) call.out(printJson(answer));
}

/** Sets a password inside; the twin keeps none there. */
export function* qmPasswd(call: Call, { values }: Given): Work {
  if (values.get('password') === undefined && call.stdin === '')
    refuse('Enter new password: \nno password was given on the terminal');
  yield* reached(call, values.get('vmid') ?? '');
  yield workTime('qm agent');
}

const answers: Readonly<Record<string, (call: Call, guest: Guest) => unknown>> = {
  'fsfreeze-status': () => 'thawed',
  'fsfreeze-freeze': () => 1,
  'fsfreeze-thaw': () => 1,
  fstrim: () => ({ paths: [{ minimum: 0, path: '/', trimmed: 0 }] }),
  'get-host-name': (_call, { state }) => ({ 'host-name': state.running?.hostname ?? '' }),
  'get-osinfo': (_call, { state }) => {
    const file = state.tree.files['/etc/os-release']?.text ?? '';
    return {
      id: /^ID=(.*)$/m.exec(file)?.[1] ?? '',
      machine: 'x86_64',
      'version-id': /^VERSION_ID="?([^"\n]*)/m.exec(file)?.[1] ?? '',
    };
  },
  'get-time': (call) => String(call.now() * 1_000_000),
  'get-timezone': () => ({ offset: 0, zone: 'UTC' }),
  'get-users': () => [],
  info: () => ({
    supported_commands: ['guest-exec', 'guest-exec-status', 'guest-ping'].map((name) => ({
      enabled: true,
      name,
      'success-response': true,
    })),
    version: '7.2.0',
  }),
  'network-get-interfaces': (call, guest) => {
    const { mac } = parseVmNet(guest.conf.keys.get('net0') ?? '');
    const [address, prefix] = guestAddress(call, guest)?.split('/') ?? [];
    const own =
      address === undefined
        ? []
        : [{ 'ip-address': address, 'ip-address-type': 'ipv4', prefix: Number(prefix) }];
    const local = { 'ip-address': '127.0.0.1', 'ip-address-type': 'ipv4', prefix: 8 };
    return [
      { 'hardware-address': '00:00:00:00:00:00', 'ip-addresses': [local], name: 'lo' },
      ...(mac === undefined
        ? []
        : [{ 'hardware-address': mac.toLowerCase(), 'ip-addresses': own, name: 'eth0' }]),
    ];
  },
};

/** The most that is passed on to a program. */
const stdinLimit = 64 * 1024;

export function* qmExec(call: Call, { values, rest }: Given): Work {
  const id = values.get('vmid') ?? '';
  if (rest.length === 0)
    refuseParameters(
      new Map([['extra-args', 'property is missing and it is not optional']]),
      usage('qm', 'guest exec', qmVerb(call.state.packages, 'guest exec') ?? { args: {}, options: {} }),
    );
  const stdin = values.get('pass-stdin') === '1' ? call.stdin : '';
  if (Buffer.byteLength(stdin) > stdinLimit)
    refuseParameters(new Map([['input-data', `value may only be ${stdinLimit} characters long`]]), '');
  const guest = yield* reached(call, id);
  yield workTime('qm guest exec');
  const { answer, ms } = runInside(call, guest.id, rest, stdin);
  const limit = Number(values.get('timeout') ?? 30) * 1000;
  const waits = values.get('synchronous') !== '0';
  const done = waits && (limit === 0 || ms <= limit);
  if (done) {
    if (ms > 0) yield ms;
    call.out(printJson(answer));
    return;
  }
  const pid = note(call, guest.id, printJson(answer), ms);
  if (waits) {
    yield limit;
    call.err('timeout reached, returning pid\n');
  }
  call.out(printJson({ pid }));
}

/** Runs the program to its end; what it printed is the agent's answer (B10). */
function runInside(
  call: Call,
  id: number,
  argv: readonly string[],
  stdin: string,
): { answer: Record<string, unknown>; ms: number } {
  let [out, err, exit] = ['', '', 0];
  const inner: Call = {
    ...{ program: call.program, args: call.args, stdin, random: call.random },
    get state() {
      return call.state;
    },
    now: () => call.now(),
    lock: (path) => call.lock(path),
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    exit: (code) => {
      exit = code;
    },
  };
  let ms = 0;
  try {
    ms = guestRun(inner, String(id), argv);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    call.err('Wide character in die at /usr/share/perl5/PVE/RESTHandler.pm line 1008.\n');
    refuse(`Agent error: Guest agent command failed, error was '${error.message.trimEnd()}'`, 29);
  }
  const signal = exit > 128 && exit <= 128 + 31 && /^kill /.test(argv.at(-1) ?? '') ? exit - 128 : undefined;
  const answer = {
    ...(signal === undefined ? { exitcode: exit } : { signal }),
    exited: 1,
    ...(err === '' ? {} : { 'err-data': err, 'err-truncated': 0 }),
    ...(out === '' ? {} : { 'out-data': out, 'out-truncated': 0 }),
  };
  return { answer, ms };
}

/** Keeps what a program that is not waited for will have answered. */
function note(call: Call, id: number, answer: string, ms: number): string {
  const running = loadVm(call, id).state.running;
  if (!running) return '0';
  const execs = running.execs ?? {};
  running.execs = execs;
  const pid = String(1000 + Object.keys(execs).length);
  execs[pid] = { at: call.now() + ms, answer };
  return pid;
}

export function* qmExecStatus(call: Call, { values }: Given): Work {
  const guest = yield* reached(call, values.get('vmid') ?? '');
  yield workTime('qm agent');
  const pid = values.get('pid') ?? '';
  const execs = loadVm(call, guest.id).state.running?.execs ?? {};
  const found = Object.hasOwn(execs, pid) ? execs[pid] : undefined;
  if (!found || found.answer === '') return refuse("Agent error: Invalid parameter 'pid'", 29);
  if (call.now() < found.at) {
    call.out(printJson({ exited: 0 }));
    return;
  }
  call.out(found.answer);
  // The agent forgets a program once it has told of its end.
  found.answer = '';
}

/** JSON as Proxmox prints it: keys sorted, three blanks a level. */
export function printJson(value: unknown): string {
  return `${print(value, '')}\n`;
}

function print(value: unknown, before: string): string {
  const inner = `${before}   `;
  if (Array.isArray(value)) {
    if (value.length === 0) return '[]';
    return `[\n${value.map((one) => `${inner}${print(one, inner)}`).join(',\n')}\n${before}]`;
  }
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const lines = Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, one]) => `${inner}${JSON.stringify(key)} : ${print(one, inner)}`);
  return lines.length === 0 ? '{}' : `{\n${lines.join(',\n')}\n${before}}`;
}
