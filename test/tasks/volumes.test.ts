/** Step `volumes`: facts in, commands out. */

import { testCases } from './cases.ts';

testCases('volumes');
