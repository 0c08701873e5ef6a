/** argv about the snapshots of one dataset, and what lists them. It only builds and parses; from the OpenZFS 2.2 manual. */

export const zfsSnapshots = {
  /** Oldest first. */
  list: (dataset: string): string[] => [
    ...['zfs', 'list', '-H', '-t', 'snapshot', '-o', 'name', '-s', 'createtxg', '-d', '1', dataset],
  ],
  take: (dataset: string, name: string): string[] => ['zfs', 'snapshot', `${dataset}@${name}`],
  /** Never `-r`: it would destroy whatever was taken later. */
  rollback: (dataset: string, name: string): string[] => ['zfs', 'rollback', `${dataset}@${name}`],
  destroy: (dataset: string, name: string): string[] => ['zfs', 'destroy', `${dataset}@${name}`],
};

/** Names behind the `@` of this dataset, in their order; undefined where this is no such list. */
export function parseSnapshotList(text: string, dataset: string): string[] | undefined {
  const lines = text.split('\n').flatMap((line) => line.trim() || []);
  if (!lines.every((line) => line.startsWith(`${dataset}@`))) return undefined;
  return lines.map((line) => line.slice(dataset.length + 1));
}
