/** Step `agent`, and what VMs share with containers behind it: facts in, commands out. */

import { testCases } from './cases.ts';

testCases('vm-agent');
