/**
 * `pveam`: list and the refusals are recorded (B162); downloads, which need a network, follow the documentation. The
 * node knows every template whose name has the shape of those that Proxmox offers.
 */

import { type Call, refuse, type Work } from './call.ts';
import { makeDirs } from './files.ts';
import { archiveMark } from './guest-tree.ts';
import { workTime } from './latency.ts';
import { type Given, readOptions, refuseParameters, usage, type Verb } from './options.ts';
import { templatesIn } from './pvesm-show.ts';
import { contentOf, enabledStorage } from './storage/storages.ts';
import { volumePath } from './storage/volumes.ts';

const storage = { format: 'pve-storage-id', required: true } as const;

/** What each verb takes. */
export const pveamVerbs: Readonly<Record<string, Verb>> = {
  available: { args: {}, options: { section: { values: ['system', 'mail', 'turnkeylinux'] } } },
  download: { args: { storage, template: { maxLength: 255, required: true } }, options: {} },
  list: { args: { storage }, options: {} },
  remove: { args: { template_path: { maxLength: 255, required: true } }, options: {} },
  update: { args: {}, options: {} },
};

/** Names that `pveam available` prints; others of the same shape are taken too. */
const offered = [
  'alpine-3.20-default_20240908_amd64.tar.xz',
  'debian-12-standard_12.7-1_amd64.tar.zst',
  'debian-13-standard_13.1-2_amd64.tar.zst',
  'ubuntu-24.04-standard_24.04-2_amd64.tar.zst',
];

const shape =
  /^(debian|ubuntu|alpine|archlinux|centos|devuan|fedora|gentoo|opensuse|almalinux|rockylinux)-[\w.]+(-[\w.]+)?_[\w.]+(-\d+)?_(amd64|arm64)\.tar\.(gz|xz|zst)$/;

const handlers: Readonly<Record<string, (call: Call, given: Given) => Work | undefined>> = {
  update: (call) => {
    call.out('update successful\n');
    return undefined;
  },
  available: (call) => {
    for (const name of offered) call.out(`${'system'.padEnd(15)} ${name}\n`);
    return undefined;
  },
  list: (call, { values }) => {
    const { id, path } = templateStorage(call, values.get('storage') ?? '');
    call.out(`${'NAME'.padEnd(60)} ${'SIZE'.padEnd(6)}\n`);
    for (const one of templatesIn(call.state, path))
      call.out(`${`${id}:vztmpl/${one.name}`.padEnd(60)} ${(one.size / 1024 ** 2).toFixed(2)}MB\n`);
    return undefined;
  },
  remove: (call, { values }) => {
    const volid = values.get('template_path') ?? '';
    const path = volid.includes(':') ? volumePath(call.state, volid) : volid;
    if (!call.state.files[path])
      refuse(volid.includes(':') ? `volume '${volid}' does not exist` : `can't find file '${volid}'`, 2);
    delete call.state.files[path];
    return undefined;
  },
  download,
};

export function pveam(call: Call): Work | undefined {
  const [name, ...rest] = call.args;
  if (name === undefined) refuse('ERROR: no command specified\nUSAGE: pveam <COMMAND> [ARGS] [OPTIONS]');
  const handler = Object.hasOwn(handlers, name) ? handlers[name] : undefined;
  const spec = pveamVerbs[name];
  if (!handler || !spec)
    refuse(`ERROR: unknown command 'pveam ${name}'\nUSAGE: pveam <COMMAND> [ARGS] [OPTIONS]`);
  return handler(call, readOptions('pveam', name, spec, rest));
}

function templateStorage(call: Call, id: string): { id: string; path: string } {
  const one = enabledStorage(call.state, id);
  const path = one.options.path;
  if (path === undefined || !contentOf(one).includes('vztmpl')) refuse('Storage does not support templates!');
  return { id, path };
}

function* download(call: Call, { values }: Given): Work {
  const name = values.get('template') ?? '';
  if (!shape.test(name))
    refuseParameters(
      new Map([['template', 'no such template']]),
      usage('pveam', 'download', pveamVerbs.download ?? { args: {}, options: {} }),
    );
  const { path } = templateStorage(call, values.get('storage') ?? '');
  const target = `${path}/template/cache/${name}`;
  const url = `http://download.proxmox.com/images/system/${name}`;
  call.out(`downloading ${url} to ${target}\n`);
  if (call.state.files[target]) {
    call.out(`OK, got correct file already, no need to re-download\n`);
    return;
  }
  yield workTime('pveam download');
  makeDirs(call.state.files, `${path}/template/cache`);
  const ostype = name.split('-')[0] ?? 'unmanaged';
  const centos = ['almalinux', 'rockylinux'].includes(ostype) ? 'centos' : ostype;
  call.state.files[target] = {
    text: `${archiveMark} ${centos} ${name}\n`,
    mode: 0o644,
    size: ostype === 'alpine' ? 3_000_000 : 126_000_000,
  };
  call.out(`download of '${url}' to '${target}' finished\n`);
}
