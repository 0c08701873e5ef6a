/** Pools, cache, datasets, storages, downloads and directories of the node: facts in, commands out. */

import { testCases } from './cases.ts';

testCases('disks');
