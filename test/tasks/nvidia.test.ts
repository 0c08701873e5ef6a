/** Driver, reboot gate and device nodes of the graphics cards: facts in, commands out. */

import { testCases } from './cases.ts';

testCases('nvidia');
