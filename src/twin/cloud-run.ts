/**
 * What cloud-init makes of its drive when the system inside a VM starts: on a tree that does not know this instance yet, it
 * makes true what the user data says. From cloud-init's documentation; it knows no verb and no conf.
 */

import { applyCloudConfig, type Settings } from './cloud-config.ts';
import { mapping, networkPath } from './cloud-network.ts';
import { makeDirs, putFile } from './files.ts';
import { hasSystem } from './guest-tree.ts';
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
export function bootInside(tree: GuestTree, seed: CloudInitData | undefined): void {
  if (!hasSystem(tree) || tree.packages['cloud-init'] === undefined) return;
  const errors: string[] = [];
  const warnings: string[] = [];
  if (seed && isNew(tree, seed)) {
    makeDirs(tree.files, '/var/lib/cloud/data');
    putFile(tree.files, instancePath, `${instanceOf(seed)}\n`);
    if (seed.network.trim() !== '') {
      makeDirs(tree.files, '/etc/netplan');
      putFile(tree.files, networkPath, seed.network, 0o600);
    }
    renewHostKeys(tree, instanceOf(seed));
    for (const [name, text] of [
      ['vendor', seed.vendor],
      ['user', seed.user],
    ] as const)
      runPart(tree, name, text, mapping(seed.meta) ?? {}, errors, warnings);
  }
  makeDirs(tree.files, '/run/cloud-init');
  const result = { v1: { datasource: seed ? 'DataSourceNoCloud' : 'DataSourceNone', errors, warnings } };
  putFile(tree.files, resultPath, `${JSON.stringify(result)}\n`);
}

/** Every instance gets keys of its own. */
function renewHostKeys(tree: GuestTree, instance: string): void {
  makeDirs(tree.files, '/etc/ssh');
  putFile(tree.files, '/etc/ssh/ssh_host_ed25519_key.pub', `ssh-ed25519 ${instance} root@instance\n`);
}

function runPart(
  tree: GuestTree,
  name: string,
  text: string,
  meta: Settings,
  errors: string[],
  warnings: string[],
): void {
  if (text.trim() === '') return;
  const { settings, problem } = read(text);
  const note = (line: string) => tree.events.push(`cloud-init: ${line}`.slice(0, 200));
  if (problem !== undefined) {
    warnings.push(problem);
    note(`${name} data is ignored: ${problem}`);
    return;
  }
  applyCloudConfig(tree, { 'local-hostname': meta['local-hostname'], ...settings }, note, errors);
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
