/** Parses the answer of a facts sweep and lays it over what was known before. Pure; the format is told in sweep.ts. */

import type {
  ClockFacts,
  DirectoryFacts,
  Facts,
  GuestFacts,
  HostFacts,
  LargeFile,
  PciDevice,
  UnitFacts,
  Zpool,
} from './facts.ts';
import { parseLayers } from './guest-layer.ts';
import { parseGroups, parseRooms } from './parse-rooms.ts';

/** What one sweep answered; `host` only when it was asked for. */
export interface SweepAnswer {
  readonly host?: HostFacts;
  readonly clock?: ClockFacts;
  readonly guests: readonly GuestFacts[];
  readonly files: ReadonlyMap<string, string | undefined>;
  readonly dirs: ReadonlyMap<string, DirectoryFacts | undefined>;
  readonly units: ReadonlyMap<string, UnitFacts>;
}

interface Section {
  readonly name: string;
  readonly rest: string;
  readonly lines: string[];
}

/** Throws when the sweep was cut off, or speaks another version. */
export function parseSweep(stdout: string): SweepAnswer {
  const sections = splitSections(stdout);
  if (sections[0]?.name !== 'sweep' || sections[0].rest !== '1')
    throw new Error('the node did not answer the facts sweep');
  if (sections.at(-1)?.name !== 'end') throw new Error('the facts sweep was cut off before its end');
  const guests: GuestFacts[] = [];
  const files = new Map<string, string | undefined>();
  const dirs = new Map<string, DirectoryFacts | undefined>();
  const units = new Map<string, UnitFacts>();
  for (const [at, section] of sections.entries()) {
    if (section.name === 'guest') guests.push(parseGuest(section, sections.slice(at + 1, at + 3)));
    else if (section.name === 'file') files.set(section.rest, textOf(section));
    else if (section.name === 'absent') files.set(section.rest, undefined);
    else if (section.name === 'dir') dirs.set(...parseDir(section.rest));
    else if (section.name === 'nodir') dirs.set(section.rest, undefined);
    else if (section.name === 'unit') units.set(...parseUnit(section.rest));
  }
  const host = parseHost(sections);
  const clock = parseClock(sections.find(({ name }) => name === 'clock'));
  return { ...(host ? { host } : {}), ...(clock ? { clock } : {}), guests, files, dirs, units };
}

/** The facts after a sweep of `scopes`: what was asked for is replaced, everything else stays. */
export function mergeFacts(before: Facts | undefined, scopes: readonly string[], answer: SweepAnswer): Facts {
  const host = answer.host ?? before?.host;
  if (!host) throw new Error('the first facts sweep must ask for the host');
  const clock = answer.clock ?? before?.clock;
  return {
    ...{ host, guests: mergeGuests(before?.guests, scopes, answer), ...(clock ? { clock } : {}) },
    ...{ files: laidOver(before?.files, answer.files), dirs: laidOver(before?.dirs, answer.dirs) },
    units: laidOver(before?.units, answer.units),
  };
}

function mergeGuests(
  before: Facts['guests'] = new Map(),
  scopes: readonly string[],
  answer: SweepAnswer,
): Facts['guests'] {
  const asked = scopes.filter((scope) => scope.startsWith('guest:'));
  const all = scopes.includes('guests');
  if (!all && asked.length === 0 && answer.guests.length === 0) return before;
  const guests = new Map(all ? [] : before);
  for (const scope of asked) guests.delete(Number(scope.slice(6)));
  for (const guest of answer.guests) guests.set(guest.id, guest);
  return guests;
}

/** Most sweeps ask for one thing: what is not touched is handed on, not copied, since a fleet has thousands of entries. */
function laidOver<Value>(
  before: ReadonlyMap<string, Value> = new Map(),
  answer: ReadonlyMap<string, Value>,
): ReadonlyMap<string, Value> {
  return answer.size === 0 ? before : new Map([...before, ...answer]);
}

function parseClock(section: Section | undefined): ClockFacts | undefined {
  const [ahead, synchronized] = section?.rest.split(' ') ?? [];
  if (ahead === undefined || !/^-?\d+$/.test(ahead)) return undefined;
  const known = synchronized === 'yes' || synchronized === 'no';
  return { ahead: Number(ahead), ...(known ? { synchronized: synchronized === 'yes' } : {}) };
}

function splitSections(stdout: string): Section[] {
  const sections: Section[] = [];
  for (const line of stdout.split('\n')) {
    if (line.startsWith('|')) sections.at(-1)?.lines.push(line.slice(1));
    else if (line.startsWith('@')) {
      const blank = line.indexOf(' ');
      const name = blank < 0 ? line.slice(1) : line.slice(1, blank);
      sections.push({ name, rest: blank < 0 ? '' : line.slice(blank + 1), lines: [] });
    }
  }
  return sections;
}

function textOf(section: Section): string {
  return section.lines.length === 0 ? '' : `${section.lines.join('\n')}\n`;
}

