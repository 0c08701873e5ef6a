/** The sample fleet: a Proxmox VE node with two GPUs, 17 containers and 2 VMs. It runs on the twin unless told otherwise. */

import { definePhoenix, hypervisor, lxc, vm } from 'phoenix-orchestrator';

export default definePhoenix({
  name: 'phoenix',
  host: 'twin',
  jobs: 4,
  plugins: [hypervisor(), lxc(), vm()],
  pools: {
    'create:quickOS-lxc-disks': 4,
    'storage:quickOS-lxc-disks': 4,
    'storage:quickOS-shared-prod-data-volumes': 4,
    'storage:fastData-shared-bulk-data': 4,
  },
});
