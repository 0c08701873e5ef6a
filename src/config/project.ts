/** What a `phoenixfile.ts` says: which plugins, which host, own tasks; `definePhoenix` hands it through. */

import type { Outcome } from '../core/host.ts';
import type { Task } from '../core/task.ts';
import type { Facts } from '../proxmox/facts.ts';
import type { Effect } from '../proxmox/guest-layer.ts';
import type { Feature } from './feature.ts';
import type { Fleet } from './fleet.ts';
import type { SecretRef } from './secret-ref.ts';

/** A task of phx: one that sees a Proxmox node's facts. */
export type PhxTask = Task<Facts>;

/** A feature's or application's template, rendered for one guest. */
export interface Rendered {
  /** The bash script. */
  readonly body: string;
  /** What it leaves in the guest. */
  readonly provides: readonly Effect[];
  /** Questions of the guest probe that must have an answer afterwards. */
  readonly verify: readonly string[];
  /** Features that must be in the guest's lineage before. */
  readonly requires: readonly string[];
  /** Of body, effects, and the script that takes it back. */
  readonly digest: string;
  /** The script that takes it back, where the template comes with one. */
  readonly uninstall?: string;
}

/** What a template may read besides its parameters. */
export interface RenderContext {
  readonly guest: { readonly id: number; readonly hostname: string; readonly address: string };
  /** What the guests of the fleet say of themselves, by id. */
  readonly exports: readonly {
    readonly id: number;
    readonly hostname: string;
    readonly address: string;
    readonly exports: Readonly<Record<string, string | number>>;
  }[];
}

export interface PluginInput {
  /** Name of the project: guests are marked with it. */
  readonly project: string;
  /** Absolute path of the project's folder: files that a task names are below it. */
  readonly root: string;
  readonly fleet: Fleet;
  /** Text of a file of the project, by its path from the project's folder; throws when there is none. */
  readonly text: (path: string) => string;
  readonly render: (
    kind: 'features' | 'apps',
    name: string,
    params: Readonly<Record<string, unknown>>,
    context: RenderContext,
  ) => Promise<Rendered>;
  /** A template that is no script, by its path below templates/ without .hbs, such as `cloud-init/user-data.yaml`. */
  readonly document: (path: string, values: Readonly<Record<string, unknown>>) => Promise<string>;
}

export const actionVerbs = [
  ...(['start', 'stop', 'restart', 'destroy', 'snapshot', 'rollback', 'backup', 'adopt'] as const),
] as const;
export type ActionVerb = (typeof actionVerbs)[number];

/** What a person asks of guests by a command of its own, beside bringing them up to date. */
export interface ActionRequest {
  readonly verb: ActionVerb;
  /** Ids; also of guests that left the configuration but carry the project's mark. */
  readonly guests: readonly number[];
  /** Name of a snapshot. */
  readonly name?: string;
  /** With `destroy`: data volumes are parked, for the next container of the same id. */
  readonly keepVolumes?: boolean;
  /** Where a backup goes; without it what the guest's `safety` says, else the first storage that takes backups. */
  readonly storage?: string;
}

/** What one check of a guest came to. */
export interface Finding {
  readonly target: string;
  /** `test`: one of the slower ones. */
  readonly kind: 'health' | 'test';
  /** The check in words: `port:8000`, `templates/checks/docker.sh`. */
  readonly check: string;
  readonly ended: 'passed' | 'failed' | 'not run';
  /** What was answered, or what the program said last. */
  readonly said: string;
  /** Of a program. */
  readonly exit?: number;
}

/** Whom `phx check` asks how they are. */
export interface CheckRequest {
  /** `ctid:950`, `external:700`: those that can be asked now. */
  readonly targets: readonly string[];
  /** Also the slower tests. */
  readonly integration: boolean;
  /** Told of each check as soon as it has ended. */
  readonly found: (finding: Finding) => void;
}

/** A command that a person wants run in a guest, as it stands. */
export interface InsideRequest {
  readonly kind: 'ct' | 'vm';
  readonly guest: number;
  readonly argv: readonly string[];
  /** Told of the command's own end. */
  readonly ended: (outcome: Outcome) => void;
}

/** A safety point of a guest that is none of Proxmox's snapshots. */
export interface StandingPoint {
  readonly name: string;
  /** What it holds, in a few words. */
  readonly holds: string;
}

/** Whose safety points are asked for. */
export interface PointsRequest {
  readonly guests: readonly number[];
  readonly found: (guest: number, points: readonly StandingPoint[]) => void;
}

/** A thing of the node that phx made and that left the configuration. */
export interface Leftover {
  readonly kind: 'backup-job' | 'storage' | 'dataset' | 'template' | 'image';
  readonly name: string;
  /** Of a file. */
  readonly path?: string;
}

