/** One node of the twin for a person. */

import type { TwinSummary } from '../../twin/summary.ts';

/** What `phx twin show` tells of a node; ends with a line break. */
export function summaryText({ id, hardware, guests, storages, pools, faults }: TwinSummary): string {
  const { node, memory, gpus } = hardware;
  const width = Math.max(4, ...guests.map(({ name }) => name.length));
  return [
    `${node}  simulated Proxmox VE node (${id}): ${memory} MiB, ${gpus} GPUs, pools ${list(pools)}`,
    `storages  ${list(storages.map((storage) => storage.id))}`,
    ...guests.map(
      ({ id: guest, name, status, layers, snapshots }) =>
        `  ${guest}  ${name.padEnd(width)}  ${status}  ${list(layers)}${snapshots.length > 0 ? `  snapshots ${list(snapshots)}` : ''}`,
    ),
    ...(guests.length === 0 ? ['  no guests'] : []),
    ...faults.map((fault) => `fault  ${JSON.stringify(fault)}`),
    '',
  ].join('\n');
}

function list(names: readonly string[]): string {
  return names.length > 0 ? names.join(', ') : '(none)';
}
