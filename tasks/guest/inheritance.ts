/**
 * What a new guest comes to without anybody wanting it: a firewall file that lies around for its id (B147), and all that
 * a clone copies of its source (F10, B68): tags, onboot, protection, nets with their addresses, raw lines. It goes
 * with the first configuration, and so before the guest starts.
 */

import type { Guest } from '../../src/config/fleet.ts';
import type { Stamp } from '../../src/core/stamp.ts';
import type { TaskContext } from '../../src/core/task.ts';
import type { GuestConf } from '../../src/proxmox/conf.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { isOfImage } from '../../src/proxmox/image-lines.ts';
import { markOf } from './conf.ts';
import { fileScope, keepCopy } from './managed.ts';

/** Keys that make a guest what it is, or that its source's image brought; mounts and drives are no key to be dropped. */
const lasting = {
  ct: /^(arch|ostype|rootfs|mp\d+|unused\d+|unprivileged|hostname|memory|swap|lock|parent|entrypoint|env|cmode|template)$/,
  vm: /^(arch|ostype|bios|machine|boot|bootdisk|(scsi|virtio|sata|ide)\d+|efidisk0|tpmstate0|unused\d+|name|memory|meta|smbios1|vmgenid|lock|parent|template|digest)$/,
} as const;

function firewallFile(id: number): string {
  return `/etc/pve/firewall/${id}.fw`;
}

/** Rules of a guest that is gone would hold for the new one (B147). */
export async function clearFirewall(id: number, context: TaskContext<Facts>): Promise<void> {
  const path = firewallFile(id);
  const left = await context.readFile(path);
  if (left === undefined) return;
  await keepCopy(context, path, left);
  await context.removeFile(path);
  context.log(`${path} was left by a guest that is gone; it is not the new one's`);
  await lookAgain(path, context);
}

/** A clone that stands, but whose making a run of ours did not bring to its end. */
export function isNewborn(id: number, context: TaskContext<Facts>): boolean {
  const incarnation = markOf(context.facts(), id)?.incarnation;
  const known = context.stamp(context.task)?.outputs.incarnation;
  return context.unsettled() && incarnation !== undefined && known !== JSON.stringify(incarnation);
}

/** The rules of its source, where a clone has none of its own. */
export async function dropCopiedRules(
  id: number,
  source: number,
  context: TaskContext<Facts>,
): Promise<void> {
  if (context.initial.firewall === true) return;
  const path = firewallFile(id);
  const copied = await context.readFile(path);
  if (copied === undefined || copied !== (await context.readFile(firewallFile(source)))) return;
  await context.removeFile(path);
  context.log(`${path} was copied from ${source}; this guest has no firewall of its own`);
  await lookAgain(path, context);
}

/** Only where a task asked for the file: else nobody reads it. */
async function lookAgain(path: string, context: TaskContext<Facts>): Promise<void> {
  if (context.facts().files.has(path)) await context.refresh([fileScope(path)]);
}

/** What a clone was born with and does not want: for the record, so that the step that configures it takes it away. */
export interface Inherited {
  readonly keys: readonly string[];
  /** Raw lines, `lxc.key: value`; `pct` has no word to take them away. */
  readonly lxc: readonly string[];
}

/** `born`: it was made just now; for one that stands for long the record is what there is to know. */
export function inheritedBy(
  kind: Guest['kind'],
  conf: GuestConf,
  born: boolean,
  context: TaskContext<Facts>,
): Inherited {
  if (!born) return readInherited(context.stamp(context.task));
  const wanted = context.initial.wanted as readonly string[];
  const surplus = [...conf.keys.keys()].filter((key) => !lasting[kind].test(key) && !wanted.includes(key));
  // Those that came from an image are its own.
  const lines = conf.lxc.filter(({ key }) => !isOfImage(key));
  return { keys: surplus.sort(), lxc: lines.map(({ key, value }) => `${key}: ${value}`) };
}

/** Out of the record of `define`. */
export function readInherited(define: Stamp | undefined): Inherited {
  const list = (text: string | undefined) => (text === undefined ? [] : (JSON.parse(text) as string[]));
  return { keys: list(define?.outputs.inheritedKeys), lxc: list(define?.outputs.inheritedLxc) };
}

/**
 * What a clone was born with and does not want: it goes once, at its birth, with the first configuration. `last` is the
 * former record of the task that configures it.
 */
export function bornWith(
  define: string,
  last: Stamp | undefined,
  stamp: (task: string) => Stamp | undefined,
): Inherited {
  const record = stamp(define);
  const known = last?.former?.[`result:${define}`] === record?.result;
  return known ? { keys: [], lxc: [] } : readInherited(record);
}
