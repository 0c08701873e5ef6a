/**
 * What a new container comes to without anybody wanting it: a firewall file that lies around for its id (B147), and all that
 * a clone copies of its source (F10, B68): tags, onboot, protection, nets with their addresses, raw lines. It goes before
 * the container is configured, and long before it starts.
 */

import type { TaskContext } from '../../src/core/task.ts';
import type { GuestConf } from '../../src/proxmox/conf.ts';
import { isOfImage } from '../../src/proxmox/env.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { pct } from '../../src/proxmox/pct.ts';
import { fileScope, keepCopy } from '../guest/managed.ts';
import { LXCContainer, markOf } from './container.ts';

/** Keys that make a container what it is, or that its source's image brought; data mounts are no key to be dropped. */
const lasting =
  /^(arch|ostype|rootfs|mp\d+|unused\d+|unprivileged|hostname|memory|swap|lock|parent|entrypoint|env|cmode|template)$/;

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

/** Keys of the source that the clone does not want, and the rules of its source where it has none of its own. */
export async function disinherit(id: number, source: number, context: TaskContext<Facts>): Promise<void> {
  const container = new LXCContainer(id, context);
  const wanted = context.initial.wanted as readonly string[];
  const surplus = [...container.conf.keys.keys()].filter(
    (key) => !lasting.test(key) && !wanted.includes(key),
  );
  if (surplus.length > 0) {
    await context.run(pct.set(id, {}, surplus.sort()));
    await container.look();
  }
  if (context.initial.firewall === true) return;
  const path = firewallFile(id);
  const copied = await context.readFile(path);
  if (copied === undefined || copied !== (await context.readFile(firewallFile(source)))) return;
  await context.removeFile(path);
  context.log(`${path} was copied from ${source}; this container has no firewall of its own`);
  await lookAgain(path, context);
}

/** Only where a task asked for the file: else nobody reads it. */
async function lookAgain(path: string, context: TaskContext<Facts>): Promise<void> {
  if (context.facts().files.has(path)) await context.refresh([fileScope(path)]);
}

/**
 * The raw lines that a clone was born with, for the record: `pct` has no word to take them away, so the step that owns
 * raw lines does. Those that came from an image are its own.
 */
export function inheritedLines(conf: GuestConf, born: boolean, context: TaskContext<Facts>): string[] {
  if (!born) return recorded(context);
  return conf.lxc.filter(({ key }) => !isOfImage(key)).map(({ key, value }) => `${key}: ${value}`);
}

function recorded(context: TaskContext<Facts>): string[] {
  const text = context.stamp(context.task)?.outputs.inheritedLxc;
  return text === undefined ? [] : (JSON.parse(text) as string[]);
}
