/** Plain data: what config values, fingerprints and records are made of. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
