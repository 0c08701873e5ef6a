/** Which node is worked on, and by which plugins. What is to be there stands in config/. */

import { definePhoenix, hypervisor, lxc, vm } from 'phoenix-orchestrator';

export default definePhoenix({
  // Guests carry this name on the node, so that phx knows which ones are its own. Never change it later.
  name: 'homelab',

  // Your node, reached over ssh as root: `ssh root@10.0.0.13 true` has to work without a question.
  // nodes: { pve: { ssh: 'root@10.0.0.13' } },

  // 'twin' is a simulated node: nothing real is touched. When a plan with `--host pve` says what you want,
  // write 'pve' here, or 'local' where phx runs on the node itself.
  host: 'twin',

  // How many tasks run at once.
  jobs: 4,

  // The node, containers, VMs. A step of your own is one more line: script('./setup.sh'), or a plugin.
  plugins: [hypervisor(), lxc(), vm()],
});
