/** What is known of a cluster: of each node its own, with the guests of all and what they have in common. It asks nobody. */

import type { Facts, GuestFacts, HostFacts } from '../proxmox/facts.ts';
import { isShared, parseStorageCfg } from '../proxmox/storage-cfg.ts';
import { GuestsOfNodes } from './guests-of-nodes.ts';

type Files = Facts['files'];

export class ClusterFacts {
  readonly #views = new Map<string, { readonly version: number; readonly facts: Facts }>();
  /** Texts of files that all nodes share, as they were read last; replaced, never changed. */
  #common: Files = new Map();
  /** A node's files with those in their place, as they were laid together last. */
  readonly #files = new Map<string, { readonly own: Files; readonly common: Files; readonly both: Files }>();
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
      files: this.#filesOf(name, own.files),
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
    return section !== undefined && isShared(section);
  }

  #filesOf(name: string, own: Files): Files {
    if (this.#common.size === 0) return own;
    const known = this.#files.get(name);
    if (known?.own === own && known.common === this.#common) return known.both;
    const both = new Map([...own, ...this.#common]);
    this.#files.set(name, { own, common: this.#common, both });
    return both;
  }

  /** What a sweep did not touch is taken over as it stands: one guest changes, and a node has hundreds. */
  #noteGuests(node: string, { guests }: Facts): void {
    const before = this.#own.get(node);
    if (before === guests) return;
    this.#own.set(node, guests);
    const placed = this.#guests.of(node);
    const own = new Map<number, GuestFacts>();
    for (const [id, guest] of guests) {
      if (guest.unknown) continue;
      const known = before?.get(id) === guest ? placed?.get(id) : undefined;
      own.set(id, known ?? { ...guest, node });
    }
    this.#guests = this.#guests.with(node, own);
  }

  /** What all nodes have in common was read on one of them, and counts for all. */
  #noteCommon(facts: Facts, scopes: readonly string[]): void {
    if (scopes.includes('host')) this.#storageCfg = facts.host.storageCfg;
    const paths = scopes.filter((scope) => scope.startsWith('file:')).map((scope) => scope.slice(5));
    const read = paths.filter((path) => isCommon(path) && facts.files.has(path));
    if (read.length === 0) return;
    this.#common = new Map([...this.#common, ...read.map((path) => [path, facts.files.get(path)] as const)]);
  }
}

function everything({ files }: Facts): string[] {
  return ['host', ...[...files.keys()].map((path) => `file:${path}`)];
}

/** Below /etc/pve all nodes see the same, except where a node is named, or is meant without a name; and the lists of members. */
function isCommon(path: string): boolean {
  return /^\/etc\/pve\/(?!\.|nodes\/|local\/|lxc\/|qemu-server\/)/.test(path);
}
