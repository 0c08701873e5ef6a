/** The simulated node without what may differ between two equal builds: ids, tokens, times, the order of events. */

import type { TwinState } from '../src/twin/state.ts';

/** Parts of the state that tell of the machine, of the past, or of the moment. */
const left = [
  'version',
  'id',
  'hardware',
  'machineId',
  'bootId',
  'bootedAt',
  'ahead',
  'events',
  'faults',
  'timers',
  'workers',
  'busy',
  'tasks',
];

export function worldOf(state: TwinState): unknown {
  const { guests, storages, files, modules, ...rest } = state;
  const own = Object.entries(rest).filter(([key]) => !left.includes(key));
  const text = JSON.stringify({
    guests: Object.fromEntries(
      Object.entries(guests).map(([id, { conf, tree, running }]) => [
        id,
        {
          conf: conf.split('\n').map(untimed),
          running: running !== undefined,
          ...{ ...tree, events: undefined },
        },
      ]),
    ),
    storages: [...storages].sort((a, b) => (a.id < b.id ? -1 : 1)),
    files: sorted(Object.fromEntries(Object.entries(files).filter(([path]) => !path.startsWith('/var/log')))),
    modules: [...modules].sort(),
    ...Object.fromEntries(own.map(([key, value]) => [key, sorted(value)])),
  });
  // Values of API tokens are drawn anew, too.
  const uuid = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
  const born = text
    .replace(/incarnation([= ])\w+/g, 'incarnation$1x')
    .replace(/identity \w+(?= \d)/g, 'identity x')
    // What cloud-init takes for another instance is made of the incarnation.
    .replace(/\bphx-(token\d+|[0-9a-f]{12})\b/g, 'phx-x');
  // That of a VM is made of its UUID.
  return JSON.parse(born.replace(uuid, 'uuid').replace(/\b[0-9a-f]{32}\b/g, 'machine id'));
}

function sorted(value: unknown): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function untimed(line: string): string {
  return line.replace(/^snaptime: \d+$/, 'snaptime: x').replace(/^(meta: .*ctime=)\d+/, '$1x');
}
