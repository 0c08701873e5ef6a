/** What of a guest is not in its conf, or not only: where it comes from, layers, firewall, the HA manager. Pure. */

import type { Json } from '../core/json.ts';
import type { GuestFacts } from '../proxmox/facts.ts';
import { markOf } from '../proxmox/guest-conf.ts';
import { type HaOptions, haProjectOf, haResourcesCfg, parseHaResources } from '../proxmox/ha.ts';
import { layersKnown, notedOf } from '../proxmox/inside-note.ts';
import { readFirewall } from './firewall.ts';
import { fitsOf } from './fits.ts';
import { originOf } from './origin.ts';
import type { Reading } from './reading.ts';
import type { AdoptScene } from './scene.ts';
import { typed } from './typed.ts';

/** What is not in its conf, or not only. */
export function readRest(
  { id, kind, running, node }: GuestFacts,
  { facts, known, project }: AdoptScene,
  reading: Reading,
): void {
  const { fields, left, ignore } = reading;
  const mark = markOf(facts, id);
  const [key, value] = originOf(kind, mark, known);
  // A clone without keys of its own gets new ones: where that is not seen to be done, nobody may take it for a new one.
  const isDone = layersKnown(facts, id)?.some(
    ({ name, digest }) => name === 'identity' && digest === mark?.incarnation,
  );
  const isSafe = key !== 'clone' || isDone === true;
  fields.set(isSafe ? key : 'adopted', isSafe ? value : true);
  if (!isSafe) {
    const why = 'from outside nobody sees whether it has keys of its own: as a clone it might get new ones';
    left.push({ key, value: mark?.from ?? '', why });
  }
  // Where it would be made, if it ever were; where it lives is observed.
  if (node !== undefined && !fields.has('adopted')) fields.set('node', node);
  fields.set('state', running ? 'running' : 'stopped');
  const layers = facts.guests.get(id)?.layers ?? notedOf(facts, id)?.layers;
  const own = (layers ?? []).filter(({ name, origin }) => origin === id && /^(feature|app):/.test(name));
  // Of a guest that phx made they would be taken back, as what the configuration no longer names.
  if (!fields.has('adopted') && (layers === undefined || own.length > 0)) ignore.add('layers');
  if (own.length > 0) {
    const why = 'with which parameters is not known: whoever names them in layers has them kept up';
    left.push({ key: 'layers', value: own.map(({ name }) => name).join(', '), why });
  }
  const file = `/etc/pve/firewall/${id}.fw`;
  const text = facts.files.get(file);
  const firewall = text === undefined ? undefined : readFirewall(text);
  if (firewall !== undefined) fields.set('firewall', firewall);
  else if (text !== undefined)
    left.push({ key: 'firewall', value: file, why: 'its rules have no names of their own as comments' });
  const ha = parseHaResources(facts.files.get(haResourcesCfg)).get(id);
  if (ha === undefined) return;
  const kept = haProjectOf(ha) === project ? keptUp(ha) : undefined;
  if (kept !== undefined) {
    fields.set('ha', kept);
    return;
  }
  ignore.add('ha');
  left.push({ key: 'ha', value: printed(ha), why: 'ha: {} in its place lets phx keep it up' });
}

/** What the HA manager was told by us, without our mark; undefined where a file cannot say it. */
function keptUp(options: HaOptions): Json | undefined {
  const { state = 'started', comment = '', ...rest } = options;
  if (!['started', 'stopped', 'ignored'].includes(state)) return undefined;
  const own = comment.replace(/ ?\(phx: [^)]*\)$/, '');
  const fits = fitsOf('ct');
  const said = Object.entries(rest).map(([key, text]) => [key, typed(text, ['ha', key], fits)] as const);
  return {
    ...Object.fromEntries(said),
    ...(state === 'ignored' ? { state } : {}),
    ...(own === '' ? {} : { comment: own }),
  };
}

function printed(options: Readonly<Record<string, string>>): string {
  return Object.entries(options)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
}
