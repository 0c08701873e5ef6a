/** `zpool get` and `set`: built from the OpenZFS 2.2 manual and source; nothing was recorded. */

import { type Call, refuse } from './call.ts';
import { humanSize } from './sizes.ts';
import { poolProperty } from './zfs-facts.ts';

/** Properties that can be set, with their values; null: any text. */
const settable: Readonly<Record<string, readonly string[] | null>> = {
  ashift: null,
  autoexpand: ['on', 'off'],
  autoreplace: ['on', 'off'],
  autotrim: ['on', 'off'],
  bootfs: null,
  cachefile: null,
  comment: null,
  delegation: ['on', 'off'],
  failmode: ['wait', 'continue', 'panic'],
  listsnapshots: ['on', 'off'],
};

/** Why a property cannot be set to a value, in zpool's words. */
export function wrongProperty(name: string, value: string): string | undefined {
  if (name.startsWith('feature@') || /^[a-z][a-z0-9_.-]*:[\w:.-]+$/.test(name)) return undefined;
  const values = Object.hasOwn(settable, name) ? settable[name] : undefined;
  if (values === undefined) return `invalid property '${name}'`;
  if (values && !values.includes(value)) return `'${name}' must be one of '${values.join(' | ')}'`;
  return undefined;
}

export function setProperty(call: Call, args: readonly string[]): undefined {
  const [assignment = '', name, more] = args;
  const equals = assignment.indexOf('=');
  const line = '\nusage:\n\tset <property=value> <pool>';
  if (name === undefined)
    refuse(`missing ${assignment === '' ? 'property=value' : 'pool name'} argument${line}`, 2);
  if (equals < 0) refuse(`missing value in property=value argument${line}`, 2);
  if (more !== undefined) refuse(`too many pool names${line}`, 2);
  const pool = call.state.pools[name] ?? refuse(`cannot open '${name}': no such pool`, 1);
  const [key, value] = [assignment.slice(0, equals), assignment.slice(equals + 1)];
  const wrong = wrongProperty(key, value);
  if (wrong !== undefined) refuse(`cannot set property for '${name}': ${wrong}`, 1);
  pool.options[key] = value;
  return undefined;
}

export function getProperties(call: Call, args: readonly string[]): undefined {
  const at = args.indexOf('-o');
  const columns = (at < 0 ? 'name,property,value,source' : (args[at + 1] ?? '')).split(',');
  const [properties = '', ...names] = args.filter((arg, n) => !arg.startsWith('-') && args[n - 1] !== '-o');
  const letters = args.filter((arg) => /^-[Hp]+$/.test(arg)).join('');
  if (properties === '')
    refuse('missing property argument\nusage:\n\tget [-Hp] [-o ...] <property> <pool> ...', 2);
  if (!letters.includes('H')) call.out(`${columns.map((column) => column.toUpperCase()).join('  ')}\n`);
  for (const name of names.length > 0 ? names : Object.keys(call.state.pools).sort()) {
    if (!call.state.pools[name]) refuse(`cannot open '${name}': no such pool`, 1);
    for (const property of properties.split(',')) {
      const found =
        poolProperty(call.state, name, property) ??
        refuse(`bad property list: invalid property '${property}'`, 2);
      const bytes = found.source === '-' && /^\d{4,}$/.test(found.value) && !letters.includes('p');
      const value = bytes ? humanSize(Number(found.value)) : found.value;
      const cells: Readonly<Record<string, string>> = { name, property, value, source: found.source };
      call.out(
        `${columns.map((column) => cells[column] ?? '-').join(letters.includes('H') ? '\t' : '  ')}\n`,
      );
    }
  }
  return undefined;
}
