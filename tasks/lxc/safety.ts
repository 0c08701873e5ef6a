/** What a container tells of itself, so that safety points of it can be taken: its root, and its data beside it. Pure. */

import { type GuestConf, parseProperties } from '../../src/proxmox/conf.ts';
import type { SafetySubject } from '../guest/safety-subject.ts';
import { LXCContainer } from './container.ts';
import { snapshotObstacle } from './obstacle.ts';

export function containerSafety(id: number): SafetySubject {
  return {
    id,
    machine: (context) => new LXCContainer(id, context),
    obstacle: snapshotObstacle,
    root: ({ keys }) => volumeIn(keys.get('rootfs') ?? ''),
    data: (conf) => volumes(conf, /^mp\d+$/),
    // A restore replaces every volume that the conf names (B154).
    lost: (conf) => volumes(conf, /^(mp|unused)\d+$/),
  };
}

/** Keys of volumes of its own; a directory of the node is none. */
function volumes({ keys }: GuestConf, wanted: RegExp): string[] {
  return [...keys].flatMap(([key, value]) =>
    wanted.test(key) && !volumeIn(value).startsWith('/') ? [key] : [],
  );
}

function volumeIn(value: string): string {
  return parseProperties(value, 'volume').get('volume') ?? '';
}
