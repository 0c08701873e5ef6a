/** Opens the host that a project, or `--host`, names; never a real node that nobody named. */

import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ApiNode, Phoenix, SshNode } from '../config/project.ts';
import { PhxError, UnreachableError } from '../core/error.ts';
import type { Host } from '../core/host.ts';
import { didYouMean } from '../core/suggest.ts';
import { seedTwin } from '../twin/seed.ts';
import { OnlyLooked, workersBy } from './api.ts';
import { readFacts } from './facts-file.ts';
import type { GlobalOptions, Io } from './io.ts';
import { openTwinHost, type TwinPlace } from './twin-host.ts';

/** The folders of programs of a Proxmox VE node. */
const nodePath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** What every command on a node sees beside PATH and HOME. */
const nodeEnv = { LC_ALL: 'C.UTF-8', DEBIAN_FRONTEND: 'noninteractive' };

/** What of a project its host is opened from. */
export interface HostPlace extends TwinPlace {
  /** Folder of the project. */
  readonly root: string;
  readonly phoenix: Pick<Phoenix, 'host' | 'nodes' | 'cluster'>;
}

export async function openHost(io: Io, project: HostPlace, options: GlobalOptions): Promise<Host> {
  if (options.facts !== undefined) return openFactsHost(io, options.facts);
  const { nodes = {}, host } = project.phoenix;
  const wanted = options.host ?? host ?? 'twin';
  if (wanted === 'twin') return openTwinHost(io, project, options.twinLatency);
  const named = Object.hasOwn(nodes, wanted) ? nodes[wanted] : addressed(wanted);
  const node = wanted === 'local' ? 'local' : named;
  if (node === 'local') return openLocalHost(io);
  if (node) return openRemote(io, project, wanted, node);
  const names = ['twin', 'local', ...Object.keys(nodes)];
  throw new PhxError('usage', {
    title: `There is no host ${wanted}`,
    hint:
      didYouMean(wanted, names) ??
      'Hosts are twin (a simulated node), local (this very machine, when it runs Proxmox VE), the nodes of phoenixfile.ts, and root@address.',
  });
}

/** One of the nodes that the phoenixfile names, for real. */
export async function openMember(io: Io, project: HostPlace, name: string): Promise<Host> {
  const node = project.phoenix.nodes?.[name] ?? 'local';
  return node === 'local' ? openLocalHost(io) : openRemote(io, project, name, node);
}

async function openRemote(io: Io, project: HostPlace, name: string, node: SshNode | ApiNode): Promise<Host> {
  if (node.ssh === undefined) throw new OnlyLooked(name, node.api);
  return openSshHost(io, project, name, node);
}

/** `root@10.0.0.14` needs no entry in the phoenixfile. */
function addressed(wanted: string): SshNode | undefined {
  return wanted.includes('@') ? { ssh: wanted } : undefined;
}

/** The node as it was when its facts were taken; whatever happens to it is forgotten at the end. */
function openFactsHost(io: Io, path: string): Host {
  const { file, facts } = readFacts(io, path);
  const when = file.at.slice(0, 16).replace('T', ' ');
  return seedTwin(facts, { identity: file.identity, label: `${file.host}, as it was at ${when} UTC` });
}

async function openLocalHost(io: Io): Promise<Host> {
  if (!existsSync('/etc/pve')) {
    throw new PhxError('usage', {
      title: 'This machine is no Proxmox VE node',
      facts: [['looked for', '/etc/pve']],
      hint: 'Run phx on the node itself, name it by --host root@address, or use the simulated one.',
      command: 'phx run --host twin …',
    });
  }
  const { localHost } = await import('../host/local.ts');
  const { PATH = nodePath, HOME = '/root' } = io.env;
  // A plain su hands on a PATH without the folders that the node's own tools are in.
  const path = [...new Set([...PATH.split(':'), '/usr/sbin', '/sbin'])].join(':');
  const env = { PATH: path, HOME, ...nodeEnv };
  return localHost({ hostname: io.hostname, env, clock: io.clock, session: io.env.SSH_CONNECTION });
}

async function openSshHost(io: Io, { root, phoenix }: HostPlace, name: string, node: SshNode): Promise<Host> {
  const { sshHost } = await import('../host/ssh/ssh.ts');
  const { ssh, config, api } = node;
  const host = sshHost({
    ...{ label: name, ssh, clock: io.clock },
    ...(config === undefined ? {} : { config: join(root, config) }),
    // The path of a socket is short: a folder of the project may lie too deep.
    folder: io.env.XDG_RUNTIME_DIR ?? tmpdir(),
    env: given(io.env),
    nodeEnv: { PATH: nodePath, HOME: '/root', ...nodeEnv },
    sleep: (ms) => io.sleep(ms),
    ...(api === undefined ? {} : { meanwhile: workersBy(io, name, api, phoenix.cluster ? name : undefined) }),
  });
  try {
    const there = await host.run({ argv: ['test', '-d', '/etc/pve'], repeatable: true });
    if (there.exit !== 0) throw noNode(name, ssh);
    return host;
  } catch (error) {
    await host.close();
    throw api !== undefined && error instanceof UnreachableError ? withApi(error) : error;
  }
}

/** What is still to be had of a node that no ssh reaches. */
function withApi({ problem }: UnreachableError): UnreachableError {
  const told = 'phx status and phx tasks ask it; what changes the node needs root over ssh';
  return new UnreachableError({ ...problem, facts: [...problem.facts, ['api', told]] });
}

function noNode(name: string, ssh: string): PhxError {
  return new PhxError('usage', {
    title: `${name} is no Proxmox VE node`,
    facts: [
      ['ssh', ssh],
      ['looked for', '/etc/pve'],
    ],
    hint: 'Is this the machine that you mean?',
    command: `ssh ${ssh} hostname`,
  });
}

/** Of the environment, what there is. */
function given(env: Io['env']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
