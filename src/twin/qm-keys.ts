/** Values of a VM's conf as Proxmox stores them, shared by `qm create` and `qm set`. It knows no verb. */

import { createHash } from 'node:crypto';
import { parseProperties, splitList } from '../proxmox/conf.ts';
import { type Call, refuse } from './call.ts';
import { randomHex } from './random.ts';
import { completeVmNet, randomUuid } from './vms.ts';

/** `--cdrom` is another name of `--ide2`. What `--sshkeys` names is a file; what is stored is its text, encoded as in a URL. */
export function readKeys(call: Call, given: ReadonlyMap<string, string>): Map<string, string> {
  const read = new Map(given);
  const disc = given.get('cdrom');
  if (disc !== undefined) {
    read.delete('cdrom');
    read.set('ide2', /(^|,)media=/.test(disc) ? disc : `${disc},media=cdrom`);
  }
  const keys = given.get('sshkeys');
  if (keys !== undefined) {
    const entry = call.state.files[keys];
    if (!entry || entry.dir) refuse(`can't open '${keys}' - No such file or directory`, 2);
    for (const line of entry.text.split('\n')) if (!isKey(line)) refuse('SSH public key validation error');
    read.set('sshkeys', encodeURIComponent(entry.text));
  }
  return read;
}

function isKey(line: string): boolean {
  if (/^\s*(#.*)?$/.test(line)) return true;
  return /(^|\s)(ssh-(rsa|dss|ed25519)|ecdsa-sha2-nistp\d+|sk-(ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com)\s+[A-Za-z0-9+/]+=*(\s|$)/.test(
    line,
  );
}

/** Like crypt(3) with SHA-256: the twin never has to check one. A hash that is given stays. */
export function hashedPassword(call: Call, password: string): string {
  if (/^\$(?:[156]|2[ay])(\$.+){2}/.test(password)) return password;
  const salt = randomHex(call.random, 8);
  const digest = createHash('sha256').update(`${salt}${password}`).digest('base64');
  return `$5$${salt}$${digest.replaceAll('=', '').replaceAll('+', '.')}`;
}

/** The first cgroup knows no share below 2, the second none above 10000. */
function clampedShares(call: Call, value: string): string {
  const second = (call.state.hardware.cgroup ?? 2) === 2;
  return String(second ? Math.min(10_000, Number(value)) : Math.max(2, Number(value)));
}

/** An order stands alone, without the legacy letters. */
function plainOrder(value: string): string {
  const devices = splitList(parseProperties(value, 'legacy').get('order') ?? '');
  return devices.length === 0 ? value : `order=${devices.join(';')}`;
}

/** The value of a key that is no drive. `qm create` stores tags as they were given (B92). */
export function vmValue(call: Call, key: string, value: string, verb: 'create' | 'set'): string {
  if (key === 'tags' && verb === 'set') return [...new Set(splitList(value.toLowerCase()))].sort().join(';');
  if (/^net\d+$/.test(key)) return completeVmNet(call, value);
  if (key === 'vmgenid' && value === '1') return randomUuid(call.random);
  if (key === 'cpuunits') return clampedShares(call, value);
  if (key === 'boot' && verb === 'set') return plainOrder(value);
  return value;
}
