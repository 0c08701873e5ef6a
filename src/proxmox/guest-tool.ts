/** The verbs that `pct` and `qm` share, as builders of their argv: what works with both kinds of guests speaks through this. */

import type { CtKeys } from './ct-keys.ts';

export interface GuestTool {
  readonly program: 'pct' | 'qm';
  readonly set: (id: number, keys: CtKeys, remove?: readonly string[], digest?: string) => string[];
  readonly revert: (id: number, keys: readonly string[], digest?: string) => string[];
  readonly start: (id: number) => string[];
  readonly shutdown: (id: number, seconds: number) => string[];
  readonly resize: (id: number, volume: string, gib: number, digest?: string) => string[];
  readonly snapshot: (id: number, name: string, description: string) => string[];
  readonly deleteSnapshot: (id: number, name: string) => string[];
  readonly rollback: (id: number, name: string) => string[];
  /** Over the guest that stands. Its first three words tell it from every other command. */
  readonly restoreOver: (id: number, backup: string, storage: string) => string[];
  readonly template: (id: number) => string[];
  readonly unlock: (id: number) => string[];
  /** To another node; `running`: while it runs (a container is restarted). Its first three words tell it from every other command. */
  readonly migrate: (id: number, node: string, running: boolean) => string[];
  readonly destroy: (id: number, options?: { readonly purge?: boolean }) => string[];
}
