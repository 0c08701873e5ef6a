/** Step `identity`: facts in, commands out. */

import { testCases } from './cases.ts';

testCases('identity');
