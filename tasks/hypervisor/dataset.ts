/** Step `zfs:<pool>/<dataset>`: a dataset with its properties. One that is not named is never touched, none is destroyed. */

import type { PhxTask } from '../../src/config/project.ts';
import { PhxError } from '../../src/core/error.ts';
import type { Assessment, TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { zfsCreationOnly, zfsSettable } from '../../src/proxmox/sweep-host.ts';
import { zfsTask } from '../guest/names.ts';

type Properties = Readonly<Record<string, string>>;

export function datasetStep(name: string, properties: Properties, datasets: readonly string[]): PhxTask {
  return {
    id: zfsTask(name),
    target: 'hypervisor',
    title: `dataset ${name}`,
    revision: '1',
    config: properties,
    dependencies: [{ task: zfsTask(above(name, datasets)), kind: 'order' }],
    outputs: {
      exists: (facts) => (facts.host.datasets.has(name) ? true : undefined),
      ...Object.fromEntries(
        Object.keys(properties).map((key) => [
          key,
          (facts: Facts) => facts.host.datasets.get(name)?.get(key),
        ]),
      ),
    },
    assess: ({ facts }) => born(name, properties, facts),
    touches: ['host'],
    run: async (context) => {
      const wanted = context.config as Properties;
      if (context.facts().host.datasets.has(name)) await keep(name, wanted, context);
      else await create(name, wanted, context);
      return undefined;
    },
  };
}

/** The nearest described dataset that it lies in, else its pool. */
function above(name: string, datasets: readonly string[]): string {
  const parent = name.slice(0, name.lastIndexOf('/'));
  return !parent.includes('/') || datasets.includes(parent) ? parent : above(parent, datasets);
}

async function create(name: string, wanted: Properties, context: TaskContext<Facts>): Promise<void> {
  const options = Object.entries(wanted).flatMap(([key, value]) => ['-o', `${key}=${value}`]);
  const parent = name.slice(0, name.lastIndexOf('/'));
  const parents = parent.includes('/') && !context.facts().host.datasets.has(parent) ? ['-p'] : [];
  // No undo: by then the dataset may hold data.
  await context.run(['zfs', 'create', ...parents, ...options, name]);
  if ((await context.refresh(['host'])).host.datasets.has(name)) return;
  throw new PhxError('failed', { title: `zfs create ended well, but there is no dataset ${name}` });
}

async function keep(name: string, wanted: Properties, context: TaskContext<Facts>): Promise<void> {
  const present = context.facts().host.datasets.get(name) ?? new Map<string, string>();
  for (const [key, value] of Object.entries(wanted)) {
    const before = present.get(key);
    if (normalProperty(key, value) === normalProperty(key, before ?? '')) continue;
    const undo = await back(name, key, before, context);
    await context.run(['zfs', 'set', `${key}=${value}`, name], { undo });
  }
  // What phx set once and the configuration names no more goes back to what the dataset above it says.
  const recorded = Object.keys(context.stamp(context.task)?.outputs ?? {});
  for (const key of recorded.filter((one) => isSettable(one) && !Object.hasOwn(wanted, one))) {
    if ((await sourceOf(name, key, context)) !== 'local') continue;
    const undo = ['zfs', 'set', `${key}=${present.get(key)}`, name];
    await context.run(
      own.has(key) ? ['zfs', 'set', `${key}=${own.get(key)}`, name] : ['zfs', 'inherit', key, name],
      { undo },
    );
  }
}

const isSettable = (key: string): boolean => zfsSettable.some((one) => one === key);

/** Properties that cannot be inherited, with what they are when nobody set them (zfsprops(7)). */
const own: ReadonlyMap<string, string> = new Map([
  ...['quota', 'refquota', 'reservation', 'refreservation'].map((key) => [key, 'none'] as const),
  ['canmount', 'on'],
]);

async function back(
  name: string,
  key: string,
  before: string | undefined,
  context: TaskContext<Facts>,
): Promise<readonly string[]> {
  const local = own.has(key) || (await sourceOf(name, key, context)) === 'local';
  if (!local || before === undefined) return ['zfs', 'inherit', key, name];
  return ['zfs', 'set', `${key}=${own.get(key) === 'none' && before === '0' ? 'none' : before}`, name];
}

/** `local`, `default`, `inherited from …`. */
async function sourceOf(name: string, key: string, context: TaskContext<Facts>): Promise<string> {
  return (await context.ask(['zfs', 'get', '-H', '-o', 'source', key, name])).stdout.trim();
}

/** A property that ZFS only takes at birth, and that the dataset was born without. */
function born(name: string, wanted: Properties, facts: Facts): Assessment | undefined {
  const present = facts.host.datasets.get(name);
  if (!present) return undefined;
  const other = zfsCreationOnly.filter((key) => {
    const [is, value] = [present.get(key), wanted[key]];
    // `on` stands for the cipher of the day.
    if (key === 'encryption' && value === 'on') return is === 'off';
    return is !== undefined && value !== undefined && is !== value;
  });
  if (other.length === 0) return undefined;
  return {
    verdict: 'blocked',
    problem: {
      title: `There is a dataset ${name}, but made otherwise`,
      facts: other.map((key) => [key, `${present.get(key)} → ${wanted[key]}`] as const),
      hint: 'ZFS takes this only when a dataset is made. Write what it has, or make another dataset and move the data.',
      command: `zfs get ${other.join(',')} ${name}`,
    },
  };
}

const sizes = [...own.keys(), 'recordsize', 'special_small_blocks'].filter((key) => key !== 'canmount');

/** A property as `zfs get -p` prints it: sizes in bytes (powers of 1024, `none` is 0), aliases by their proper name. */
export function normalProperty(key: string, value: string): string {
  if (key === 'acltype') return { posixacl: 'posix', noacl: 'off' }[value] ?? value;
  if (!sizes.includes(key)) return value;
  if (value === 'none') return '0';
  const match = /^([\d.]+)([KMGTP])i?B?$/i.exec(value);
  if (!match) return value;
  const power = 'KMGTP'.indexOf((match[2] ?? 'K').toUpperCase()) + 1;
  return String(Math.floor(Number(match[1]) * 1024 ** power));
}
