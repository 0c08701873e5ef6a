/**
 * `npm run bench:cluster -- [nodes] [guests of each]`: how long the built phx takes to plan and to look at a cluster that
 * stands, on simulated nodes. Prints figures; nothing is asserted.
 */

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';

const [nodes = 100, guests = 100] = process.argv.slice(2).map(Number);
const repository = resolve(import.meta.dirname, '..');
const root = mkdtempSync(join(tmpdir(), 'phx-bench-'));
const write = (path: string, text: string) => writeFileSync(join(root, path), text);

for (const folder of ['config/nodes', 'config/guests', 'node_modules'])
  mkdirSync(join(root, folder), { recursive: true });
symlinkSync(repository, join(root, 'node_modules', 'phoenix-orchestrator'), 'dir');
const names = Array.from({ length: nodes }, (_, at) => `pve${at + 1}`);
write(
  'phoenixfile.ts',
  `import { definePhoenix, hypervisor, lxc } from 'phoenix-orchestrator';
export default definePhoenix({
  name: 'large', cluster: true, jobs: 64, plugins: [hypervisor(), lxc()],
  nodes: { ${names.map((name) => `${name}: { ssh: '${name}' }`).join(', ')} },
});
`,
);
const template = 'debian-12-standard_12.12-1_amd64.tar.zst';
write(
  'config/hypervisor.json5',
  `{
  network: { bridges: { vmbr0: { ports: ['eno1'], gateway: '10.0.0.1' } } },
  zfs: { pools: { tank: { raid: 'single', disks: ['/dev/disk/by-id/nvme-tank'] } }, datasets: { 'tank/guests': {} } },
  storage: {
    local: { type: 'dir', path: '/var/lib/vz', content: ['vztmpl'] },
    tank: { type: 'zfspool', pool: 'tank/guests', content: ['rootdir'], sparse: true },
  },
  templates: { '${template}': { storage: 'local' } },
}
`,
);
write(
  'config/defaults.json5',
  `{ ct: { unprivileged: true, memory: 512, swap: 0, ostemplate: 'local:vztmpl/${template}', rootfs: { storage: 'tank', size: 4 }, net0: { name: 'eth0', bridge: 'vmbr0', gw: '10.0.0.1' } } }
`,
);
for (const [at, name] of names.entries()) {
  write(`config/nodes/${name}.json5`, `{ network: { bridges: { vmbr0: { address: '10.0.${at}.2/8' } } } }\n`);
  for (let guest = 0; guest < guests; guest++) {
    const id = 1000 + at * guests + guest;
    const net = `net0: { ip: '10.${1 + Math.floor(at / 2)}.${(at % 2) * 100 + Math.floor(guest / 250)}.${(guest % 250) + 1}/8' }`;
    write(
      `config/guests/${id}-g${id}.json5`,
      `{ kind: 'ct', id: ${id}, hostname: 'g${id}', node: '${name}', ${net} }\n`,
    );
  }
}

function timed(what: string, ...words: string[]): void {
  const began = performance.now();
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(repository, 'dist', 'phx.js'), ...words],
    {
      ...{ cwd: root, encoding: 'utf8', maxBuffer: 2 ** 30 },
    },
  );
  const ms = Math.round(performance.now() - began);
  const last = stdout.trim().split('\n').at(-1);
  console.log(
    `${what.padEnd(44)} ${String(ms).padStart(7)} ms   ${status === 0 ? last : `exit ${status}: ${stderr.slice(0, 400)}`}`,
  );
}

console.log(`${nodes} nodes with ${guests} guests each`);
timed('plan, nothing built, configuration new', 'plan', 'all');
timed('build', 'run', 'all', '-q', '-j', '64');
timed('nothing to do', 'run', 'all', '-q');
timed('nothing to do, again', 'run', 'all', '-q');
timed('plan', 'plan', 'all');
if (process.env.KEEP === undefined) rmSync(root, { recursive: true });
else console.log(root);
