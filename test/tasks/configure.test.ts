/** Step `configure`: facts in, commands out, for every family of keys. */

import { testCases } from './cases.ts';

testCases('configure');
