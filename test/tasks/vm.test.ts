/** The steps of a VM: define, volumes, configure, start, seal and template. */

import { testCases } from './cases.ts';

for (const file of ['vm-firewall', 'vm-define', 'vm-volumes', 'vm-configure', 'vm-start', 'vm-seal'])
  testCases(file);
