/** What /etc/pve/datacenter.cfg says (B156). It reads only; who changes it is `pvesh/datacenter.ts`. */

import { parseProperties } from '../proxmox/conf.ts';
import { datacenterKeys } from './datacenter-keys.ts';
import type { TwinState } from './state.ts';

export const datacenterFile = '/etc/pve/datacenter.cfg';
export const defaultMacPrefix = 'BC:24:11';

/** Keys whose parts Proxmox takes apart when it reads, and puts in order when it writes the file anew. */
export const structuredKeys = new Set([
  ...['crs', 'ha', 'migration', 'next-id', 'notify', 'tag-style', 'u2f', 'user-tag-access', 'webauthn'],
]);

export interface DatacenterSettings {
  description: string;
  readonly keys: Map<string, string>;
  /** What could not be read. */
  readonly complaints: string[];
}

/** Its settings; what is no setting is left out, and complained of. */
export function datacenterSettings(state: TwinState): DatacenterSettings {
  const settings: DatacenterSettings = { description: '', keys: new Map(), complaints: [] };
  for (const line of (state.files[datacenterFile]?.text ?? '').split('\n')) {
    const comment = /^#(.*)$/.exec(line)?.[1];
    const [, key = '', value = ''] = /^([a-z][\w-]*): *(.*?) *$/.exec(line) ?? [];
    if (comment !== undefined) settings.description += `${comment}\n`;
    else if (key !== '' && Object.hasOwn(datacenterKeys, key)) settings.keys.set(key, value);
    else if (key !== '')
      settings.complaints.push(
        `parse error in '${datacenterFile}' - '${key}': property is not defined in schema and the schema does not allow additional properties\n`,
      );
    else if (line.trim() !== '') settings.complaints.unshift(`ignore config line: ${line}\n`);
  }
  return settings;
}

/** Where the next free id of a guest is looked for. */
export function nextIdRange(state: TwinState): { lower: number; upper: number } {
  const range = parseProperties(datacenterSettings(state).keys.get('next-id') ?? '');
  return { lower: Number(range.get('lower') ?? 100), upper: Number(range.get('upper') ?? 1_000_000) };
}

/** What addresses of new network cards begin with. */
export function macPrefix(state: TwinState): string {
  return datacenterSettings(state).keys.get('mac_prefix') ?? defaultMacPrefix;
}
