/** Steps `backup:<id>`: facts in, commands out. */

import { testCases } from './cases.ts';

testCases('backup');
