/** Steps `start` and `network`: facts in, commands out. */

import { testCases } from './cases.ts';

testCases('power');
