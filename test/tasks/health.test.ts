/** Step `health`: facts in, commands out. */

import { testCases } from './cases.ts';

testCases('health');
