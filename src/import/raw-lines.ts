/** Raw lxc lines and switches of the old container file in the keys that pct has for them. It knows no other key. */

import type { Json } from '../core/json.ts';
import { lxcKeySince } from '../proxmox/lxc-keys.ts';
import { handsSecret, type Old } from './ledger.ts';
import { flag } from './values.ts';
import type { Guest } from './work.ts';

const switches = ['nesting', 'keyctl', 'fuse', 'mknod', 'force_rw_sys'];

/** `pct_options`: `nesting=1`, one each. */
export function pctOptions(guest: Guest, old: Old | undefined): void {
  const { draft } = guest;
  if (old?.isEmpty) old.drop('an empty list');
  for (const one of old?.isEmpty === false ? old.items() : []) {
    // Several in one text are what pct itself would take.
    const odd: string[] = [];
    let target = draft.at(['features']);
    for (const pair of String(one.value)
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '')) {
      const [key = '', value = '1'] = pair.split(/\s*=\s*/);
      const made = flag(value);
      if (switches.includes(key) && !('dropped' in made)) target = draft.set(['features', key], made.value);
      else if (key === 'mount')
        target = draft.set(
          ['features', key],
          value.split(';').filter((type) => /^[a-z0-9]+$/.test(type)),
        );
      else odd.push(pair);
    }
    if (odd.length === 0 && String(one.value).trim() !== '') one.carry(target);
    else if (target.path.length > 1) one.doubt(target, `pct has no such switch: ${odd.join(', ')}`);
    else one.drop('pct has no such switch');
  }
}

/** What a line is better said as; undefined: it stays a raw line. */
function better(key: string, value: string): { set?: readonly [string, Json]; why: string } | undefined {
  if (key === 'lxc.apparmor.profile' && value === 'unconfined')
    return {
      set: ['nesting', true],
      why: "Proxmox's own profile with nesting: unconfined gives up more than Docker or systemd need",
    };
  if (key === 'lxc.apparmor.allow_nesting')
    return { set: ['nesting', value !== '0'], why: 'pct has a switch for it' };
  if (/^lxc\.cgroup2?\.devices\.allow$/.test(key) && /^a\b/.test(value))
    return { why: 'it gave all devices of the node to the container' };
  if (/^lxc\.cgroup2?\.devices\.allow$/.test(key) && /^c (195|243|5\d\d):/.test(value))
    return { why: 'Proxmox sets the rules for devices itself: gpus' };
  if (key === 'lxc.mount.entry' && /^\/dev\/fuse\s/.test(value))
    return { set: ['fuse', true], why: 'pct has a switch for it' };
  if (key === 'lxc.mount.entry' && /^\/dev\/nvidia/.test(value))
    return { why: 'Proxmox makes the nodes of devices itself: gpus' };
  if (key === 'lxc.mount.auto' && /\bsys:rw\b/.test(value))
    return { set: ['force_rw_sys', true], why: 'pct has a switch for a writable /sys' };
  if (key === 'lxc.mount.auto' && /^proc:(rw|mixed)$/.test(value))
    return { why: 'an unprivileged container writes to what it may of /proc anyway' };
  if (key === 'lxc.cap.keep')
    return { why: 'it takes away all other capabilities, without which Docker and systemd do not run' };
  if (key === 'lxc.include') return { why: 'Proxmox includes what a container needs itself' };
  if (key === 'lxc.idmap') return { why: 'the usual mapping (0 to 100000) needs no line' };
  return undefined;
}

/** `lxc_options`: raw lines. */
export function lxcOptions(guest: Guest, old: Old | undefined): void {
  if (old?.isEmpty) old.drop('an empty list');
  const raw: Json[] = [];
  for (const one of old?.isEmpty === false ? old.items() : []) {
    const line = /^\s*(lxc\.[a-z0-9_.-]+)\s*[:=\s]\s*(\S.*?)\s*$/.exec(String(one.value));
    const [, key = '', value = ''] = line ?? [];
    if (line === null) one.drop('it is no line of lxc');
    else if (lxcKeySince(key) === undefined)
      one.drop(`lxc has no key ${key}: Proxmox drops it at its next write`);
    else {
      const said = better(key, value);
      const known = said?.set;
      if (known) one.repair(guest.draft.set(['features', known[0]], known[1]), said.why);
      else if (said) one.drop(said.why);
      else if (handsSecret([value]))
        one.conceal('a secret has no place in a file: read it from one in the guest');
      else {
        raw.push(`${key}: ${value}`);
        one.doubt(
          guest.draft.set(['lxc'], [...raw]),
          'Raw lines, as the old file had them: look whether they are still wanted.',
        );
      }
    }
  }
}

/** `apparmor_profile` and what went with it. */
export function apparmor(guest: Guest, old: Old): void {
  const { draft } = guest;
  const [profile, nesting] = [old.at('apparmor_profile'), old.at('apparmor_manages_nesting')];
  nesting?.drop('it counted for profiles of the old system alone; features.nesting says it');
  if (profile === undefined) return;
  const name = String(profile.value).trim();
  if (['', 'generated', 'default'].includes(name)) {
    profile.drop("Proxmox's own profile is used anyway");
    return;
  }
  const target = draft.set(['features', 'nesting'], true);
  if (name === 'unconfined') {
    profile.repair(
      target,
      "Proxmox's own profile with nesting: unconfined gives up more than Docker or systemd need",
    );
    return;
  }
  const way = `Proxmox's own profile with nesting. If ${name} is still wanted: its file under hypervisor.apparmor.profiles, and lxc: ['lxc.apparmor.profile: ${name}']. The old system loaded it under another name.`;
  profile.doubt(target, way);
}
