/**
 * Steps `nfs:<path>` and `nfs`: each export its own line, put together in a file of our own below /etc/exports.d. The
 * lines of a person in /etc/exports stay, and a path that stands there is theirs.
 */

import type { Hypervisor, NfsExport } from '../../src/config/fleet.ts';
import type { PhxTask } from '../../src/config/project.ts';
import { PhxError } from '../../src/core/error.ts';
import type { Assessment, TaskContext } from '../../src/core/task.ts';
import { parseExports, printExport } from '../../src/proxmox/exports.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { installPackages, packagesTask } from './apt.ts';
import { fileProbe, fileScope, keepFile, managedMark } from './files.ts';
import { dropOtherParts, partEdges, partOf, readParts } from './parts.ts';
import { needPlace, placeEdges } from './places.ts';

const part = 'exports';
const exportsFile = '/etc/exports.d/phx.exports';
const ofPerson = '/etc/exports';
/** What is exported right now; exportfs keeps it. */
const table = '/var/lib/nfs/etab';
const unit = 'nfs-server.service';

export const nfsTask = (path: string): string => `hypervisor/nfs:${path}`;

export function exportStep(path: string, { clients, options }: NfsExport, node: Hypervisor): PhxTask {
  const { scope, probe, keep } = partOf(part, path);
  return {
    id: nfsTask(path),
    target: 'hypervisor',
    title: `export ${path}`,
    revision: '1',
    config: { clients, options },
    dependencies: placeEdges(node, path),
    outputs: { line: probe },
    assess: ({ facts }) => exportedByPerson(path, facts),
    touches: [scope, fileScope(ofPerson)],
    run: async (context) => {
      const wanted = context.config as unknown as NfsExport;
      await needPlace(context, path, 'the export');
      await keep(context, `${printExport(path, wanted.clients, wanted.options)}\n`);
      return undefined;
    },
  };
}

function exportedByPerson(path: string, facts: Facts): Assessment | undefined {
  const text = facts.files.get(ofPerson) ?? '';
  const clients = parseExports(text).get(path);
  if (!clients) return undefined;
  return {
    verdict: 'blocked',
    problem: {
      title: `${path} is exported already, by a line in ${ofPerson}`,
      facts: [
        [
          'line',
          printExport(
            path,
            clients.map(({ client, options }) => `${client}(${options})`),
            [],
          ),
        ],
      ],
      hint: 'phx leaves that file alone. Take the line out of it, or the export out of hypervisor.nfs.',
      command: `nano ${ofPerson}`,
    },
  };
}

/** `lines` are those of the exports, in the order of the configuration. */
export function exportsText(lines: readonly string[]): string {
  return [`${managedMark}\n`, ...lines].join('');
}

export function nfsStep(paths: readonly string[]): PhxTask {
  return {
    id: 'hypervisor/nfs',
    target: 'hypervisor',
    title: 'NFS server',
    revision: '1',
    config: { exports: paths },
    dependencies: [{ task: packagesTask, kind: 'order' }, ...partEdges(paths.map(nfsTask))],
    outputs: {
      file: fileProbe(exportsFile),
      exported: (facts) => exportedOf(facts, paths),
      running: (facts) => isRunning(facts),
    },
    pools: ['apt:host', 'exports'],
    touches: ['host', fileScope(exportsFile), fileScope(table), `unit:${unit}`],
    run: async (context) => {
      const wanted = context.config.exports as readonly string[];
      await installPackages(context, ['nfs-kernel-server']);
      const text = exportsText(await readParts(context, part, wanted));
      if (!isRunning(await context.refresh([`unit:${unit}`])))
        await context.run(['systemctl', 'enable', '--now', unit], { undo: 'nothing' });
      const wrote = await keepFile(context, exportsFile, text);
      // Somebody may have taken one out of the kernel's table by hand.
      if (wrote || lacking(await context.refresh([fileScope(table)]), wanted).length > 0) await tell(context);
      await prove(context, wanted);
      await dropOtherParts(context, part, wanted);
      return undefined;
    },
  };
}

function isRunning({ units }: Facts): boolean {
  const found = units.get(unit);
  return (found?.active && found.enabled) ?? false;
}

function exportedOf(facts: Facts, paths: readonly string[]): string[] {
  const now = parseExports(facts.files.get(table) ?? '');
  return paths.filter((path) => now.has(path));
}

function lacking(facts: Facts, paths: readonly string[]): string[] {
  const now = exportedOf(facts, paths);
  return paths.filter((path) => !now.includes(path));
}

async function tell(context: TaskContext<Facts>): Promise<void> {
  const { stderr } = await context.run(['exportfs', '-ra'], { undo: 'again' });
  if (/duplicated export/.test(stderr))
    context.log('another file below /etc/exports.d has one of these exports: exportfs took the first');
}

/** exportfs leaves out what it cannot export, such as a file system without NFS, and goes on. */
async function prove(context: TaskContext<Facts>, paths: readonly string[]): Promise<void> {
  const missing = lacking(await context.refresh([fileScope(table)]), paths);
  if (missing.length === 0) return;
  throw new PhxError('failed', {
    title: 'exportfs ended well, but does not export everything',
    facts: [['missing', missing.join(', ')]],
    hint: `Look at what it says of ${exportsFile}.`,
    command: 'exportfs -rav',
  });
}
