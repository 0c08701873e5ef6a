/** How documents of cloud-init are laid over each other. Pure; it knows no key of them. */

import { canonical } from '../../src/core/digest.ts';
import type { Json } from '../../src/core/json.ts';

export type Document = Readonly<Record<string, Json>>;

/** Values of `over` win, objects merge, lists come behind those of `base`; what is in both lists stands once, as in `over`. */
export function layOver(base: Document, over: Document): Document {
  const merged: Record<string, Json> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const before = base[key];
    if (isList(before) && isList(value)) merged[key] = joined(before, value);
    else if (isDocument(before) && isDocument(value)) merged[key] = layOver(before, value);
    else merged[key] = value;
  }
  return merged;
}

/**
 * User data beside vendor data. A guest takes a list of the vendor data only where its user data has none of that name
 * (cloudinit.util.mergemanydict), so lists that both have are put together here.
 */
export function withVendor(user: Document, vendor: Document): Document {
  const merged: Record<string, Json> = { ...user };
  for (const [key, value] of Object.entries(vendor)) {
    const own = user[key];
    if (isList(own) && isList(value)) merged[key] = joined(value, own);
    else if (isDocument(own) && isDocument(value)) merged[key] = withVendor(own, value);
  }
  return merged;
}

/** Without the members that are not said. */
export function said(members: Readonly<Record<string, Json | undefined>>): Document {
  return Object.fromEntries(
    Object.entries(members).filter((entry): entry is [string, Json] => entry[1] !== undefined),
  );
}

function joined(before: readonly Json[], behind: readonly Json[]): readonly Json[] {
  const known = new Set(behind.map(canonical));
  return [...before.filter((item) => !known.has(canonical(item))), ...behind];
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

function isDocument(value: Json | undefined): value is Document {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
