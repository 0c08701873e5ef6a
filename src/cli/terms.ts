/** The terms of a run, from the command line and the environment: what is allowed, and who is at the other end. */

import { isIP } from 'node:net';
import { PhxError } from '../core/error.ts';
import type { Host } from '../core/host.ts';
import { didYouMean } from '../core/suggest.ts';
import type { Terms } from '../core/terms.ts';
import type { Io } from './io.ts';
import { type KeyPlace, SecretBox } from './secret-box.ts';

/** Options of `run` and `plan` that allow something, or tell where the operator is. */
export interface TermOptions {
  /** `--reboot`, `--no-reboot`; neither: the twin is rebooted, a node is not. */
  readonly reboot?: boolean;
  /** Disks whose signatures may be erased, as paths or names below /dev/disk/by-id. */
  readonly wipeDisk?: readonly string[];
  /** Guests among the named targets get the restart that some change waits for. */
  readonly restart?: boolean;
  /** What was rolled back in guests among the named targets is tried again. */
  readonly retry?: boolean;
  /** Guests among the named targets are destroyed and built anew. */
  readonly recreate?: boolean;
  /** The versions of guests among the named targets are being moved: what leaves them unwell is taken back. */
  readonly update?: boolean;
  /** False: guests are recreated even where no backup of them can be taken. */
  readonly wayBack?: boolean;
  /** Address of the operator; default: that of the ssh session which phx runs in. */
  readonly operator?: string;
}

export type CliTerms = Terms & { readonly secrets: SecretBox };

/** What of a project the terms rest on. */
export interface TermSubject {
  /** Those of all secrets that tasks declare. */
  readonly references: ReadonlySet<string>;
  /** Where the key to their digests is kept; default: on the node. */
  readonly key?: KeyPlace | undefined;
  /** Those that pools of the configuration name. */
  readonly disks: readonly string[];
  /** Whether the command line names this target. */
  readonly isNamed: (target: string) => boolean;
}

export async function termsOf(
  io: Io,
  host: Host,
  { references, disks, isNamed, key }: TermSubject,
  options: TermOptions,
): Promise<CliTerms> {
  const wipe = new Set((options.wipeDisk ?? []).map(diskName));
  const own = disks.map(diskName);
  const stray = [...wipe].find((name) => !own.includes(name));
  if (stray !== undefined) {
    throw new PhxError('usage', {
      title: `--wipe-disk ${stray}: no pool of the configuration names this disk`,
      hint: didYouMean(stray, own) ?? 'It is for the disks of hypervisor.zfs.pools alone.',
      command: 'phx config hypervisor',
    });
  }
  const allowed = guestPermissions(options);
  return {
    permits: (kind, name) => {
      if (kind === 'wipe-disk') return wipe.has(diskName(name));
      return allowed.has(kind) && isNamed(name);
    },
    operator: await operatorOf(host, options.operator),
    reboot: rebootOf(host, options.reboot),
    secrets: await SecretBox.open(io, host, references, key),
  };
}

/** What is allowed for each guest that is named; other kinds are allowed for nothing. */
function guestPermissions({ restart, retry, recreate, update, wayBack }: TermOptions): ReadonlySet<string> {
  return new Set([
    ...(restart === true ? ['restart'] : []),
    ...(retry === true ? ['retry'] : []),
    ...(recreate === true ? ['recreate'] : []),
    ...(update === true ? ['update'] : []),
    ...(wayBack === false ? ['no-way-back'] : []),
  ]);
}

function diskName(path: string): string {
  return path.replace(/^.*\//, '');
}

/** Nobody is connected to the twin from outside: there, only what is said counts. On a node it is where the connection comes from. */
async function operatorOf(host: Host, said: string | undefined): Promise<string | undefined> {
  if (said !== undefined && isIP(said) === 0) {
    throw new PhxError('usage', {
      title: `--operator ${said} is no address`,
      hint: 'It is the address that you reach the node from, such as 192.168.1.20.',
    });
  }
  return said ?? host.operator?.();
}

function rebootOf(host: Host, asked: boolean | undefined): Terms['reboot'] {
  if (!(asked ?? host.kind === 'twin')) return 'no';
  return host.kind === 'local' ? 'leave' : 'wait';
}
