/** Step `leftovers`: facts in, commands out. */

import { testCases } from './cases.ts';

testCases('leftovers');
