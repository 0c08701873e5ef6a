/** `phx check`: what it asks, what it tells, and that it changes nothing. */

import { testCases } from './cases.ts';

testCases('check');
