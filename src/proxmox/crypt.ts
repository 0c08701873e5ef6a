/**
 * The password hash that Proxmox keeps for cloud-init: SHA-512 crypt, `$6$salt$hash` (Drepper's specification, 5000
 * rounds). Pure; made here, so that the password itself is given to no program.
 */

import { sha512 } from '../core/digest.ts';

const alphabet = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const rounds = 5000;

/** `length` bytes of a digest, said again and again. */
function repeated(digest: Uint8Array, length: number): Buffer {
  return Buffer.alloc(length, digest);
}

/** Hash of a password under a salt: at most 16 of `./0-9A-Za-z`. */
export function sha512Crypt(password: string, salt: string): string {
  const key = Buffer.from(password, 'utf8');
  const seed = Buffer.from(salt.slice(0, 16), 'latin1');
  const other = sha512(key, seed, key);
  const mixed: Uint8Array[] = [key, seed, repeated(other, key.length)];
  for (let bits = key.length; bits > 0; bits >>= 1) mixed.push(bits & 1 ? other : key);
  let digest = sha512(...mixed);
  const p = repeated(sha512(...Array.from({ length: key.length }, () => key)), key.length);
  const first = digest[0] ?? 0;
  const s = repeated(sha512(...Array.from({ length: 16 + first }, () => seed)), seed.length);
  for (let round = 0; round < rounds; round++) {
    const odd = round % 2 === 1;
    digest = sha512(
      odd ? p : digest,
      ...(round % 3 === 0 ? [] : [s]),
      ...(round % 7 === 0 ? [] : [p]),
      odd ? digest : p,
    );
  }
  return `$6$${seed.toString('latin1')}$${encode(digest)}`;
}

/** Whether a hash is the one of this password. Of another kind than `$6$` it is never said to be. */
export function isCryptOf(hash: string, password: string): boolean {
  const [, salt] = /^\$6\$([./0-9A-Za-z]{1,16})\$[./0-9A-Za-z]{86}$/.exec(hash) ?? [];
  return salt !== undefined && sha512Crypt(password, salt) === hash;
}

/** A salt out of random text: what of it the alphabet has. */
export function saltFrom(random: string): string {
  return random.replace(/[^0-9A-Za-z]/g, '').slice(0, 16);
}

/** The digest's bytes in threes, in the order of the specification; the last one stands alone. */
function encode(digest: Uint8Array): string {
  let text = '';
  for (let step = 0; step < 21; step++) {
    const three = [step, step + 21, step + 42];
    const turned = [...three.slice(step % 3), ...three.slice(0, step % 3)];
    const [a = 0, b = 0, c = 0] = turned.map((at) => digest[at] ?? 0);
    text += letters((a << 16) | (b << 8) | c, 4);
  }
  return text + letters(digest[63] ?? 0, 2);
}

function letters(value: number, count: number): string {
  let text = '';
  for (let at = 0; at < count; at++) text += alphabet[(value >> (6 * at)) & 0x3f];
  return text;
}
