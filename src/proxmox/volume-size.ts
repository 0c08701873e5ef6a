/** Sizes of volumes as conf files print them. Pure. */

/** `8G`, `3584M` in GiB; undefined for what is no size. */
export function gibibytes(size: string | undefined): number | undefined {
  const match = /^([\d.]+)([KMGT]?)$/.exec(size ?? '');
  if (!match) return undefined;
  const unit = { '': 1 / 2 ** 30, K: 1 / 2 ** 20, M: 1 / 1024, G: 1, T: 1024 }[match[2] ?? ''] ?? 1;
  return Number(match[1]) * unit;
}
