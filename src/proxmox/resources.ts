/** What `/cluster/resources` tells of nodes and guests. Pure parse of the two kinds of rows that phx reads; it knows no host. */

export interface Resources {
  /** Node → whether the others see it. */
  readonly nodes: ReadonlyMap<string, boolean>;
  readonly guests: ReadonlyMap<number, GuestResource>;
}

export interface GuestResource {
  /** That it lives on. */
  readonly node: string;
  /** `running`, `stopped` …; `unknown` where its node does not say (pvesh-reads). */
  readonly status: string;
}

/** Undefined of what is no list of resources. */
export function parseResources(value: unknown): Resources | undefined {
  if (!Array.isArray(value)) return undefined;
  const nodes = new Map<string, boolean>();
  const guests = new Map<number, GuestResource>();
  for (const row of value) {
    const { type, node, status, vmid } = { ...(row as Readonly<Record<string, unknown>> | null) };
    if (typeof type !== 'string') return undefined;
    const guest = type === 'lxc' || type === 'qemu';
    if (!guest && type !== 'node') continue;
    if (typeof node !== 'string' || typeof status !== 'string') return undefined;
    if (!guest) nodes.set(node, status === 'online');
    else if (Number.isInteger(Number(vmid))) guests.set(Number(vmid), { node, status });
    else return undefined;
  }
  return { nodes, guests };
}
