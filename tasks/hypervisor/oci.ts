/**
 * A container template that is an OCI image, kept as an archive. It is pulled with skopeo, as Proxmox VE's own pull does
 * (F2e), but by its digest: that pull takes a tag only, and what a tag means may be another image tomorrow.
 */

import { BlockedError } from '../../src/core/error.ts';
import type { Problem } from '../../src/core/event.ts';
import type { Assessment, TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { atLeast } from '../../src/proxmox/version.ts';
import { deadline, keep, missing, noted, type Wanted } from './fetched.ts';

/** Containers are made of OCI archives since this version. */
const since = '9.1';

export function tooOld(file: string, facts: Facts): Assessment | undefined {
  if (atLeast(facts.host.packages, since) !== false) return undefined;
  return {
    verdict: 'blocked',
    problem: {
      title: `Template ${file} is an OCI image, which needs Proxmox VE ${since}`,
      facts: [['node', `pve-manager ${facts.host.packages.get('pve-manager')}`]],
      hint: 'Upgrade the node, or make the container of a template of a distribution.',
      command: 'phx config hypervisor',
    },
  };
}

export async function pullImage(
  wanted: Wanted & { url: string },
  context: TaskContext<Facts>,
): Promise<void> {
  const { path, url, title } = wanted;
  // Without a note of this very image nobody knows what the file is: a tag tells nothing, and an archive no digest.
  if (await noted(wanted, context)) return;
  if (path === undefined) throw missing(wanted);
  if (!context.facts().host.packages.has('skopeo')) throw new BlockedError(withoutSkopeo(title));
  const part = `${path}.part`;
  // skopeo refuses to write over an archive that is there; one that a dead run left is no use to anybody.
  await context.run(['rm', '-f', part], { undo: 'nothing' });
  const argv = ['skopeo', 'copy', '--quiet', `docker://${byDigest(url)}`, `oci-archive:${part}`];
  await context.run(argv, { deadline, detached: true, undo: 'nothing' });
  await keep(wanted, part, context);
}

/** A reference names a tag or a digest for skopeo, never both. */
export function byDigest(reference: string): string {
  const [name = '', digest = ''] = reference.split('@');
  const tag = name.lastIndexOf(':');
  return `${tag > name.lastIndexOf('/') ? name.slice(0, tag) : name}@${digest}`;
}

function withoutSkopeo(title: string): Problem {
  return {
    title: `The ${title} is an OCI image, and the node has no skopeo to pull it with`,
    facts: [],
    hint: "Add 'skopeo' to hypervisor.packages.",
    command: 'phx run hypervisor/packages',
  };
}
