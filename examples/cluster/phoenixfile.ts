/** Three nodes as one cluster, with a share that all of them have. It runs on simulated nodes unless `--host cluster` says otherwise. */

import { definePhoenix, hypervisor, lxc, vm } from 'phoenix-orchestrator';

export default definePhoenix({
  name: 'lab',
  cluster: true,
  nodes: {
    pve1: { ssh: 'root@10.0.0.11' },
    pve2: { ssh: 'root@10.0.0.12' },
    pve3: { ssh: 'root@10.0.0.13' },
  },
  jobs: 6,
  plugins: [hypervisor(), lxc(), vm()],
});
