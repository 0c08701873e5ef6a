/** Edits of what means something only where there are several nodes; the sample has one. */

import type { FieldEdit } from './fields.ts';

export const ofSeveralNodes: readonly FieldEdit[] = [
  { field: 'node', set: ['node="pve2"'], runs: ["✗ config: there is no node 'pve2'"], sends: [] },
  {
    field: ['place.by', 'place.among'],
    set: ['place={ by: "memory", among: ["pve2"] }'],
    runs: ["✗ config: there is no node 'pve2'"],
    sends: [],
  },
  {
    field: ['ha.state', 'ha.max_restart', 'ha.max_relocate', 'ha.failback', 'ha.comment'],
    set: ['ha={ state: "started", max_restart: 2, max_relocate: 2, failback: false, comment: "vectors" }'],
    runs: ['✗ config: ha is for the nodes of a cluster'],
    sends: [],
  },
  {
    field: 'migrate',
    set: ['migrate="offline"'],
    runs: ['✗ config: migrate needs a node to move it to'],
    sends: [],
  },
];
