/** The terms of a run: what the person who started it allows, where they are, and the secrets they hold. Knows no Proxmox. */

/** Secret values by reference (`env:NAME`); however they were fetched, they leave only by `reveal`. */
export interface Secrets {
  /** Keyed digest of the value; undefined when it cannot be had now: then the recorded one is believed. */
  digest(reference: string): string | undefined;
  /** The value, for standard input or a file with mode 0600. Throws a PhxError that says how to give it. */
  reveal(reference: string): string;
}

export interface Terms {
  /** Whether something that is never done unasked was asked for, such as `wipe-disk` of one disk. */
  readonly permits: (kind: string, name: string) => boolean;
  /** Address that the operator is connected from; undefined at the console. */
  readonly operator: string | undefined;
  /** What a reboot gate may do: stop (`no`), reboot and wait (`wait`), or reboot and be gone with the node (`leave`). */
  readonly reboot: 'no' | 'wait' | 'leave';
  readonly secrets: Secrets;
}

/** Nothing is allowed, nobody is known, there are no secrets. */
export const bareTerms: Terms = {
  permits: () => false,
  operator: undefined,
  reboot: 'no',
  secrets: {
    digest: () => undefined,
    reveal: (reference) => {
      throw new Error(`there is no secret ${reference}`);
    },
  },
};