function parseGuest(section: Section, next: readonly Section[]): GuestFacts {
  const [kind, id, state, start] = section.rest.split(' ');
  const own = (name: string, among = next) =>
    among.find((candidate) => candidate.name === name && candidate.rest === id);
  const cut = next[0]?.name === 'cut' && own('cut') !== undefined;
  const layers = own('layers', cut ? next : next.slice(0, 1));
  const text = textOf(section);
  return {
    id: Number(id),
    kind: kind === 'vm' ? ('vm' as const) : ('ct' as const),
    running: state === 'running',
    ...(state === 'unknown' ? { unknown: true as const, ...(start ? { node: start } : {}) } : {}),
    ...(start && state !== 'unknown' ? { start } : {}),
    conf: cut ? text.replace(/\n$/, '') : text,
    ...(layers ? { layers: parseLayers(layers.lines.join('\n')) } : {}),
  };
}

function parseDir(rest: string): [string, DirectoryFacts] {
  const [, names = '', numbers = '', mode = '', path = ''] = /^(\S+) (\S+) (\S+) (.*)$/.exec(rest) ?? [];
  const [user = '', group = ''] = names.split(':');
  const [uid = 0, gid = 0] = numbers.split(':').map(Number);
  return [path, { user, group, uid, gid, mode }];
}

/** `enabled-runtime` counts as enabled: it is what systemd would start at a boot, were there one now. */
function parseUnit(rest: string): [string, UnitFacts] {
  const [name = '', active = '-', file = '-'] = rest.split(' ');
  const known = active !== '-';
  return [
    name,
    { known, active: active === 'active' || active === 'reloading', enabled: file.startsWith('enabled') },
  ];
}

function parseHost(sections: readonly Section[]): HostFacts | undefined {
  const section = (name: string) => sections.find((candidate) => candidate.name === name);
  const node = section('node');
  if (!node) return undefined;
  const lines = (name: string) => section(name)?.lines ?? [];
  const [name = '', machineId = '', bootId = '', kernel = '', memory = '0', cores] = node.rest.split(' ');
  const zone = section('time')?.rest ?? '-';
  const disks = lines('disks').map((line) => splitAt(line, '\t'));
  const nvidia = new Map(lines('nvidia').map((line) => splitAt(line, ' ')));
  const loaded = nvidia.get('loaded');
  const installed = nvidia.get('installed');
  return {
    node: {
      ...{ name, machineId, bootId, kernel, memory: Math.floor(Number(memory) / 1024) },
      ...(Number(cores) > 0 ? { cores: Number(cores) } : {}),
    },
    ...(zone === '-' ? {} : { timezone: zone }),
    cmdline: lines('cmdline').join(' ').trim(),
    bootloader: section('boot')?.rest === 'systemd-boot' ? 'systemd-boot' : 'grub',
    kernels: lines('kernels'),
    iommuGroups: Number(section('iommu')?.rest ?? 0),
    pci: lines('pci').map(parsePci),
    bridges: new Set(lines('interfaces')),
    packages: new Map(lines('packages').map((line) => splitAt(line, '\t'))),
    modules: new Set(lines('modules')),
    nvidia: {
      ...(loaded ? { loaded } : {}),
      ...(installed ? { installed } : {}),
      devices: lines('nvidia').flatMap((line) => (line.startsWith('device ') ? [line.slice(7)] : [])),
    },
    gpus: lines('gpus').length,
    disks: new Set(disks.map(([path]) => path)),
    deviceOf: new Map(disks.filter(([, device]) => device !== '')),
    blocks: lines('blocks'),
    storageCfg: section('storage') ? textOf(section('storage') as Section) : '',
    templates: lines('templates').map(parseLargeFile),
    images: lines('images').map(parseLargeFile),
    ...(section('rooms') ? { rooms: parseRooms(lines('rooms')) } : {}),
    ...(section('groups') ? { groups: parseGroups(lines('groups'), lines('logical')) } : {}),
    zpools: parseZpools(lines('zpools'), lines('vdevs'), lines('pools')),
    datasets: parseDatasets(lines('zfs')),
  };
}

function parseLargeFile(line: string): LargeFile {
  const [size, path] = splitAt(line, ' ');
  return { path, size: Number(size) };
}

function parsePci(line: string): PciDevice {
  const [address = '', id = '', deviceClass = '', driver = '-'] = line.split(' ');
  return { address, id, class: deviceClass, ...(driver === '-' ? {} : { driver }) };
}

function parseZpools(
  pools: readonly string[],
  vdevs: readonly string[],
  properties: readonly string[],
): Map<string, Zpool> {
  const got = properties.map((line) => line.split('\t'));
  const disks = vdevs.map((line) => line.split('\t'));
  return new Map(
    pools.map((line) => {
      const [name = '', size = '0', free = '0', health = ''] = line.split('\t');
      const own = disks
        .filter(([pool]) => pool === name)
        .map(([, kind = 'disk', disk = '']) => ({ kind, disk }));
      const set = got
        .filter(([pool]) => pool === name)
        .map(([, key = '', value = '']): [string, string] => [key, value]);
      const figures = { name, size: Number(size), free: Number(free), health };
      return [name, { ...figures, vdevs: own, properties: new Map(set) }];
    }),
  );
}

function parseDatasets(lines: readonly string[]): Map<string, Map<string, string>> {
  const datasets = new Map<string, Map<string, string>>();
  for (const line of lines) {
    const [name = '', property = '', value = ''] = line.split('\t');
    const properties = datasets.get(name) ?? new Map<string, string>();
    properties.set(property, value);
    datasets.set(name, properties);
  }
  return datasets;
}

function splitAt(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
