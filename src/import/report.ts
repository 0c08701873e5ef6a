/** The account of an import for people: the same thing of many guests is one line. It knows no key. */

import { formatPath } from '../config/path.ts';
import type { Imported, ReportEntry } from './index.ts';
import type { Fate } from './ledger.ts';

const titles: readonly (readonly [Fate, string])[] = [
  ['carried', 'Carried: the same value under its new name'],
  ['repaired', 'Repaired: the same meaning, said otherwise'],
  ['dropped', 'Dropped'],
  ['added', 'Added: what the old files did not say'],
  ['doubtful', 'Doubtful: look at these; the files say so, too'],
];

interface Group {
  readonly place: string;
  readonly why: string;
  readonly who: Set<string>;
  count: number;
}

/** The account as lines. */
export function reportLines({ entries }: Pick<Imported, 'entries'>): string[] {
  return titles.flatMap(([fate, title]) => {
    const own = entries.filter((entry) => entry.fate === fate);
    if (own.length === 0) return [];
    return [`${title} (${own.length})`, ...filesOf(own).flatMap((file) => section(file, own)), ''];
  });
}

function filesOf(entries: readonly ReportEntry[]): string[] {
  return [...new Set(entries.map(({ from }) => from?.file ?? ''))];
}

function section(file: string, entries: readonly ReportEntry[]): string[] {
  const groups = new Map<string, Group>();
  for (const entry of entries) {
    if ((entry.from?.file ?? '') !== file) continue;
    const [place, why] = [formOf(entry), entry.why ?? ''];
    const group = groups.get(`${place}\0${why}`) ?? { place, why, who: new Set(), count: 0 };
    groups.set(`${place}\0${why}`, group);
    group.count++;
    for (const who of whoOf(entry)) group.who.add(who);
  }
  const head = file === '' ? [] : [`  ${file}`];
  return [...head, ...joined([...groups.values()]).flatMap(lines)];
}

/** What has the same reason and is about the same guests is told together. */
function joined(groups: readonly Group[]): Group[][] {
  const all = new Map<string, Group[]>();
  for (const [at, group] of groups.entries()) {
    const key = group.why === '' ? String(at) : `${group.why}\0${[...group.who].join(' ')}`;
    all.set(key, [...(all.get(key) ?? []), group]);
  }
  return [...all.values()];
}

function lines(groups: readonly Group[]): string[] {
  const [first] = groups;
  if (first === undefined) return [];
  const most = Math.max(...groups.map(({ count }) => count));
  const many = first.who.size > 8 ? `${first.who.size} guests` : [...first.who].join(' ');
  const times = first.who.size === 0 && most > 1 ? `${most} of them` : many;
  const end = times === '' ? '' : `  (${times})`;
  const places = groups.map(({ place }) => place);
  // Pairs stand in a line each, names alone beside each other.
  const told = places.some((place) => place.includes(' → '))
    ? places.map((place) => `${place}${end}`)
    : [`${places.join(', ')}${end}`];
  return [
    ...told.flatMap((place) => folded(place, '    ')),
    ...(first.why === '' ? [] : folded(first.why, '        ')),
  ];
}

/** Lines of a bearable length. */
function folded(text: string, indent: string): string[] {
  const out: string[] = [];
  let line = indent;
  for (const word of text.split(' ')) {
    if (line.length + word.length > 108 && line.trim() !== '') {
      out.push(line.trimEnd());
      line = `${indent}  `;
    }
    line += `${word} `;
  }
  return [...out, line.trimEnd()];
}

/** Old and new place, with stars for what is another one in each guest. */
function formOf({ from, to }: ReportEntry): string {
  const old = from === undefined ? undefined : formatPath(from.path.map(starred));
  const isOfMany = from === undefined || from.path.some((part) => starred(part) === '*');
  const places = to.map(({ file, path }) => {
    const at = isOfMany ? (named[String(path[0])] ?? -1) : -1;
    return `${fileForm(file)} ${formatPath(path.map((part, index) => (index === at ? '*' : starred(part))))}`.trim();
  });
  const both = [...new Set(places)].join(' and ');
  return [...(old === undefined ? [] : [old]), ...(both === '' ? [] : [both])].join(' → ');
}

/** Where in a path the name of one of many stands. */
const named: Readonly<Record<string, number>> = {
  ...{ zfs: 2, samba: 2, nfs: 2, firewall: 2 },
  ...{ storage: 1, directories: 1 },
};

/** Ids and positions; other names stay, since they say what is meant. */
function starred(part: string | number): string {
  return /^(mp)?\d+$/.test(String(part)) ? String(part).replace(/\d+/, '*') : String(part);
}

function fileForm(file: string): string {
  return file
    .replace(/^config\//, '')
    .replace(/^guests\/.*/, 'guests:')
    .replace(/\.json5$/, ':');
}

/** The guests that a value is about. */
function whoOf({ from, to }: ReportEntry): string[] {
  const ids = to.flatMap(({ file }) => /^config\/guests\/(\d+)-/.exec(file)?.[1] ?? []);
  const own = from?.path[0] === 'lxc_configs' && from.path.length > 1 ? [String(from.path[1])] : [];
  return ids.length > 0 ? ids : own;
}

/** The account as data, an entry for every value of the old files. */
export function reportEntries({ entries }: Pick<Imported, 'entries'>) {
  return entries.map(({ fate, from, to, why }) => ({
    fate,
    ...(from === undefined
      ? {}
      : {
          from: {
            file: from.file,
            path: formatPath(from.path),
            ...('value' in from ? { value: from.value } : {}),
          },
        }),
    to: to.map(({ file, path }) => ({ file, path: formatPath(path) })),
    ...(why === undefined ? {} : { why }),
  }));
}
