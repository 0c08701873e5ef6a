/** Which nodes the cluster file system of Proxmox VE sees. Pure parse of /etc/pve/.members; it knows no host. */

export const membersFile = '/etc/pve/.members';

/** The scope of a sweep that reads it. */
export const membersScope = `file:${membersFile}`;

/** Which guest lives on which node. */
export const vmlistFile = '/etc/pve/.vmlist';

export interface Cluster {
  readonly name: string;
  /** How many nodes it has, those that are away included. */
  readonly nodes: number;
  /** Without a majority /etc/pve is read-only (F26). */
  readonly quorate: boolean;
}

/** Undefined of a node that stands alone, and of a text that says nothing. */
export function parseMembers(text: string | undefined): Cluster | undefined {
  try {
    const { cluster } = JSON.parse(text ?? '{}') as {
      readonly cluster?: { readonly name?: string; readonly nodes?: number; readonly quorate?: number };
    };
    if (cluster === undefined) return undefined;
    const { name = '', nodes = 0, quorate } = cluster;
    return { name, nodes, quorate: quorate === undefined || Number(quorate) === 1 };
  } catch {
    return undefined;
  }
}

/** Id → the node that the guest lives on; none of a text that says nothing. */
export function parseVmlist(text: string | undefined): Map<number, string> {
  try {
    const { ids = {} } = JSON.parse(text ?? '{}') as {
      readonly ids?: Readonly<Record<string, { readonly node?: string }>>;
    };
    return new Map(
      Object.entries(ids).flatMap(([id, { node }]) =>
        node === undefined ? [] : [[Number(id), node] as const],
      ),
    );
  } catch {
    return new Map();
  }
}
