/** Steps of accounts, and of users, roles, rights and tokens inside Proxmox VE: facts in, commands out. */

import { testCases } from './cases.ts';

testCases('people');
