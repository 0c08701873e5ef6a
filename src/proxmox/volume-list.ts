/** What `pvesm list` prints: volume ids, one a line below a head. It only parses. */

/** Undefined where this is no such list: then nothing is known of what the storage holds. Also an empty one has its head. */
export function parseVolumeList(text: string): string[] | undefined {
  const [head = '', ...lines] = text.split('\n');
  if (!/^Volid\s/.test(head)) return undefined;
  return lines.flatMap((line) => /^\S+:\S+/.exec(line)?.[0] ?? []);
}
