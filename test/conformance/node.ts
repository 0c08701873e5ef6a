/** The node of the recordings, as a fresh twin: its storages, its interfaces and its two templates. */

import { openTwin, Twin, type TwinOptions } from '../../src/twin/twin.ts';

const paths: Readonly<Record<string, string>> = { 'local-btrfs': '/mnt/btrfs', tank: '/mnt/btrfs2' };
const contents: Readonly<Record<string, string>> = {
  local: 'rootdir,snippets,import,vztmpl,images,iso,backup',
};

/** Its two templates, stand-ins with the names of real ones: bytes. */
const templates: Readonly<Record<string, number>> = {
  'alpine-3.20-default_20240908_amd64.tar.gz': 1_037_164,
  'debian-12-standard_12.7-1_amd64.tar.zst': 36_399_754,
};

const interfaces = `auto lo
iface lo inet loopback

auto vmbr0
iface vmbr0 inet static
\taddress 10.77.0.1/24
\tbridge-ports none
\tbridge-stp off
\tbridge-fd 0
`;

function storageCfg(storages: Readonly<Record<string, string>>): string {
  return Object.entries(storages)
    .map(([id, type]) => {
      const path = paths[id] ?? (id === 'local' ? '/var/lib/vz' : `/mnt/${id}`);
      return `${type}: ${id}\n\tpath ${path}\n\tcontent ${contents[id] ?? 'rootdir,images'}\n\n`;
    })
    .join('');
}

/** `packages`: those that the node of this recording had in another version. */
export async function recordedNode(
  storages: Readonly<Record<string, string>>,
  packages: Readonly<Record<string, string>> = {},
): Promise<Twin> {
  const began = Date.UTC(2025, 0, 1);
  let seed = 1;
  const options: TwinOptions = {
    killRun: () => {},
    hardware: {
      node: 'pve',
      memory: 23_552,
      disks: [],
      gpus: 0,
      address: '10.77.0.1/24',
      gateway: '10.77.0.1',
      nics: [],
      ...{ lvm: false, cgroup: 1 },
    },
    // Commands take as long as they did, in a time that is not waited for.
    latency: 'real',
    speed: 'skip',
    clock: () => began,
    random: () => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed / 2_147_483_647;
    },
  };
  const fresh = openTwin(options).state();
  const twin = new Twin(options, { ...fresh, packages: { ...fresh.packages, ...packages } });
  await twin.writeFile('/etc/network/interfaces', interfaces);
  await twin.run({ argv: ['ifreload', '-a'] });
  await twin.writeFile('/etc/pve/storage.cfg', storageCfg(storages));
  // pve-firewall does not run on the recorded machine.
  await twin.run({ argv: ['pve-firewall', 'stop'] });
  for (const [name, size] of Object.entries(templates)) {
    await twin.run({ argv: ['pveam', 'download', 'local', name] });
    await twin.run({ argv: ['truncate', '-s', String(size), `/var/lib/vz/template/cache/${name}`] });
  }
  return twin;
}
