/** The files of the HA manager in /etc/pve/ha: which guests it keeps, and where they may run. From documentation (pve-ha-manager 9.2). */

import { sorted } from '../../proxmox/conf.ts';
import { refuse } from '../call.ts';
import { makeDirs, putFile } from '../files.ts';
import { placeOf } from '../guests.ts';
import type { TwinState } from '../state.ts';

export const resourcesFile = '/etc/pve/ha/resources.cfg';
export const rulesFile = '/etc/pve/ha/rules.cfg';

export interface Section {
  readonly type: string;
  readonly id: string;
  readonly options: Map<string, string>;
}

/** What a resource is wanted to be. */
export const requestStates = ['started', 'stopped', 'enabled', 'disabled', 'ignored'] as const;

export function parseSections(text: string): Section[] {
  const sections: Section[] = [];
  for (const line of text.split('\n')) {
    const [, type, id] = /^(\S+):\s*(\S+)\s*$/.exec(line) ?? [];
    if (type !== undefined && id !== undefined) sections.push({ type, id, options: new Map() });
    const [, key, value] = /^\s+(\S+)\s*(.*?)\s*$/.exec(line) ?? [];
    if (key !== undefined) sections.at(-1)?.options.set(key, value || '1');
  }
  return sections;
}

export function printSections(sections: readonly Section[]): string {
  return sections
    .map(({ type, id, options }) => {
      const lines = sorted(options.keys()).map((key) => `\t${key} ${options.get(key)}\n`);
      return `${type}: ${id}\n${lines.join('')}\n`;
    })
    .join('');
}

export function sectionsOf(state: TwinState, file: string): Section[] {
  return parseSections(state.files[file]?.text ?? '');
}

export function writeSections(state: TwinState, file: string, sections: readonly Section[]): void {
  makeDirs(state.files, '/etc/pve/ha');
  putFile(state.files, file, printSections(sections), 0o640);
}

/** `ct:900`. */
export function sidOf({ type, id }: Section): string {
  return `${type}:${id}`;
}

/** `ct:900`, `vm:100` or the id alone, of a guest of the cluster. */
export function parseSid(state: TwinState, text: string): { sid: string; type: 'ct' | 'vm'; id: string } {
  const [, said, id = ''] = /^(?:(ct|vm):)?(\d+)$/.exec(text) ?? [];
  if (id === '') return refuse(`unable to parse service id '${text}'`);
  const type = said === 'ct' || said === 'vm' ? said : placeOf(state, id)?.kind;
  if (type === undefined) return refuse(`guest '${id}' does not exist`);
  return { sid: `${type}:${id}`, type, id };
}

/** Whether a resource is the HA manager's business: it is in its list, and not to be ignored. */
export function isManaged(state: TwinState, sid: string): boolean {
  const found = state.files[resourcesFile] && resourceOf(state, sid);
  return found !== undefined && found.options.get('state') !== 'ignored';
}

export function resourceOf(state: TwinState, sid: string): Section | undefined {
  return sectionsOf(state, resourcesFile).find((one) => sidOf(one) === sid);
}

/** Writes what a resource is wanted to be. */
export function wish(state: TwinState, sid: string, wanted: string): void {
  const sections = sectionsOf(state, resourcesFile);
  const found = sections.find((one) => sidOf(one) === sid);
  if (!found) return;
  // What is the default is not written.
  if (wanted === 'started') found.options.delete('state');
  else found.options.set('state', wanted);
  writeSections(state, resourcesFile, sections);
}

/** Takes a guest out of all that HA knows of it. */
export function forget(state: TwinState, sid: string): void {
  const resources = sectionsOf(state, resourcesFile);
  if (!resources.some((one) => sidOf(one) === sid)) return;
  writeSections(
    state,
    resourcesFile,
    resources.filter((one) => sidOf(one) !== sid),
  );
  const rules = sectionsOf(state, rulesFile).flatMap((rule) => {
    const left = listOf(rule, 'resources').filter((one) => one !== sid);
    rule.options.set('resources', left.join(','));
    return left.length > 0 ? [rule] : [];
  });
  if (state.files[rulesFile]) writeSections(state, rulesFile, rules);
}

export function listOf({ options }: Section, key: string): string[] {
  return (options.get(key) ?? '').split(',').filter((part) => part !== '');
}
