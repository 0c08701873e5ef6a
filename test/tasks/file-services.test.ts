/** Steps of NFS exports and Samba shares: facts in, commands out. */

import { testCases } from './cases.ts';

testCases('file-services');
