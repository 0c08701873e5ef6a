/** The steps of a VM: define, volumes, configure, start, seal, template and safety points. */

import { testCases } from './cases.ts';

for (const file of [
  'vm-firewall',
  'vm-define',
  'vm-volumes',
  'vm-configure',
  'vm-start',
  'vm-seal',
  'vm-safety',
])
  testCases(file);
