/** Refusals of Proxmox's interface beyond those of single values. */

import { refuse } from '../call.ts';
import { refuseParameters, usage, type Verb } from '../options.ts';
import type { Method } from './route.ts';

const api: Verb = { args: { api_path: {} }, options: { noproxy: {} }, prints: true };

/** One bad parameter, with the line of usage. */
export function refuseParameter(method: Method, name: string, why: string): never {
  return refuseParameters(new Map([[name, why]]), usage('pvesh', method, api));
}

/** A call's own complaint about a parameter: without the line of usage. */
export function refusePlainly(name: string, why: string): never {
  return refuse(`400 Parameter verification failed.\n${name}: ${why}`);
}
