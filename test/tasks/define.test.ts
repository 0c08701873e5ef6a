/** Step `define`: facts in, commands out. */

import { testCases } from './cases.ts';

testCases('define');
