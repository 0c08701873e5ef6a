/** `phx facts`: what the node looks like, as a document that a plan or the twin can be made from elsewhere. */

import type { ExitName } from '../../core/error.ts';
import { openFirst } from '../cluster-nodes.ts';
import { scopesOf, takeFacts } from '../facts-file.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { openGraph, openProject } from '../open.ts';

export async function facts(io: Io, options: GlobalOptions): Promise<ExitName> {
  const planned = await openGraph(await openProject(io, options));
  const host = await openFirst(io, planned, options);
  const file = await takeFacts(io, host, scopesOf(planned.graph));
  await host.close();
  io.out.write(`${JSON.stringify(file, null, 2)}\n`);
  return 'ok';
}
