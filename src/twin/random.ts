/** Random tokens of the twin from an injected source. It knows nothing of what they are used for. */

/** A number in [0, 1). */
export type Random = () => number;

/** The same numbers each time: what is made up in a plan is made up alike in the next one. */
export function steadyRandom(): Random {
  let seed = 1;
  return () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
}

/** Lower-case hexadecimal digits. */
export function randomHex(random: Random, digits: number): string {
  let hex = '';
  while (hex.length < digits) hex += Math.floor(random() * 16).toString(16);
  return hex;
}

/** A MAC address that begins so, such as `BC:24:11:0A:1B:2C`. */
export function randomMac(random: Random, prefix: string): string {
  const given = prefix.split(':').filter((part) => part !== '');
  const hex = randomHex(random, 2 * (6 - given.length)).toUpperCase();
  return [...given, ...(hex.match(/../g) ?? [])].join(':');
}
