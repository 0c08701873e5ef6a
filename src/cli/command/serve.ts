/** `phx serve`: the graph, live, the runs of the past and their timelines, for a browser on this machine. It only shows, unless runs are permitted. */

import { existsSync, mkdirSync, watch } from 'node:fs';
import { type ExitName, PhxError, problemOf } from '../../core/error.ts';
import { serve as open, type Serving } from '../../serve/server.ts';
import { explain } from '../explain.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { findProject } from '../open.ts';
import { watchProject } from '../project-watch.ts';
import { journalFolder } from '../runs.ts';
import { Site } from '../serve-site.ts';

export interface ServeOptions extends GlobalOptions {
  readonly port: number;
  readonly allowRun?: boolean;
}

/** How often the node is looked at while somebody looks at the graph, in milliseconds. */
const looksEvery = 60_000;
/** A journal grows with each command: it is read so often at most, in milliseconds. */
const readsEvery = 400;

export async function serve(io: Io, options: ServeOptions): Promise<ExitName> {
  const { file, root, cacheDir } = await findProject(io, options);
  const site = new Site(io, options, () => serving.send('changed', {}));
  const serving = await open(site, { port: options.port, actions: options.allowRun ?? false }).catch(
    (error: unknown) => {
      throw cannotListen(options.port, error);
    },
  );
  const project = watchProject(root, file, () => serving.send('changed', {}));
  const journals = watchJournals(io, journalFolder(cacheDir), site, serving);
  const looks = setInterval(() => {
    if (serving.listeners > 0) serving.send('changed', {});
  }, looksEvery);
  io.out.write(words(serving));
  try {
    await new Promise<void>((resolve) => {
      if (io.stop.drain.aborted) resolve();
      io.stop.drain.addEventListener('abort', () => resolve(), { once: true });
    });
  } finally {
    clearInterval(looks);
    project.close();
    journals.close();
    await serving.close();
    await site.settled();
  }
  return 'ok';
}

/** Tells of the run that is at work, whoever started it, and when it has ended. */
function watchJournals(io: Io, folder: string, site: Site, serving: Serving) {
  if (!existsSync(folder)) mkdirSync(folder, { recursive: true });
  let timer: NodeJS.Timeout | undefined;
  const tell = async () => {
    timer = undefined;
    const running = await site.running();
    if (running === undefined) return;
    serving.send('running', running);
    if (running.exit !== undefined) serving.send('changed', {});
  };
  const watcher = watch(folder, () => {
    timer ??= setTimeout(() => void tell().catch((error: unknown) => explain(io, error, [])), readsEvery);
  });
  return {
    close: () => {
      clearTimeout(timer);
      watcher.close();
    },
  };
}

function words({ port, token }: Serving): string {
  const address = `http://127.0.0.1:${port}/`;
  return token === undefined
    ? `${address}\n  It only shows; --allow-run lets the page ask for runs. Ctrl-C ends it.\n`
    : `${address}#token=${token}\n  Whoever has this address may run what the page offers. Ctrl-C ends it.\n`;
}

function cannotListen(port: number, error: unknown): PhxError {
  return new PhxError('failed', {
    title: `Port ${port} of this machine cannot be had`,
    facts: [['why', problemOf(error).title]],
    hint: 'Another phx serve may have it. 0 takes any that is free.',
    command: 'phx serve --port 0',
  });
}
