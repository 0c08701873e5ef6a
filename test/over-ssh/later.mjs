/** Loaded before phx where it is a process of its own: its clock begins where that of the twins is by now (PHX_AHEAD). */

import { clockOf } from './ahead.mjs';

const ahead = clockOf(process.env.PHX_AHEAD ?? '')() - Date.now();
const { now } = Date;
Date.now = () => now() + ahead;
