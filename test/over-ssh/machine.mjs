/** Loaded before phx where it is a process of its own: the machine has another name (PHX_MACHINE), as if it was another one. */

import { syncBuiltinESMExports } from 'node:module';
import os from 'node:os';

const { PHX_MACHINE: name } = process.env;
if (name) os.hostname = () => name;
syncBuiltinESMExports();
