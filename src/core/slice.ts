/** Guards a task's slice of the configuration: reading what was not declared is an error, not an undefined. Pure. */

/** A view of `slice` that throws on any key it does not have. */
export function guardSlice<T extends object>(slice: T, reader: string): T {
  return new Proxy(slice, {
    get(target, key, receiver) {
      if (typeof key === 'symbol' || key in target || key === 'toJSON')
        return Reflect.get(target, key, receiver);
      throw new Error(`${reader} reads ${String(key)}, which is not in the slice that it declares`);
    },
    set(_, key) {
      throw new Error(`${reader} writes ${String(key)} into its slice`);
    },
  });
}
