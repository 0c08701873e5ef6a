/** `phx twin …`: look at the simulated node, run commands on it by hand, let them fail, start over. */

import { clusterNodes } from '../../config/project.ts';
import { type ExitName, PhxError } from '../../core/error.ts';
import { TwinCluster } from '../../twin/cluster.ts';
import { seedTwin } from '../../twin/seed.ts';
import { pveVersions } from '../../twin/state.ts';
import type { Twin } from '../../twin/twin.ts';
import { readClusterFacts, twinOfFacts } from '../cluster-facts-file.ts';
import { openTwinNodes } from '../cluster-nodes.ts';
import { readFacts } from '../facts-file.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { openProject } from '../open.ts';
import { wordsOf } from '../shell-words.ts';
import { openTwinHost } from '../twin-host.ts';
import { changeNode, clusterText, nodeOf } from './twin-cluster.ts';
import { summaryText } from './twin-text.ts';

/** The project's twin: a node, or a cluster of them. */
async function openTwinOf(io: Io, options: GlobalOptions): Promise<Twin | TwinCluster> {
  const project = await openProject(io, options);
  return clusterNodes(project.phoenix).length > 0 ? openTwinNodes(io, project) : openTwinHost(io, project);
}

/** Options of what is done on one node of the twin. */
export interface NodeOptions extends GlobalOptions {
  /** Which one, where the twin is a cluster; default: the first. */
  readonly node?: string;
}

async function openNode(io: Io, options: NodeOptions): Promise<Twin> {
  return nodeOf(await openTwinOf(io, options), options.node);
}

export async function twinShow(io: Io, options: GlobalOptions & { json?: boolean }): Promise<ExitName> {
  const twin = await openTwinOf(io, options);
  if (options.json) io.out.write(`${JSON.stringify(twin.describe(), null, 2)}\n`);
  else io.out.write(twin instanceof TwinCluster ? clusterText(twin) : summaryText(twin.describe()));
  return 'ok';
}

/** Switches a node of the cluster off or on, or cuts it off from the others. */
export async function twinNode(
  io: Io,
  name: string,
  wish: string,
  options: GlobalOptions,
): Promise<ExitName> {
  io.out.write(changeNode(await openTwinOf(io, options), name, wish));
  return 'ok';
}

export async function twinReset(
  io: Io,
  options: GlobalOptions & { readonly pve?: string; readonly facts?: string },
): Promise<ExitName> {
  const { pve, facts: path } = options;
  if (path !== undefined) return becomeNode(io, path, options);
  const version = pveVersions.find((known) => known === pve);
  if (pve !== undefined && version === undefined) {
    throw new PhxError('usage', {
      title: `--pve ${pve}: the twin cannot be that version`,
      hint: `It is ${pveVersions.join(' or ')}.`,
    });
  }
  const twin = await openTwinOf(io, options);
  twin.reset(version);
  const named = version === undefined ? '' : `, Proxmox VE ${version}`;
  io.out.write(`${twin.label} is as new: no guests, blank disks${named}\n`);
  return 'ok';
}

async function becomeNode(io: Io, path: string, options: GlobalOptions): Promise<ExitName> {
  const twin = await openTwinOf(io, options);
  if (twin instanceof TwinCluster) return becomeCluster(io, path, twin);
  const { file, facts } = readFacts(io, path);
  twin.become(seedTwin(facts));
  io.out.write(`${twin.label} is as ${file.host} was at ${file.at}\n`);
  return 'ok';
}

function becomeCluster(io: Io, path: string, twin: TwinCluster): ExitName {
  const file = readClusterFacts(io, path);
  const known = Object.keys({ ...file?.nodes, ...file?.away });
  const missing = twin.names.filter((name) => !known.includes(name));
  if (!file || missing.length > 0)
    throw new PhxError('usage', {
      title: file
        ? `${path} knows no ${missing.join(', ')}`
        : `The twin of this project is a cluster, and ${path} is not of its nodes`,
      hint: 'Such a file is made of all nodes.',
      command: `phx facts --host cluster > ${path}`,
    });
  twin.become(twinOfFacts(path, file));
  io.out.write(`${twin.label} is as ${known.join(', ')} were at ${file.at}\n`);
  return 'ok';
}

/** A prompt on the simulated node; exit is that of the last command. */
export async function twinShell(io: Io, options: NodeOptions): Promise<ExitName> {
  const twin = await openNode(io, options);
  const { node } = twin.describe().hardware;
  let last = 0;
  if (io.interactive)
    io.out.write(`${node} is simulated: nothing here is real. Leave with exit or Ctrl-D.\n`);
  for await (const line of io.lines(`root@${node}:~# `)) {
    const text = line.trim();
    if (text === '') continue;
    if (/^(exit|logout)$/.test(text)) break;
    const words = wordsOf(text);
    const argv = words ?? ['sh', '-c', text];
    const outcome = await twin.run({ argv, signal: io.stop.abort });
    io.out.write(outcome.stdout);
    io.err.write(outcome.stderr);
    last = outcome.exit;
  }
  if (io.interactive) io.out.write('\n');
  return last === 0 ? 'ok' : 'failed';
}

/** Prints what the command prints; a non-zero exit of the command is told and is exit 1. */
export async function twinExec(io: Io, argv: readonly string[], options: NodeOptions): Promise<ExitName> {
  const twin = await openNode(io, options);
  const outcome = await twin.run({ argv, signal: io.stop.abort });
  io.out.write(outcome.stdout);
  io.err.write(outcome.stderr);
  if (outcome.exit === 0) return 'ok';
  io.err.write(`(exit ${outcome.exit})\n`);
  return 'failed';
}

export interface FaultOptions extends NodeOptions {
  readonly nth: number;
  readonly exit?: number;
  readonly stderr?: string;
  readonly hang?: boolean;
  readonly kill?: string;
  readonly clear?: boolean;
}

export async function twinFault(io: Io, match: string | undefined, options: FaultOptions): Promise<ExitName> {
  const twin = await openNode(io, options);
  if (options.clear) twin.clearFaults();
  if (match !== undefined) {
    const { nth, exit, stderr, hang, kill } = options;
    if (kill !== undefined && kill !== 'before' && kill !== 'during' && kill !== 'after') {
      throw new PhxError('usage', { title: `--kill ${kill}`, hint: 'It is before, during or after.' });
    }
    twin.addFault({
      match,
      nth,
      ...(exit === undefined ? {} : { exit }),
      ...(stderr === undefined ? {} : { stderr }),
      ...(hang ? { hang } : {}),
      ...(kill ? { kill } : {}),
    });
  }
  const faults = twin.faults();
  if (faults.length === 0) io.out.write('no faults\n');
  for (const fault of faults) io.out.write(`${JSON.stringify(fault)}\n`);
  return 'ok';
}

export interface DiskOptions extends NodeOptions {
  readonly signature: string;
  readonly mounted?: string;
}

/** Puts a signature on a disk and tells what is on it now. */
export async function twinDisk(io: Io, disk: string, options: DiskOptions): Promise<ExitName> {
  const twin = await openNode(io, options);
  const { signature, mounted } = options;
  twin.signDisk(disk, { signature, ...(mounted === undefined ? {} : { mounted }) });
  io.out.write(`${disk}: ${signature}${mounted === undefined ? '' : `, mounted at ${mounted}`}\n`);
  return 'ok';
}
