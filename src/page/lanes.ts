/** Lays what overlaps in time into lanes. Pure. */

export interface Span {
  /** Milliseconds, from wherever both are counted. */
  readonly start: number;
  readonly ms: number;
}

/** The lane of each span, the lowest one that is free; spans in the order of their starts. */
export function lanesOf(spans: readonly Span[]): number[] {
  const free: number[] = [];
  return spans.map(({ start, ms }) => {
    const found = free.findIndex((until) => until <= start);
    const lane = found < 0 ? free.length : found;
    free[lane] = start + ms;
    return lane;
  });
}
