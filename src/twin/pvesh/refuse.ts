/** Refusals of Proxmox's interface beyond those of single values. */

import { refuse } from '../call.ts';
import type { Spec } from '../formats.ts';
import { refuseParameters, usage, type Verb } from '../options.ts';
import type { Method } from './route.ts';

const api: Verb = { args: { api_path: {} }, options: { noproxy: {} }, prints: true };

/** One bad parameter, with the line of usage; `options` are those of the endpoint. */
export function refuseParameter(
  method: Method,
  name: string,
  why: string,
  options: Readonly<Record<string, Spec>> = {},
): never {
  return refuseParameters(new Map([[name, why]]), apiUsage(method, options));
}

/** The line of usage of an endpoint with these options. */
export function apiUsage(method: Method, options: Readonly<Record<string, Spec>> = {}): string {
  return usage('pvesh', method, { ...api, options: { ...api.options, ...options } });
}

/** A call's own complaint about a parameter: without the line of usage. */
export function refusePlainly(name: string, why: string): never {
  return refuse(`400 Parameter verification failed.\n${name}: ${why}\n`);
}
