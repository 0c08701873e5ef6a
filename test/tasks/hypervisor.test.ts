/** The node's own steps, but for its graphics cards: facts in, commands out. */

import { testCases } from './cases.ts';

testCases('hypervisor');
