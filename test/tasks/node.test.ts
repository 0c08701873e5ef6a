/** Steps of the node's own system (time, names, upgrades, VFIO, AppArmor, certificates): facts in, commands out. */

import { testCases } from './cases.ts';

testCases('node');
