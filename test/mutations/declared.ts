/** What may come of a mutation besides the steps of its own target, written by hand with the reason. It runs nothing. */

import type { Mutation } from './leaves.ts';

interface Declared {
  /** Of `<file> <path> <how>`. */
  readonly edit: RegExp;
  readonly why: string;
}

/** Edits that change the configuration, and that no step reads. */
const silent: readonly Declared[] = [
  { edit: / tests/, why: 'asked by phx check alone' },
  { edit: / dependencies/, why: 'an edge' },
  { edit: / tags\.\d+ doubled/, why: 'a tag is there or not' },
  {
    edit: / (app|layers)\S* taken out/,
    why: 'a parameter that says its default, or a list that says nothing',
  },
  { edit: /(953|960)-\S+ exports/, why: 'read by nobody: no path, no site, no metrics' },
  { edit: / (rollback|safety)/, why: 'how a layer is taken back, not what it is' },
  { edit: / node\b| zfs\.pools\.\w+\.diskSize/, why: 'what checks compare with' },
  { edit: / zfs\.(arcMax|pools\.\w+\.ashift) taken out/, why: 'no wish any more: what stands is right' },
  { edit: / template( true → false| taken out)/, why: 'no way back from a template' },
  { edit: / (health|snapshot|firewall) taken out/, why: 'its step is gone; what it left stays' },
  {
    edit: / (apparmor|backups|directories|nfs|repositories|samba|storage|timezone|users)\S* taken out/,
    why: 'a thing that left the configuration is left over: phx plan tells it',
  },
];

/** Edits that the node alone can refuse; the step says so, and nothing has changed. */
const refusedByNode: readonly Declared[] = [
  { edit: / health\b| layers| app\b/, why: 'a check that asks for what is not there is not well' },
  {
    edit: / net0( taken out|\.ip taken out)/,
    why: 'a container without an address has no network to wait for',
  },
  { edit: / timezone /, why: 'the node knows its zones' },
  { edit: / network\./, why: 'a network that cuts the node off is taken back' },
  { edit: / nvidia\.gpus /, why: 'a card that the node does not have' },
];

/** Steps that read what stands in the file of another target. */
const crossing: readonly { readonly edit: RegExp; readonly task: RegExp; readonly why: string }[] = [
  {
    edit: / network\.nameservers/,
    task: /^vmid:\d+\/cloud-init$/,
    why: 'a VM asks the servers that the node asks, as Proxmox hands them to cloud-init',
  },
];

/** Steps that speak for themselves once another step of their target ran: they read what it left. */
const follows: readonly { readonly task: RegExp; readonly after: RegExp; readonly why: string }[] = [
  {
    task: /\/health$/,
    after: /\/(start|identity)$/,
    why: 'of a guest that was started anew nothing is known',
  },
  {
    task: /\/cloud-init$/,
    after: /\/configure$/,
    why: 'interfaces are matched by the MAC addresses in the conf',
  },
];

function words({ file, path, how }: Mutation): string {
  return `${file} ${path} ${how}`;
}

export function isSilent(mutation: Mutation): boolean {
  return silent.some(({ edit }) => edit.test(words(mutation)));
}

export function isForTheNode(mutation: Mutation): boolean {
  return refusedByNode.some(({ edit }) => edit.test(words(mutation)));
}

export function mayCross(mutation: Mutation, id: string): boolean {
  return crossing.some(({ edit, task }) => edit.test(words(mutation)) && task.test(id));
}

export function mayFollow(id: string, ran: ReadonlySet<string>): boolean {
  const target = id.replace(/\/.*/, '');
  return follows.some(
    ({ task, after }) =>
      task.test(id) && [...ran].some((other) => other.startsWith(`${target}/`) && after.test(other)),
  );
}
