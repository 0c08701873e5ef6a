/** `phx update`: moves the pinned versions of guests to what was released last, one guest after the other; a guest that does not get well is put back, and so is its pin. */

import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { whyNoWayBack } from '../../config/check/safety.ts';
import type { Fleet } from '../../config/fleet.ts';
import { loadConfig } from '../../config/load.ts';
import { movePins, printPins, readPins } from '../../config/pins-file.ts';
import { type ExitName, PhxError } from '../../core/error.ts';
import type { RunEvent } from '../../core/event.ts';
import { writeWhole } from '../../host/write-file.ts';
import { guestsNamed } from '../guest-words.ts';
import type { Io } from '../io.ts';
import { openNode } from '../open.ts';
import { askedFor, nameOf, type Pinned, pinnedOf, releaseUrl, versionIn } from '../pins.ts';
import { openTemplates } from '../plugin-input.ts';
import { type RunOptions, run } from './run.ts';

export interface UpdateOptions extends RunOptions {
  /** `app:qdrant.version=1.15.5`. */
  readonly to?: readonly string[];
  /** Only shows; exit 6 when something newer is there. */
  readonly check?: boolean;
}

/** A version with what became of the question for a newer one. */
interface Move {
  readonly pin: Pinned;
  readonly to?: string;
  /** Why it stays. */
  readonly stays?: string;
  /** There is another version, but it is not ours to move to it. */
  readonly refused?: true;
}

export async function update(io: Io, targets: readonly string[], options: UpdateOptions): Promise<ExitName> {
  const { root, fleet, moves, failed } = await findMoves(io, targets, options);
  tell(io, moves, options.json === true);
  const moving = moves.filter(({ to }) => to !== undefined);
  // What was asked for by its name is done, or nothing is.
  if ((options.to ?? []).length > 0 && moves.some(({ refused }) => refused)) return 'blocked';
  if (options.check) return moving.length > 0 ? 'changes' : failed ? 'failed' : 'ok';
  const guests = [...new Set(moving.map(({ pin }) => pin.guest))];
  if (options.wayBack !== false) requireWayBack(fleet, guests, targets);
  for (const guest of guests) {
    const own = moving.filter(({ pin }) => pin.guest === guest);
    const ended = await moveOne(io, root, guest, own, options);
    if (ended !== 'ok') return ended;
  }
  return failed ? 'failed' : 'ok';
}

async function findMoves(io: Io, targets: readonly string[], options: UpdateOptions) {
  const opened = await openNode(io, options, targets);
  try {
    const { root, cacheDir, config, host, phoenix } = opened;
    const known = { ...opened, fleet: config.fleet, facts: opened.facts.current() };
    const guests = guestsNamed(known, targets);
    const { catalog } = await openTemplates(root, cacheDir, phoenix.plugins);
    const file = pinsPath(root, options.env);
    const bare = await loadConfig({
      ...{ root, env: options.env, set: options.set },
      readFile: (path) => (path === file ? undefined : textOf(path)),
    });
    const pins = pinnedOf(catalog, config.fleet, bare.fleet, guests);
    const asked = askedFor(options.to ?? [], pins);
    const answers = new Map<string, { version: string } | { problem: string }>();
    const newest = async (pin: Pinned) => {
      const url = releaseUrl(pin.source);
      let answer = answers.get(url);
      if (!answer) {
        const argv = ['curl', '--fail', '--silent', '--show-error', '--location', '--max-time', '30', url];
        const { exit, stdout, stderr } = await host.run({ argv, deadline: 60_000 });
        answer = exit === 0 ? versionIn(pin.source, stdout) : { problem: `${url}: ${stderr.trim()}` };
        answers.set(url, answer);
      }
      return answer;
    };
    const moves: Move[] = [];
    for (const pin of pins) {
      if (asked.size > 0 && !asked.has(pin)) continue;
      const answer = asked.has(pin) ? { version: asked.get(pin) ?? '' } : await newest(pin);
      moves.push(moveOf(pin, answer));
    }
    return {
      root,
      fleet: config.fleet,
      moves,
      failed: [...answers.values()].some((answer) => 'problem' in answer),
    };
  } finally {
    opened.stamps.close();
    await opened.host.close();
  }
}

