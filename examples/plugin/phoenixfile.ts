/** A small fleet whose way in is kept by a plugin of its own. */

import { definePhoenix, hypervisor, lxc } from 'phoenix-orchestrator';
import { caddy } from './caddy.ts';

export default definePhoenix({
  name: 'plugin-example',
  host: 'twin',
  plugins: [hypervisor(), lxc(), caddy({ guest: 104, domain: 'home.example', folder: '/srv/caddy' })],
});
