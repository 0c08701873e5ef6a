/** Safety points: taken before a layer, gone back to, kept and removed; facts in, commands out. */

import { testCases } from './cases.ts';

testCases('safety');
