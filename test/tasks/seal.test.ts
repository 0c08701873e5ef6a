/** Step `snapshot:<name>`: facts in, commands out. */

import { testCases } from './cases.ts';

testCases('seal');
