/** Whose answer a step shows. Only Proxmox's own count for the figure; the others are told beside it. */

import type { Step } from './recording.ts';

/**
 * - `proxmox`: a tool of Proxmox VE.
 * - `inside`: a program in a guest; the twin has no shell and no file system there.
 * - `fixture`: a tool of the node that the scenario needs (`mkdir`, `ls`), or a file edited by hand.
 * - `machine`: what the README of the recordings calls an artefact of the recording machine.
 */
export type Speaker = 'proxmox' | 'inside' | 'fixture' | 'machine';

const tools = /^(pct|qm|pvesm|pveam|pvesh|pveum|pvenode|ha-manager|pve-firewall|pveversion|vzdump)$/;

/** Words of what the recording machine lacked: zpool, LVM, criu, a network, a resize of a mounted file system. */
const artefacts: readonly RegExp[] = [
  /exec of (zpool|zfs|vgs|lvs|criu|\/sbin\/\S+) .*failed|command '(zpool|zfs|\/sbin\/vgs|\/sbin\/lvs)\b/,
  /\/dev\/mapper\/control: open failed|device-mapper/,
  /Permission denied to resize filesystem/,
  /criu|lxc-checkpoint/,
  /\/apl-info\/|see \/var\/log\/pveam\.log|Could not resolve|Temporary failure in name resolution|Name or service not known/,
];

/** Words that Proxmox puts in front of what never got into a guest. */
const refused =
  /^(Configuration file|container '?\d+'? not running|CT \d+ not running|VM \d+ is not running|QEMU guest agent is not running|400 |no such|unable to|ERROR: )/m;

export function speakerOf(step: Step): Speaker {
  const [tool = '', verb = ''] = step.argv ?? [];
  if (!tools.test(tool)) return 'fixture';
  const said = `${step.stdout ?? ''}\n${step.stderr ?? ''}`;
  // A daemon renews this about every ten seconds (B78): which moment was caught is chance.
  if (step.argv?.[2] === '/cluster/resources' && said.includes('"status":"unknown"')) return 'machine';
  if (artefacts.some((words) => words.test(said))) return 'machine';
  const enters = (tool === 'pct' && verb === 'exec') || (tool === 'qm' && /^(guest|agent)$/.test(verb));
  return enters && !refused.test(step.stderr ?? '') ? 'inside' : 'proxmox';
}
