/**
 * `skopeo copy docker://… oci-archive:…`: pulls an image as an archive of which containers are made from Proxmox VE 9.1 on. An
 * older node has no such program. From its manual; nothing was recorded.
 */

import type { GuestConf } from '../proxmox/conf.ts';
import { atLeast } from '../proxmox/version.ts';
import { type Call, refuse, type Work } from './call.ts';
import { dirOf, isDir } from './files.ts';
import { archiveMark } from './guest-tree.ts';
import { workTime } from './latency.ts';
import { writeNodeFile } from './node-files.ts';
import type { FileEntry } from './state.ts';
import { words } from './words.ts';

/** What an archive of the twin says it is instead of a distribution. */
export const ociType = 'oci';

export function* skopeo(call: Call): Work {
  if (atLeast(new Map(Object.entries(call.state.packages)), '9.1') !== true) {
    call.err('sh: 1: skopeo: not found\n');
    call.exit(127);
    return;
  }
  const [verb, source = '', target = ''] = words(call).operands;
  const reference = /^docker:\/\/(\S+)$/.exec(source)?.[1];
  const path = /^oci-archive:(\/[^:]+)$/.exec(target)?.[1];
  if (verb !== 'copy' || reference === undefined || path === undefined)
    refuse('Error: Exactly two arguments expected', 1);
  if (/:[^/@]+@/.test(reference))
    refuse(
      `FATA[0000] Invalid source name ${source}: Docker references with both a tag and digest are currently not supported`,
      1,
    );
  if (!isDir(call.state.files, dirOf(path))) refuse(`FATA[0000] open ${path}: no such file or directory`, 1);
  if (call.state.files[path])
    refuse(
      `FATA[0000] initializing destination ${target}: docker-archive doesn't support modifying existing images`,
      1,
    );
  yield workTime('download');
  writeNodeFile(call.state, path, `${archiveMark} ${ociType} ${reference}\n`);
  const archive = nodeEntry(call, path);
  if (archive) archive.size = 60_000_000;
}

function nodeEntry(call: Call, path: string): FileEntry | undefined {
  return call.state.files[path];
}

/** What an OCI image says of its process becomes configuration; what was given on the command line does not count (F30). */
export function imageKeys(conf: GuestConf): void {
  conf.keys.set('cmode', 'console');
  conf.keys.set('entrypoint', '/docker-entrypoint.sh');
  const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
  conf.lxc.push({ key: 'lxc.environment.runtime', value: `PATH=${path}` });
  conf.lxc.push({ key: 'lxc.signal.halt', value: 'SIGTERM' });
}
