/** Step `template`, and what a template forbids the other steps: facts in, commands out. */

import { testCases } from './cases.ts';

testCases('template');
