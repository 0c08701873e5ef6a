/** A twin for tests: fixed hardware, a counting clock, a repeatable source of randomness, sleeping that only counts. */

import type { Outcome } from '../../src/core/host.ts';
import { openTwin, type Twin, type TwinOptions } from '../../src/twin/twin.ts';

export const disks = ['/dev/disk/by-id/nvme-A', '/dev/disk/by-id/nvme-B', '/dev/disk/by-id/nvme-C'];

export const hardware = {
  node: 'pve1',
  memory: 131_072,
  disks,
  gpus: 2,
  address: '10.0.0.10/24',
  gateway: '10.0.0.1',
};

export const template = 'local:vztmpl/debian-12-standard_12.7-1_amd64.tar.zst';

/** A fresh twin; time moves by one second at each look at the clock. */
export function freshTwin(options: Partial<TwinOptions> = {}): Twin {
  let now = Date.UTC(2025, 0, 1);
  let seed = 7;
  return openTwin({
    hardware,
    clock: () => {
      now += 1000;
      return now;
    },
    random: () => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed / 2_147_483_647;
    },
    ...options,
  });
}

/** Runs a command line that has no blanks in its words. */
export function run(twin: Twin, line: string, stdin?: string): Promise<Outcome> {
  return twin.run({ argv: line.split(' '), ...(stdin === undefined ? {} : { stdin }) });
}

/** Runs command lines that must succeed; gives the last one's standard output. */
export async function all(twin: Twin, ...lines: string[]): Promise<string> {
  let stdout = '';
  for (const line of lines) {
    const outcome = await run(twin, line);
    if (outcome.exit !== 0) throw new Error(`${line}: ${outcome.exit} ${outcome.stderr}`);
    stdout = outcome.stdout;
  }
  return stdout;
}

/** A node with a zfs storage `fast` and a template. */
export async function furnished(options: Partial<TwinOptions> = {}): Promise<Twin> {
  const twin = freshTwin(options);
  await all(
    twin,
    `zpool create -o ashift=12 fast mirror ${disks[0]} ${disks[1]}`,
    'zfs create -o recordsize=16K fast/lxc',
    'pvesm add zfspool quickOS-lxc --pool fast/lxc --content rootdir,images',
    'pveam download local debian-12-standard_12.7-1_amd64.tar.zst',
  );
  return twin;
}
