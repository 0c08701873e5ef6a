/** Making a container anew and parking its data: every stage that it can be taken up at, every refusal. */

import { testCases } from './cases.ts';

testCases('recreate');
