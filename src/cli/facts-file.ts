/** What a node looked like, kept as a file: the answer of one sweep, without what is secret in it. Written by `phx facts`, read by `--facts`. */

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { PhxError, whyOf } from '../core/error.ts';
import type { TaskGraph } from '../core/graph.ts';
import type { Host } from '../core/host.ts';
import type { Facts } from '../proxmox/facts.ts';
import { jobsScope } from '../proxmox/jobs-cfg.ts';
import { membersScope } from '../proxmox/members.ts';
import { mergeFacts, parseSweep } from '../proxmox/parse-sweep.ts';
import { clockScope, isNamedScope, sweepArgv, sweepScript } from '../proxmox/sweep.ts';
import { withholdSecrets } from '../proxmox/withheld.ts';
import { rebootFile } from '../proxmox/workspace.ts';
import type { Io } from './io.ts';

const version = 'facts 1';

export interface FactsFile {
  readonly phx: typeof version;
  /** Name of the host, for people. */
  readonly host: string;
  /** Of the host: what is recorded of it is kept by this. */
  readonly identity: string;
  /** When it was asked, ISO 8601. */
  readonly at: string;
  readonly scopes: readonly string[];
  /** As it came over, without passwords and without texts of files that hold secrets. */
  readonly sweep: string;
}

/**
 * Also where no task reads them: a job of ours that left the configuration is an orphan, and what the node waits for, or lacks,
 * is told before a run.
 */
export const alwaysAsked = [jobsScope, membersScope, `file:${rebootFile}`];

/** What every command of the project asks a node for. */
export function scopesOf(graph: TaskGraph<Facts>): string[] {
  const named = graph.tasks.flatMap(({ touches }) => touches.filter(isNamedScope));
  return [...new Set([...named, ...alwaysAsked])];
}

/** Asks the node once; nothing is changed there. */
export async function takeFacts(io: Io, host: Host, named: readonly string[]): Promise<FactsFile> {
  const scopes = ['host', 'guests', clockScope(io.clock()), ...named];
  const argv = sweepArgv(scopes);
  const { stdout } = await host.run({ argv, stdin: sweepScript, deadline: 60_000, repeatable: true });
  parseSweep(stdout);
  const at = new Date(io.clock()).toISOString();
  return {
    phx: version,
    host: host.label,
    identity: await host.identity(),
    at,
    scopes,
    sweep: withholdSecrets(stdout),
  };
}

/** Reads such a file, with what it says. Throws a usage error where it is none. */
export function readFacts(io: Io, path: string): { file: FactsFile; facts: Facts } {
  const file = readDocument(io, path);
  if (isFactsFile(file)) return { file, facts: factsIn(path, file) };
  const { nodes } = (file ?? {}) as { readonly nodes?: object };
  throw unreadable(
    path,
    nodes ? `it is of a cluster: ${Object.keys(nodes).join(', ')}` : 'it is another kind of document',
  );
}

/** What such a file says. */
export function factsIn(path: string, file: FactsFile): Facts {
  try {
    return mergeFacts(undefined, file.scopes, parseSweep(file.sweep));
  } catch (error) {
    throw unreadable(path, whyOf(error));
  }
}

export function readDocument(io: Io, path: string): unknown {
  try {
    return JSON.parse(readFileSync(resolve(io.cwd, path), 'utf8'));
  } catch (error) {
    throw unreadable(path, whyOf(error));
  }
}

export function unreadable(path: string, why: string): PhxError {
  return new PhxError('usage', {
    title: `${path} holds no facts of a node`,
    facts: [['why', why]],
    hint: 'Such a file is made on the node itself.',
    command: `phx facts --host local > ${path}`,
  });
}

export function isFactsFile(value: unknown): value is FactsFile {
  const file = value as Partial<FactsFile> | null;
  return (
    typeof file === 'object' &&
    file?.phx === version &&
    typeof file.sweep === 'string' &&
    typeof file.host === 'string' &&
    typeof file.identity === 'string' &&
    Array.isArray(file.scopes)
  );
}
