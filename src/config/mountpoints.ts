/** Where datasets are mounted when everything is as the configuration has it. Pure; it knows no other section. */

/** Dataset → its properties, as far as they are described. */
export type Datasets = Readonly<
  Record<string, { readonly [property: string]: string | undefined } | undefined>
>;

/** The path that a dataset is mounted at, by its own word or by that of one above it; undefined when nowhere. */
export function mountpointOf(name: string, datasets: Datasets): string | undefined {
  const own = Object.hasOwn(datasets, name) ? datasets[name]?.mountpoint : undefined;
  if (own !== undefined) return own.startsWith('/') ? own : undefined;
  const slash = name.lastIndexOf('/');
  if (slash < 0) return `/${name}`;
  const parent = mountpointOf(name.slice(0, slash), datasets);
  return parent === undefined ? undefined : `${parent === '/' ? '' : parent}${name.slice(slash)}`;
}

/** The described dataset that a path lies on: of those around it, the nearest. */
export function datasetUnder(path: string, datasets: Datasets): string | undefined {
  const around = Object.keys(datasets).flatMap((name) => {
    const point = mountpointOf(name, datasets);
    return point !== undefined && (path === point || path.startsWith(`${point}/`)) ? [{ name, point }] : [];
  });
  return around.sort((a, b) => b.point.length - a.point.length)[0]?.name;
}
