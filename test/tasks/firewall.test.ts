/** The firewall of the data centre, the node and guests: cases in cases/firewall.json. */

import { testCases } from './cases.ts';

testCases('firewall');
