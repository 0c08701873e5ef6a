/** What is known of a cluster: of each node its own, with the guests of all and what they have in common. It asks nobody. */

import type { Facts, HostFacts } from '../proxmox/facts.ts';
import { parseStorageCfg } from '../proxmox/storage-cfg.ts';
import { storageType } from '../proxmox/storage-types.ts';
import { GuestsOfNodes } from './guests-of-nodes.ts';

export class ClusterFacts {
  readonly #views = new Map<string, { readonly version: number; readonly facts: Facts }>();
  /** Texts of files that all nodes share, as they were read last. */
  readonly #common = new Map<string, string | undefined>();
  #storageCfg: string | undefined;
  /** Rises with everything that was read. */
  #version = 0;
  #guests = new GuestsOfNodes(new Map());
  /** What a node's own guests were made of. */
  readonly #own = new Map<string, Facts['guests']>();
  #hosts: ReadonlyMap<string, HostFacts> = new Map();

  /** Of all nodes; of those that are away, as the cluster file system tells of them. */
  get guests(): Facts['guests'] {
    return this.#guests;
  }

  /** A node as its own sweep shows it, in the midst of the others. */
  view(name: string, own: Facts): Facts {
    const known = this.#views.get(name);
    if (known?.version === this.#version) return known.facts;
    const { host } = own;
    const facts: Facts = {
      ...own,
      host: this.#storageCfg === undefined ? host : { ...host, storageCfg: this.#storageCfg },
      nodes: this.#hosts,
      guests: this.#guests,
      files: this.#common.size === 0 ? own.files : new Map([...own.files, ...this.#common]),
    };
    this.#views.set(name, { version: this.#version, facts });
    return facts;
  }

  /** Takes up what a sweep of a node has read; `scopes`: without them, all that is known of it. */
  note(node: string, facts: Facts, scopes: readonly string[] = everything(facts)): void {
    this.#noteGuests(node, facts);
    this.#noteCommon(facts, scopes);
    this.#version++;
  }

  /** The nodes within reach. */
  noteHosts(hosts: ReadonlyMap<string, HostFacts>): void {
    this.#hosts = hosts;
    this.#version++;
  }

  /** Guests of a node that is away. */
  noteAbsent(node: string, guests: Facts['guests']): void {
    this.#guests = this.#guests.with(node, guests);
    this.#version++;
  }

  /** Whether what lies on a storage is the same for all nodes. */
  isShared(storage: string): boolean {
    const section = parseStorageCfg(this.#storageCfg ?? '').get(storage);
    return (
      section !== undefined &&
      (section.options.get('shared') === '1' || storageType(section.type)?.shared === true)
    );
  }

  #noteGuests(node: string, { guests }: Facts): void {
    if (this.#own.get(node) === guests) return;
    this.#own.set(node, guests);
    const own = [...guests].filter(([, guest]) => !guest.unknown);
    this.#guests = this.#guests.with(node, new Map(own.map(([id, guest]) => [id, { ...guest, node }])));
  }

  /** What all nodes have in common was read on one of them, and counts for all. */
  #noteCommon(facts: Facts, scopes: readonly string[]): void {
    if (scopes.includes('host')) this.#storageCfg = facts.host.storageCfg;
    for (const scope of scopes) {
      const path = scope.startsWith('file:') ? scope.slice(5) : '';
      if (isCommon(path) && facts.files.has(path)) this.#common.set(path, facts.files.get(path));
    }
  }
}

function everything({ files }: Facts): string[] {
  return ['host', ...[...files.keys()].map((path) => `file:${path}`)];
}

/** Below /etc/pve all nodes see the same, except where a node is named, or is meant without a name; and the lists of members. */
function isCommon(path: string): boolean {
  return /^\/etc\/pve\/(?!\.|nodes\/|local\/|lxc\/|qemu-server\/)/.test(path);
}
