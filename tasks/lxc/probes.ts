/** Questions of `configure` to the facts: what of the wished keys, lines, variables and cards a container has. Pure. */

import type { Container } from '../../src/config/fleet.ts';
import type { Probe } from '../../src/core/task.ts';
import { effectiveKey } from '../../src/proxmox/ct-keys.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { confOf } from '../guest/conf.ts';
import { gpusIn } from './devices.ts';
import { envIn, linesIn } from './edit.ts';

export function keyProbe(id: number, key: string, wanted: string): Probe<Facts> {
  return (facts) => {
    const guest = facts.guests.get(id);
    // Without the guest it is define that is missing; each key would only repeat that.
    return guest && effectiveKey(confOf(guest), key, wanted);
  };
}

export function gpuProbe(ct: Container): Probe<Facts> {
  return (facts) => {
    const guest = facts.guests.get(ct.id);
    if (!guest) return undefined;
    const paths = new Set(gpusIn(confOf(guest), Object.keys(ct.devs)).values());
    return [...paths].sort().map(bareName).join(' ');
  };
}

export function lineProbe(id: number, line: string): Probe<Facts> {
  return (facts) => {
    const guest = facts.guests.get(id);
    return guest && linesIn(confOf(guest)).includes(line) ? true : undefined;
  };
}

export function envProbe(id: number, name: string): Probe<Facts> {
  return (facts) => {
    const guest = facts.guests.get(id);
    return guest && envIn(confOf(guest)).get(name);
  };
}

/** Without /dev/: so that a record of many cards stays short enough to be read again. */
function bareName(path: string): string {
  return path.replace(/^\/dev\//, '');
}
