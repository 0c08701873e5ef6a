/** Step `configure`: every key of the container is as the configuration says; only what differs is sent. */

import type { Container, Fleet } from '../../src/config/fleet.ts';
import type { PhxTask } from '../../src/config/project.ts';
import type { Stamp } from '../../src/core/stamp.ts';
import {
  type Assessment,
  type Dependency,
  type JudgeView,
  type TaskContext,
  unseen,
} from '../../src/core/task.ts';
import { parseProperties } from '../../src/proxmox/conf.ts';
import type { CtKeys } from '../../src/proxmox/ct-keys.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { normalLine, splitLine } from '../../src/proxmox/lxc-keys.ts';
import { confOf } from '../guest/conf.ts';
import { bornWith } from '../guest/inheritance.ts';
import { apparmorTask, networkTask, nvidiaDevicesTask, stepOf, targetOf } from '../guest/names.ts';
import { editedIn, restarts, waiting, waitsWords } from '../guest/restart.ts';
import { tooOld } from '../guest/too-old.ts';
import { LXCContainer } from './container.ts';
import { gpuChange, gpuDevices } from './devices.ts';
import { editContainer } from './edit.ts';
import { newKeys } from './needs.ts';
import { envProbe, gpuProbe, keyProbe, lineProbe } from './probes.ts';
import { wantedKeys } from './wanted.ts';

