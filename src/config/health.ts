/** How one sees that a guest does its work. Types only; they know no guest. */

/** One check; `from: 'node'` runs it on the node instead of inside the guest. */
export type HealthCheck = { readonly from?: 'guest' | 'node' } & (
  | { readonly http: string }
  /** A port of the guest, or `host:port`. */
  | { readonly tcp: number | string }
  | { readonly unit: string }
  | { readonly file: string }
  | { readonly exec: readonly string[] }
  /** A bash script of the project. */
  | { readonly script: string; readonly args?: readonly string[] }
);

export interface Health {
  readonly checks: readonly HealthCheck[];
  readonly retries: number;
  /** Seconds between two tries. */
  readonly interval: number;
  /** Seconds for all tries together. */
  readonly deadline: number;
}
