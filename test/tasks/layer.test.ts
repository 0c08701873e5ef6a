/** Steps `feature:<name>` and `app`: facts in, commands out. */

import { testCases } from './cases.ts';

testCases('layer');
