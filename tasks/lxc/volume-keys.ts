/** Keys and values of mounts, as a conf has them: which is free, who is where. Pure. */

import { parseProperties, printProperties } from '../../src/proxmox/conf.ts';

/** The wanted key, or the first free one of its kind. */
export function freeKey(wanted: string, taken: ReadonlyMap<string, string>): string {
  if (!taken.has(wanted)) return wanted;
  const kind = wanted.replace(/\d+$/, '');
  let number = 0;
  while (taken.has(`${kind}${number}`)) number++;
  return `${kind}${number}`;
}

/** What is mounted where a parked volume was. */
export function occupantOf(keys: ReadonlyMap<string, string>, value: string): string | undefined {
  const path = parseProperties(value, 'volume').get('mp');
  const found = [...keys].find(
    ([key, other]) => /^mp\d+$/.test(key) && parseProperties(other, 'volume').get('mp') === path,
  );
  return found && `${found[0]}: ${found[1]}`;
}

/** The same mount of another volume. */
export function withVolume(value: string, volume: string): string {
  const properties = parseProperties(value, 'volume').set('volume', volume);
  return printProperties(properties, ['volume', 'mp'], 'volume');
}
