/** Snippets, the conf that names them, and the drive: cases in cases/cloud-init.json. */

import { testCases } from './cases.ts';

testCases('cloud-init');