/** A version that leaves a guest unwell is taken back; where that cannot be, a person has to know it before. */
function requireWayBack(fleet: Fleet, guests: readonly number[], targets: readonly string[]): void {
  const problems = guests.flatMap((id) => {
    const guest = fleet.guests[String(id)];
    const problem = guest && whyNoWayBack(guest, fleet.hypervisor);
    return problem
      ? [[guest.kind === 'ct' ? `ctid:${id}` : `vmid:${id}`, `${problem.message}; ${problem.way}`] as const]
      : [];
  });
  if (problems.length === 0) return;
  throw new PhxError('blocked', {
    title: 'If a new version leaves it unwell, there would be no way back',
    facts: problems,
    hint: 'Nothing was changed. Mend that, or update without a way back.',
    command: `phx update ${targets.join(' ')} --no-way-back`,
  });
}

function moveOf(pin: Pinned, answer: { version: string } | { problem: string }): Move {
  if ('problem' in answer) return { pin, stays: answer.problem };
  if (answer.version === pin.now) return { pin, stays: 'newest' };
  if (pin.stated) {
    return { pin, refused: true, stays: `${answer.version} is out; its own parameters name ${pin.now}` };
  }
  if (pin.sealed) {
    const stays = `${answer.version} is out; its parameters name a checksum of ${pin.now}`;
    return { pin, refused: true, stays };
  }
  return { pin, to: answer.version };
}

function tell(io: Io, moves: readonly Move[], json: boolean): void {
  if (json) {
    for (const { pin, to, stays } of moves) {
      const event = { type: 'pin', task: taskOf(pin), param: pin.param, from: pin.now };
      io.out.write(`${JSON.stringify({ ...event, ...(to === undefined ? { stays } : { to }) })}\n`);
    }
    return;
  }
  if (moves.length === 0) io.out.write('nothing here is pinned\n');
  const names = moves.map(({ pin }) => [pin.target, nameOf(pin)] as const);
  const [first, second] = [0, 1].map((at) => Math.max(0, ...names.map((name) => (name[at] ?? '').length)));
  for (const [at, { pin, to, stays }] of moves.entries()) {
    const [guest = '', name = ''] = names[at] ?? [];
    const what = to === undefined ? `${pin.now}  (${stays})` : `${pin.now} → ${to}`;
    io.out.write(`  ${guest.padEnd(first ?? 0)}  ${name.padEnd(second ?? 0)}  ${what}\n`);
  }
}

function taskOf({ target, layer }: Pinned): string {
  return `${target}/${layer.startsWith('app:') ? 'app' : layer}`;
}

/** Moves one guest's pins and runs it; the pins go back when the run does not end well. */
async function moveOne(
  io: Io,
  root: string,
  guest: number,
  moves: readonly Move[],
  options: UpdateOptions,
): Promise<ExitName> {
  const path = pinsPath(root, options.env);
  const before = textOf(path);
  const target = moves[0]?.pin.target ?? '';
  const moved: Record<string, Record<string, string>> = {};
  for (const { pin, to } of moves) moved[pin.layer] = { ...moved[pin.layer], [pin.param]: to ?? '' };
  await writeWhole(path, printPins(movePins(readPins(before), guest, moved)), 0o644);
  const back = async () => {
    if (before === undefined) rmSync(path, { force: true });
    else await writeWhole(path, before, 0o644);
    if (!options.json)
      io.out.write(
        `\nThe pins of ${target} are back: ${moves.map(({ pin }) => `${nameOf(pin)} ${pin.now}`).join(', ')}\n`,
      );
  };
  let hurt = false;
  const listen = (event: RunEvent) => {
    const ill = event.type === 'failed' || event.type === 'blocked' || event.type === 'cancelled';
    if (ill && event.task.startsWith(`${target}/`)) hurt = true;
  };
  try {
    const ended = await run(io, [target], { ...options, update: true }, listen);
    // What failed elsewhere is no reason to take back what went well here.
    if (hurt) await back();
    return ended;
  } catch (error) {
    await back();
    throw error;
  }
}

function pinsPath(root: string, env: string | undefined): string {
  return join(root, 'config', ...(env === undefined ? [] : ['env', env]), 'pins.json5');
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
