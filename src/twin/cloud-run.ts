/**
 * What cloud-init makes of its drive when the system inside a VM starts: on a tree that does not know this instance yet, it
 * makes true what the user data says. From cloud-init's documentation; it knows no verb and no conf.
 */

import { cleanedPath } from '../proxmox/guest-boot.ts';
import type { Call } from './call.ts';
import { applyCloudConfig, type Settings } from './cloud-config.ts';
import { mapping, networkPath } from './cloud-network.ts';
import { noteEvent } from './events.ts';
import { dirOf, makeDirs, putFile, removeTree } from './files.ts';
import { hasSystem } from './guest-tree.ts';
import type { Guest } from './guests.ts';
import { workTime } from './latency.ts';
import type { CloudInitData, GuestTree } from './state.ts';

const instancePath = '/var/lib/cloud/data/instance-id';
export const resultPath = '/run/cloud-init/result.json';

/** Until the system is up, in milliseconds; a first start does more. */
export function bootTimeInside(tree: GuestTree, seed: CloudInitData | undefined): number {
  if (!seed || !isNew(tree, seed)) return workTime('vm boot');
  const { settings } = read(seed.user);
  const packages = Array.isArray(settings?.packages) ? settings.packages.length : 0;
  return workTime('vm first boot') + packages * workTime('vm package');
}

/** `cloud-init status [--wait]`: 2 where something could not be read; `cloud-init clean` forgets the instance. */
export function cloudInit(call: Call, { state }: Guest, args: readonly string[]): void {
  const { files } = state.tree;
  const [verb] = args.filter((one) => !one.startsWith('-'));
  if (verb === 'clean') {
    forgetInstance(files);
    if (args.includes('--machine-id')) putFile(files, '/etc/machine-id', 'uninitialized\n');
    return;
  }
  if (verb !== 'status') {
    call.exit(2);
    return;
  }
  const text = files[resultPath]?.text;
  const result = text === undefined ? undefined : (JSON.parse(text) as Result).v1;
  if (result?.datasource !== 'DataSourceNoCloud') call.out('status: disabled\n');
  else {
    call.out('status: done\n');
    if (args.includes('--long') || args.includes('-l'))
      for (const warning of result.warnings) call.out(`recoverable_errors:\nWARNING:\n\t- ${warning}\n`);
    if (result.warnings.length > 0) call.exit(2);
  }
}

function forgetInstance(files: GuestTree['files']): void {
  for (const path of ['/var/lib/cloud', '/run/cloud-init']) removeTree(files, path);
}

/** What makes a system this very machine is taken out of it (`proxmox/guest-clean.ts`). */
export function cleanTree({ files, packages }: GuestTree): void {
  if (packages['cloud-init'] !== undefined) {
    forgetInstance(files);
    for (const path of Object.keys(files))
      if (/^\/etc\/ssh\/ssh_host_\w+_key(\.pub)?$/.test(path)) delete files[path];
  }
  if (files['/etc/machine-id']) putFile(files, '/etc/machine-id', '');
  makeDirs(files, dirOf(cleanedPath));
  putFile(files, cleanedPath, '');
}

interface Result {
  readonly v1: { readonly datasource: string; readonly warnings: readonly string[] };
}

/** The instance of the meta data, when cloud-init is there and has not seen it here. */
function isNew(tree: GuestTree, seed: CloudInitData): boolean {
  if (tree.packages['cloud-init'] === undefined) return false;
  return tree.files[instancePath]?.text.trim() !== instanceOf(seed);
}

function instanceOf({ meta }: CloudInitData): string {
  const settings = mapping(meta);
  return String(settings?.['instance-id'] ?? 'iid-datasource-none');
}

/** Starts the system: without a drive, or where the instance is known, cloud-init leaves everything as it is. */
export function bootInside(tree: GuestTree, seed: CloudInitData | undefined, machine: string): void {
  if (!hasSystem(tree)) return;
  removeTree(tree.files, cleanedPath);
  // systemd takes the UUID of the machine where it has no id yet, and what it has otherwise.
  if ((tree.files['/etc/machine-id']?.text ?? '') === '')
    putFile(tree.files, '/etc/machine-id', `${machine.replaceAll('-', '')}\n`);
  if (tree.packages['cloud-init'] === undefined) return;
  const warnings: string[] = [];
  if (seed && isNew(tree, seed)) {
    makeDirs(tree.files, '/var/lib/cloud/data');
    putFile(tree.files, instancePath, `${instanceOf(seed)}\n`);
    if (seed.network.trim() !== '') {
      makeDirs(tree.files, '/etc/netplan');
      putFile(tree.files, networkPath, seed.network, 0o600);
    }
    renewHostKeys(tree, instanceOf(seed));
    applyParts(tree, seed, warnings);
  }
  makeDirs(tree.files, '/run/cloud-init');
  const result = { v1: { datasource: seed ? 'DataSourceNoCloud' : 'DataSourceNone', errors: [], warnings } };
  putFile(tree.files, resultPath, `${JSON.stringify(result)}\n`);
}

/** Every instance gets keys of its own. */
function renewHostKeys(tree: GuestTree, instance: string): void {
  makeDirs(tree.files, '/etc/ssh');
  putFile(tree.files, '/etc/ssh/ssh_host_ed25519_key.pub', `ssh-ed25519 ${instance} root@instance\n`);
}

/** Vendor data counts where user data says nothing of that name. */
function applyParts(tree: GuestTree, { vendor, user, meta }: CloudInitData, warnings: string[]): void {
  const note = (line: string) => noteEvent(tree.events, `cloud-init: ${line}`);
  const part = (name: string, text: string): Settings => {
    const { settings = {}, problem } = text.trim() === '' ? {} : read(text);
    if (problem === undefined) return settings;
    warnings.push(problem);
    note(`${name} data is ignored: ${problem}`);
    return {};
  };
  const merged = { ...part('vendor', vendor), ...part('user', user) };
  applyCloudConfig(tree, { 'local-hostname': mapping(meta)?.['local-hostname'], ...merged }, note);
}

/** A payload counts only when its very first line says what it is. */
function read(text: string): { settings?: Settings; problem?: string } {
  if (text.startsWith('#!')) return { settings: { script: text.split('\n')[0] ?? '' } };
  if (!/^#cloud-config[ \t]*(\r?\n|$)/.test(text))
    return {
      problem:
        "Unhandled non-multipart (text/x-not-multipart) userdata: its first line is not '#cloud-config'",
    };
  const settings = mapping(text);
  return settings
    ? { settings }
    : { problem: 'Failed at merging in cloud config part: it is no YAML mapping' };
}
