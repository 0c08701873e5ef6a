/** `zpool export` and `import`: built from the OpenZFS 2.2 manual and source; nothing was recorded. */

import { type Call, refuse } from './call.ts';
import { findDisk } from './disks.ts';
import type { TwinState } from './state.ts';

/** Takes pools off the node; their disks keep them. */
export function exportPools(call: Call, args: readonly string[]): undefined {
  const { state } = call;
  const all = args.includes('-a');
  const names = all ? Object.keys(state.pools) : args.filter((arg) => !arg.startsWith('-'));
  if (names.length === 0) refuse('missing pool argument\nusage:\n\texport [-af] <pool> ...', 2);
  for (const name of names) {
    const pool = state.pools[name] ?? refuse(`cannot open '${name}': no such pool`, 1);
    const own = Object.entries(state.datasets).filter(([one]) => one === name || one.startsWith(`${name}/`));
    state.exported ??= {};
    state.exported[name] = { pool, datasets: Object.fromEntries(own) };
    for (const [dataset] of own) delete state.datasets[dataset];
    delete state.pools[name];
  }
  return undefined;
}

/** Exported pools all of whose members still lie on the disks. */
export function importable(state: TwinState): string[] {
  return Object.entries(state.exported ?? {})
    .filter(([name, { pool }]) =>
      pool.vdevs.every((vdev) => {
        const { disk, part } = findDisk(state, vdev.disk) ?? {};
        return [part, ...(disk?.parts ?? [])].some(
          (one) => one?.fstype === 'zfs_member' && one.label === name,
        );
      }),
    )
    .map(([name]) => name);
}

/** Without a name it lists what could be imported; `-d`, `-o` and `-R` take a value. */
export function importPools(call: Call, args: readonly string[]): undefined {
  const { state } = call;
  const words = args.filter(
    (arg, at) => !arg.startsWith('-') && !['-d', '-o', '-R', '-c'].includes(args[at - 1] ?? ''),
  );
  const found = importable(state);
  if (words.length === 0 && !args.includes('-a')) {
    if (found.length === 0) call.err('no pools available to import\n');
    for (const name of found) {
      call.out(
        `   pool: ${name}\n     id: 1\n  state: ONLINE\n action: The pool can be imported using its name or numeric identifier.\n config:\n\n\t${name}  ONLINE\n`,
      );
      for (const { disk } of state.exported?.[name]?.pool.vdevs ?? []) call.out(`\t  ${disk}  ONLINE\n`);
    }
    return undefined;
  }
  const [asked, renamed] = words;
  for (const name of asked === undefined ? found : [asked]) {
    const to = renamed ?? name;
    if (!found.includes(name)) refuse(`cannot import '${name}': no such pool available`, 1);
    if (state.pools[to]) refuse(`cannot import '${to}': a pool with that name already exists`, 1);
    const kept = state.exported?.[name];
    if (!kept) continue;
    state.pools[to] = kept.pool;
    for (const [dataset, content] of Object.entries(kept.datasets))
      state.datasets[`${to}${dataset.slice(name.length)}`] = content;
    delete state.exported?.[name];
  }
  return undefined;
}
