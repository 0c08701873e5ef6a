/** A reference to a secret; the value itself never stands in a config file. Types only. */

export interface SecretRef {
  /** `env:NAME`, `file:/path` or `exec:program args`. */
  readonly secret: string;
}
