/**
 * A guest that stands on the node as a file of the configuration: its fields over what the files beneath say already, what
 * they cannot say, and what a person is to know. Pure: facts in, text out; nothing is asked, written or sent.
 */

import { type Fields, isObject, merge } from '../config/layer.ts';
import type { Json } from '../core/json.ts';
import type { GuestFacts } from '../proxmox/facts.ts';
import { confOf } from '../proxmox/guest-conf.ts';
import { readContainer } from './container.ts';
import { differenceTo } from './differ.ts';
import { fitsOf } from './fits.ts';
import { readVm } from './machine.ts';
import { lostLines, notesOf } from './notes.ts';
import { type Printed, printGuest, visible } from './print.ts';
import type { Left } from './reading.ts';
import { readRest } from './rest.ts';
import type { AdoptScene } from './scene.ts';

/** What is to become a file. */
export interface Draft {
  readonly guest: GuestFacts;
  readonly name: string;
  /** Path from the project's folder. */
  readonly path: string;
  /** In the form in which files are written. */
  readonly fields: ReadonlyMap<string, Json>;
  readonly left: readonly Left[];
  readonly notes: readonly string[];
  readonly printed: Printed;
}

/** Keys that a file of a guest cannot do without. */
const required = ['id', 'kind', 'hostname', 'name', 'memory', 'unprivileged', 'rootfs', 'disk'];

const origins = ['ostemplate', 'image', 'clone'];

/** What a file says of a key whose value it cannot say, where it has to say something. */
const stopgaps: Readonly<Record<string, Json>> = { memory: 512, swap: 512, agent: false };

/** What a former try came to. */
export interface Tried {
  /** Keys that the configuration does not take as they are, each with the reason. */
  readonly without: ReadonlyMap<string, string>;
  /** Everything is said, also what the files beneath say already. */
  readonly whole: boolean;
}

export function draftOf(
  guest: GuestFacts,
  scene: AdoptScene,
  { without, whole }: Tried = { without: new Map(), whole: false },
): Draft | { readonly refused: string } {
  const conf = confOf(guest);
  const { id, kind } = guest;
  const reading = kind === 'ct' ? readContainer(id, conf, fitsOf('ct')) : readVm(id, conf, fitsOf('vm'));
  if (reading.refused !== undefined) return { refused: reading.refused };
  const lines = lostLines(conf);
  if (lines.length > 0)
    return {
      refused: `Proxmox drops at its next write what it cannot read: ${lines.map(visible).join(' · ')}`,
    };
  const { fields, left, ignore } = reading;
  readRest(guest, scene, reading);
  for (const [key, why] of without) {
    const value = fields.get(key);
    if (value === undefined) continue;
    const stopgap = key === 'hostname' || key === 'name' ? `${kind}${id}` : stopgaps[key];
    if (stopgap === undefined && required.includes(key)) return { refused: `${key}: ${why}` };
    if (stopgap === undefined) fields.delete(key);
    else fields.set(key, stopgap);
    if (origins.includes(key)) fields.set('adopted', true);
    // Without a word it would be booted from its root disk alone.
    if (stopgap !== undefined || key === 'boot') ignore.add(key);
    left.push({ key, value: typeof value === 'string' ? value : JSON.stringify(value), why });
  }
  const name = String(fields.get(kind === 'ct' ? 'hostname' : 'name'));
  const beneath = scene.beneath[kind];
  if (ignore.size > 0) fields.set('ignore', [...new Set([...listIn(beneath, 'ignore'), ...ignore])].sort());
  if (!keepsOrder(beneath, fields.get('firewall'))) {
    fields.delete('firewall');
    left.push({
      key: 'firewall',
      value: 'its rules',
      why: 'the defaults have some of them in another order',
    });
  }
  const own = differenceTo(beneath, new Map([...fields].sort(byPlace)), whole);
  const all = new Map<string, Json>([['id', id], ['kind', kind], ...own]);
  return {
    ...{ guest, name, left, fields: all, notes: notesOf(conf, fields, scene.known) },
    path: `config/guests/${id}-${fileName(name)}.json5`,
    printed: printGuest(all, left, commentsOf(ignore)),
  };
}

/** Rules count in their order, and what lies beneath comes first. */
function keepsOrder(beneath: Fields, firewall: Json | undefined): boolean {
  if (!isObject(firewall) || !isObject(beneath.firewall)) return true;
  const own = differenceTo(beneath, new Map([['firewall', firewall]])).get('firewall') ?? {};
  const merged = merge(beneath.firewall, own);
  const names = (value: Json) => (isObject(value) && isObject(value.rules) ? Object.keys(value.rules) : []);
  return names(merged).join(' ') === names(firewall).join(' ');
}

function listIn(fields: Fields, key: string): string[] {
  const value = fields[key];
  return Array.isArray(value) ? value.map(String) : [];
}

/** What it is and where it comes from is read first, what is to be left alone last. */
function byPlace([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return placeOf(a) - placeOf(b);
}

const first = ['hostname', 'name', 'adopted', 'ostemplate', 'image', 'clone', 'template', 'unprivileged'];
const second = [
  'state',
  'tags',
  'description',
  'layers',
  'app',
  'memory',
  'swap',
  'cores',
  'sockets',
  'cpu',
  'rootfs',
  'disk',
];

function placeOf(key: string): number {
  const at = [...first, ...second].indexOf(key);
  if (at >= 0) return at;
  return key === 'ignore' ? 1000 : key === 'firewall' ? 999 : 100;
}

function fileName(name: string): string {
  const plain = name.replace(/[^A-Za-z0-9._-]/g, '-').replace(/^[^A-Za-z0-9]+/, '');
  return plain === '' ? 'guest' : plain;
}

function commentsOf(ignore: ReadonlySet<string>): Map<string, string> {
  return new Map([
    [
      'adopted',
      'It stood before phx knew of it: what it was made of is not known. Whoever knows may write it here instead.',
    ],
    ...(ignore.size > 0
      ? [['ignore', 'Left as it is; take a key out of this list to have its value kept.'] as const]
      : []),
  ]);
}
