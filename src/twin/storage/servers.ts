/** Storages behind a server (nfs, cifs, pbs): who answers, and where secrets lie (B131); built from the source of pve-storage. */

import { storageType } from '../../proxmox/storage-types.ts';
import { resolveName } from '../dns.ts';
import { putFile } from '../files.ts';
import { covers } from '../firewall/fate.ts';
import type { Storage, TwinState } from '../state.ts';

/** The unit that serves a type of storage. */
const services: Readonly<Record<string, string>> = {
  cifs: 'smbd',
  nfs: 'nfs-server',
  pbs: 'proxmox-backup-proxy',
};

/** Does a host serve the type: the node itself when its unit runs, one that was named, else all of its own network? */
function answers(state: TwinState, host: string, type: string): boolean {
  const own = state.hardware.address;
  const address = resolveName(state, host)?.address ?? host;
  if (address === own.split('/')[0] || /^(127\.|::1$|localhost$)/.test(address))
    return state.units[services[type] ?? '']?.active === true;
  if (state.reachable) return state.reachable.includes(host) || state.reachable.includes(address);
  return covers(own, address);
}

/** What Proxmox says when the storage's server does not answer; undefined when there is none or it does. */
export function serverProblem(state: TwinState, storage: Storage): string | undefined {
  const { id, type, options } = storage;
  const { server } = options;
  if (server === undefined || !['nfs', 'cifs', 'pbs'].includes(type) || answers(state, server, type))
    return undefined;
  return type === 'pbs'
    ? `${id}: error fetching datastores - 500 Can't connect to ${server}:${options.port ?? '8007'} (Connection timed out)\n`
    : `storage '${id}' is not online\n`;
}

/** Where a share is mounted is written at creation. */
export function placeMount(storage: Storage): void {
  if (storageType(storage.type)?.mounted) storage.options.path ??= `/mnt/pve/${storage.id}`;
}

const secrets: Readonly<Record<string, string>> = {
  password: 'pw',
  'encryption-key': 'enc',
  'master-pubkey': 'pub.pem',
};

function secretPath(id: string, key: string): string {
  return `/etc/pve/priv/storage/${id}.${secrets[key]}`;
}

/** Puts secrets into their files, out of what goes into storage.cfg. */
export function keepSecrets(state: TwinState, storage: Storage): void {
  const { id, type, options } = storage;
  const { password } = options;
  if (password !== undefined)
    putFile(
      state.files,
      secretPath(id, 'password'),
      type === 'cifs' ? `password=${password}\n` : `${password}\n`,
      0o600,
    );
  delete options.password;
  const key = options['encryption-key'];
  if (type === 'pbs' && key !== undefined && !/^[0-9a-f]{2}(:[0-9a-f]{2}){7}$/.test(key)) {
    putFile(
      state.files,
      secretPath(id, 'encryption-key'),
      key === 'autogen' ? '{"kdf":null}\n' : `${key}\n`,
      0o600,
    );
    options['encryption-key'] = '01:23:45:67:89:ab:cd:ef';
  }
}

/** Removes the file of one secret, or of all. */
export function dropSecrets(
  state: TwinState,
  id: string,
  keys: readonly string[] = Object.keys(secrets),
): void {
  for (const key of keys) if (secrets[key]) delete state.files[secretPath(id, key)];
}