export interface Plugin {
  readonly name: string;
  /** Comes with phx: its tasks carry revisions that are checked. Any other task is as new as the modules that define it. */
  readonly builtin?: true;
  readonly tasks: (input: PluginInput) => readonly PhxTask[] | Promise<readonly PhxTask[]>;
  /** Layers that guests may name, beside those of the project's templates and of phx: see `feature`. */
  readonly features?: readonly Feature[];
  /** A task for each guest of the request that the plugin knows; they leave no stamp. */
  readonly actions?: (
    input: Pick<PluginInput, 'project' | 'fleet'>,
    request: ActionRequest,
    facts: Facts,
  ) => readonly PhxTask[];
  /** Tasks that take these things of the node away, in the order in which they lie on each other. */
  readonly prune?: (leftovers: readonly Leftover[]) => readonly PhxTask[];
  /** A task for each target of the request that the plugin knows: it looks, changes nothing, and fails where it is not well. */
  readonly checks?: (
    input: Pick<PluginInput, 'project' | 'fleet' | 'text'>,
    request: CheckRequest,
  ) => readonly PhxTask[];
  /** A task for each guest of the request whose safety points are no snapshots of Proxmox: it looks which of them stand. */
  readonly points?: (input: Pick<PluginInput, 'fleet'>, request: PointsRequest) => readonly PhxTask[];
  /** A task that runs one command in a guest that the node itself cannot enter; it is refused where there is no way in. */
  readonly inside?: (input: Pick<PluginInput, 'fleet'>, request: InsideRequest) => PhxTask | undefined;
}

/** A node that is reached over ssh. */
export interface SshNode {
  /** As it is typed after `ssh`: `root@10.0.0.14`, or a name of ssh_config. Root is needed: `pct` and `qm` are for root. */
  readonly ssh: string;
  /** An ssh_config in the place of the user's own, by its path from the project's folder. */
  readonly config?: string;
  /** Tells how things stand there, also while no ssh comes through. */
  readonly api?: ApiAddress;
}

/** A node that is only looked at: whatever changes one needs root, and that over ssh. */
export interface ApiNode {
  readonly ssh?: never;
  readonly config?: never;
  readonly api: ApiAddress;
}

/** The API of a node, which phx only reads. */
export interface ApiAddress {
  /** `https://10.0.0.11:8006`. */
  readonly url: string;
  /** An API token as `user@realm!name=uuid`. Sys.Audit, VM.Audit and Datastore.Audit are enough. */
  readonly token: SecretRef;
  /** SHA-256 of the node's certificate, as `pvenode cert info` tells it; needed unless somebody trusted vouches for it. */
  readonly fingerprint?: string;
}

export interface Phoenix {
  /** Lower case letters, digits and dashes. */
  readonly name: string;
  /**
   * Where commands run unless `--host` says otherwise: `twin`, `local`, one of `nodes`, or `cluster` for all of them; without
   * it the twin.
   */
  readonly host?: string;
  /** Nodes by the names that people call them: this very machine, one over ssh, one that its API tells of. */
  readonly nodes?: Readonly<Record<string, 'local' | SshNode | ApiNode>>;
  /** The nodes are one cluster of Proxmox VE, named as it names them: one configuration speaks of all of them. */
  readonly cluster?: boolean;
  readonly plugins: readonly Plugin[];
  /**
   * A PostgreSQL database that keeps the history of all who work on this project: `postgres://db.example.net/phx`. An address
   * with a password is a secret: `{ secret: 'env:PHX_HISTORY' }`. Without it the history is in `.cache` of each machine.
   */
  readonly history?: string | SecretRef;
  /** Width of named pools, such as `{ 'storage:quickOS-lxc-disks': 2 }`; 1 where nothing is said. */
  readonly pools?: Readonly<Record<string, number>>;
  /** How many tasks run at once unless `--jobs` says otherwise. */
  readonly jobs?: number;
}

/** Types a phoenixfile's default export; answers what it was given. */
export function definePhoenix(phoenix: Phoenix): Phoenix {
  return phoenix;
}

/** The nodes of a cluster by their names; none: the project is about a single node. */
export function clusterNodes({ cluster, nodes = {} }: Pick<Phoenix, 'cluster' | 'nodes'>): readonly string[] {
  return cluster ? Object.keys(nodes) : [];
}

/** The nodes of a cluster that `--host` means, or the phoenixfile's `host`; undefined: it has none of that name. */
export function clusterNodesMeant(
  phoenix: Pick<Phoenix, 'cluster' | 'nodes'>,
  wanted: string,
): readonly string[] | undefined {
  const names = clusterNodes(phoenix);
  if (wanted === 'twin' || wanted === 'cluster') return names;
  const alone = wanted === 'local' ? names.find((name) => phoenix.nodes?.[name] === 'local') : wanted;
  return alone !== undefined && names.includes(alone) ? [alone] : undefined;
}
