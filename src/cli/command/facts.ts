/** `phx facts`: what the node looks like, or the nodes, as a document that a plan or the twin can be made from elsewhere. */

import { clusterNodes } from '../../config/project.ts';
import { type ExitName, PhxError } from '../../core/error.ts';
import { takeClusterFacts } from '../cluster-facts-file.ts';
import { identityOf, openFirst, openHosts } from '../cluster-nodes.ts';
import { noSuch } from '../cluster-words.ts';
import { scopesOf, takeFacts } from '../facts-file.ts';
import type { HostPlace } from '../hosts.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { openGraph, openProject } from '../open.ts';

export async function facts(io: Io, options: GlobalOptions & { readonly node?: string }): Promise<ExitName> {
  const planned = await openGraph(await openProject(io, options));
  const names = clusterNodes(planned.phoenix);
  const { node } = options;
  if (node !== undefined && !names.includes(node)) throw notOne(node, names);
  const scopes = scopesOf(planned.graph);
  const isWhole = names.length > 0 && node === undefined && !names.includes(options.host ?? '');
  return isWhole ? ofAll(io, planned, options, scopes) : ofOne(io, planned, options, scopes);
}

async function ofOne(
  io: Io,
  planned: HostPlace,
  options: GlobalOptions & { readonly node?: string },
  scopes: readonly string[],
): Promise<ExitName> {
  const host = await openFirst(io, planned, options, options.node);
  const file = await takeFacts(io, host, scopes);
  await host.close();
  print(io, file);
  return 'ok';
}

/** A node that did not answer is in the document, too, and is told. */
async function ofAll(
  io: Io,
  planned: HostPlace,
  options: GlobalOptions,
  scopes: readonly string[],
): Promise<ExitName> {
  const { members, identity } = await openHosts(io, planned, options);
  const file = await takeClusterFacts(io, members, scopes, async (first) => identity ?? identityOf(first));
  for (const host of members.values()) if ('close' in host) await host.close();
  print(io, file);
  const away = Object.entries(file.away);
  for (const [name, why] of away) io.err.write(`✗ ${why.includes(name) ? why : `Node ${name}: ${why}`}\n`);
  if (away.length === 0) return 'ok';
  io.err.write('  What lives there is in the document as the others know it.\n');
  return 'blocked';
}

function print(io: Io, file: object): void {
  io.out.write(`${JSON.stringify(file, null, 2)}\n`);
}

function notOne(node: string, names: readonly string[]): PhxError {
  if (names.length > 0) return noSuch(node, names);
  return new PhxError('usage', {
    title: `--node ${node} is for the nodes of a cluster, and this project has one`,
    hint: 'Leave it out.',
  });
}
