/** Random tokens of the twin from an injected source. It knows nothing of what they are used for. */

/** A number in [0, 1). */
export type Random = () => number;

/** Lower-case hexadecimal digits. */
export function randomHex(random: Random, digits: number): string {
  let hex = '';
  while (hex.length < digits) hex += Math.floor(random() * 16).toString(16);
  return hex;
}

/** A MAC address with Proxmox's prefix, such as `BC:24:11:0A:1B:2C`. */
export function randomMac(random: Random): string {
  const hex = randomHex(random, 6).toUpperCase();
  return `BC:24:11:${hex.slice(0, 2)}:${hex.slice(2, 4)}:${hex.slice(4, 6)}`;
}