/** What is wanted of a container besides single keys, in normal form. */
interface Wanted {
  readonly keys: CtKeys;
  readonly gpus: readonly number[];
  readonly lines: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export function configureTask(ct: Container, fleet: Fleet): PhxTask {
  const wanted = wantedOf(ct);
  const id = stepOf(ct, 'configure');
  return {
    id,
    target: targetOf(ct),
    title: `configure ${ct.id}`,
    revision: '2',
    config: {
      ...wanted.keys,
      ...(wanted.gpus.length > 0 ? { gpus: wanted.gpus } : {}),
      ...(wanted.lines.length > 0 ? { lxc: wanted.lines } : {}),
      ...(Object.keys(wanted.env).length > 0 ? { env: wanted.env } : {}),
    },
    dependencies: [{ task: stepOf(ct, 'define'), kind: 'result' }, ...hostDependencies(ct, fleet, wanted)],
    outputs: {
      ...Object.fromEntries(
        Object.entries(wanted.keys).map(([key, value]) => [key, keyProbe(ct.id, key, value)]),
      ),
      ...(wanted.gpus.length > 0 ? { gpus: gpuProbe(ct) } : {}),
      ...Object.fromEntries(wanted.lines.map((line) => [line, lineProbe(ct.id, line)])),
      ...Object.fromEntries(Object.keys(wanted.env).map((name) => [`env.${name}`, envProbe(ct.id, name)])),
      [editedIn]: () => unseen,
    },
    assess: (view) => assess(ct, view),
    drift: ct.drift,
    pools: [`guest:${ct.id}`],
    touches: [`guest:${ct.id}`],
    run: (context) => run(ct, wanted, context),
  };
}

function wantedOf(ct: Container): Wanted {
  const ignored = (name: string) => ct.ignore.includes(name);
  return {
    keys: wantedKeys(ct),
    gpus: ignored('gpus') ? [] : ct.gpus,
    lines: ignored('lxc') ? [] : [...new Set((ct.lxc ?? []).map(normalLine))],
    env: ignored('env') ? {} : (ct.env ?? {}),
  };
}

/** Everything that is wanted, by the names that outputs have. */
function namesOf({ keys, gpus, lines, env }: Wanted): string[] {
  return [
    ...Object.keys(keys),
    ...(gpus.length > 0 ? ['gpus'] : []),
    ...lines,
    ...Object.keys(env).map((name) => `env.${name}`),
  ];
}

function isIgnored(ct: Container, name: string): boolean {
  const key = isLine(name) ? 'lxc' : name.replace(/^env\..*/, 'env');
  return ct.ignore.includes(key);
}

const isLine = (name: string): boolean => name.startsWith('lxc.');
/** Whatever else a container has, it has these (B45, B87). */
const lasting = ['arch', 'ostype', 'memory', 'gpus', editedIn];
const isKey = (name: string): boolean => !isLine(name) && !name.startsWith('env.') && !lasting.includes(name);

function hostDependencies(ct: Container, { hypervisor }: Fleet, { lines }: Wanted): Dependency<Facts>[] {
  const profiles = lines.map(splitLine).filter(({ key }) => key === 'lxc.apparmor.profile');
  const described = profiles.filter(({ value }) => Object.hasOwn(hypervisor.apparmor.profiles, value));
  const bridges = Object.keys(ct.nets).length > 0 ? [networkTask] : [];
  const devices = ct.gpus.length > 0 ? [nvidiaDevicesTask] : [];
  return [...bridges, ...devices, ...described.map(({ value }) => apparmorTask(value))].map((task) => ({
    task,
    kind: 'order',
  }));
}

function assess(ct: Container, view: JudgeView<Facts>): Assessment | undefined {
  const old = tooOld(ct, newKeys(ct), view.facts);
  const guest = view.facts.guests.get(ct.id);
  if (old || guest?.kind !== 'ct') return old;
  if (ct.gpus.length > 0 && !ct.ignore.includes('gpus')) {
    const paths = gpuPaths(ct, view.facts);
    const change = gpuChange(confOf(guest), paths, Object.keys(ct.devs), () => true);
    if (Object.keys(change.keys).length > 0 || change.remove.length > 0)
      return { verdict: 'stale', because: [{ why: 'changed', key: 'gpus', to: paths.join(', ') }] };
  }
  const names = ct.state === 'running' && !restarts(ct, view) ? waiting(ct, view.facts, view.stamp) : [];
  return names.length > 0 ? { verdict: 'outdated', message: waitsWords(ct, names) } : undefined;
}

/** Device nodes of its GPUs; one that the configuration numbers itself, with an owner say, is there already. */
function gpuPaths(ct: Container, facts: Facts): string[] {
  const numbered = Object.values(ct.devs).map(({ path }) => path);
  return gpuDevices(ct.gpus, facts.host.nvidia.devices).filter((path) => !numbered.includes(path));
}

async function run(ct: Container, wanted: Wanted, context: TaskContext<Facts>) {
  const { config } = context;
  const container = new LXCContainer(ct.id, context);
  const last = context.stamp(context.task);
  const given = [...givenUp(ct, namesOf(wanted), last), ...inherited(ct, namesOf(wanted), last, context)];
  const keys = Object.fromEntries(Object.keys(wanted.keys).map((key) => [key, String(config[key])]));
  const paths = wanted.gpus.length > 0 ? gpuPaths(ct, context.facts()) : [];
  const former = formerGpus(last);
  // Who says `gpus` says all of them; otherwise only those go that phx gave.
  const mayGo = (path: string) => paths.length > 0 || former.includes(path);
  const gpus = ct.ignore.includes('gpus')
    ? { keys: {}, remove: [] }
    : gpuChange(container.conf, paths, Object.keys(ct.devs), mayGo);
  const surplus = given.filter((name) => isKey(name) && !paths.includes(deviceOf(container, name)));
  await container.configure({ ...keys, ...gpus.keys }, [...new Set([...surplus, ...gpus.remove])]);
  const edited = await editContainer(
    container,
    {
      lines: wanted.lines.length > 0 ? (config.lxc as string[]) : [],
      formerLines: given.filter(isLine),
      env: Object.keys(wanted.env).length > 0 ? (config.env as Record<string, string>) : {},
      formerEnv: given.filter((name) => name.startsWith('env.')).map((name) => name.slice(4)),
    },
    context,
  );
  const start = container.startedAs;
  const record = edited && start !== undefined ? { [editedIn]: JSON.stringify(start) } : undefined;
  tellWaiting(ct, context, record);
  return record;
}

/** What this task once brought about and the configuration no longer wants. */
function givenUp(ct: Container, names: readonly string[], last: Stamp | undefined): string[] {
  const outputs = Object.keys(last?.outputs ?? {}).filter((name) => name !== 'protection');
  return outputs.filter((name) => !names.includes(name) && !isIgnored(ct, name));
}

/** A clone is born with all that its source has; what this guest does not want of it goes once, at its birth. */
function inherited(
  ct: Container,
  names: readonly string[],
  last: Stamp | undefined,
  context: TaskContext<Facts>,
): string[] {
  const { keys, lxc } = bornWith(stepOf(ct, 'define'), last, context.stamp);
  return [...keys, ...lxc.map(normalLine)].filter((name) => !names.includes(name) && !isIgnored(ct, name));
}

function formerGpus(last: Stamp | undefined): string[] {
  const recorded = last?.outputs.gpus ?? '';
  return recorded.startsWith('"')
    ? String(JSON.parse(recorded))
        .split(' ')
        .map((name) => `/dev/${name}`)
    : [];
}

function deviceOf({ conf }: LXCContainer, key: string): string {
  return /^dev\d+$/.test(key) ? (parseProperties(conf.keys.get(key) ?? '', 'path').get('path') ?? '') : '';
}

/** Says what the running container does not have yet, unless this run goes on to restart it. */
function tellWaiting(
  ct: Container,
  context: TaskContext<Facts>,
  record: Readonly<Record<string, string>> | undefined,
): void {
  if (ct.state !== 'running' || restarts(ct, context)) return;
  const last = context.stamp(context.task);
  const stamp = (task: string) =>
    task === context.task && last ? { ...last, outputs: { ...last.outputs, ...record } } : undefined;
  const names = waiting(ct, context.facts(), stamp);
  if (names.length > 0) context.log(waitsWords(ct, names));
}
