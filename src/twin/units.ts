/** Which systemd units the node has, and in which state they are. It knows no command. */

import { isFile } from './files.ts';
import type { Timer } from './machine-state.ts';
import type { TwinState, UnitState } from './state.ts';

const unitDirs = [
  '/etc/systemd/system',
  '/lib/systemd/system',
  '/usr/lib/systemd/system',
  '/run/systemd/system',
];

/** `chrony` → `chrony.service`; another kind of unit says so itself. */
export function fullName(name: string): string {
  return /\.(service|timer|socket|target|mount|path|slice|scope|swap|device)$/.test(name)
    ? name
    : `${name}.service`;
}

/** Under which name the state keeps a unit: a service without its ending. */
export function shortName(name: string): string {
  return fullName(name).replace(/\.service$/, '');
}

/** The transient timer of a unit's name: that of the timer, or of the service that it starts. */
export function timerOf(state: TwinState, name: string): Timer | undefined {
  const unit = name.replace(/\.(timer|service)$/, '');
  return state.timers?.find((timer) => timer.unit === unit);
}

/** A unit as it is: one that was installed, or one whose file an admin wrote. */
export interface Unit extends UnitState {
  /** Its UnitFileState, where that is neither `enabled` nor `disabled`. */
  readonly file?: string;
}

export function findUnit(state: TwinState, name: string): Unit | undefined {
  const known = state.units[shortName(name)];
  if (known) return known;
  if (timerOf(state, fullName(name)))
    return { active: fullName(name).endsWith('.timer'), enabled: false, file: 'transient' };
  const written = unitDirs.some((dir) => isFile(state.files, `${dir}/${fullName(name)}`));
  return written ? { active: false, enabled: false } : undefined;
}

/** A unit to change it; undefined when there is none. */
export function unitOf(state: TwinState, name: string): UnitState | undefined {
  const found = findUnit(state, name);
  if (!found || found.file === 'transient') return found && { ...found };
  const key = shortName(name);
  state.units[key] ??= { active: found.active, enabled: found.enabled };
  return state.units[key];
}
