/** What is in the way of a snapshot of a container (B66, F9, F14). Pure. */

import { parseProperties } from '../../src/proxmox/conf.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { abilitiesOf } from '../../src/proxmox/storage-abilities.ts';
import { parseStorageCfg } from '../../src/proxmox/storage-cfg.ts';
import { hasTemplateFlag } from '../../src/proxmox/template-conf.ts';
import type { Machine } from '../guest/machine.ts';

/** Why Proxmox would refuse; undefined when nothing is known to stand in the way. */
export function snapshotObstacle({ conf }: Pick<Machine, 'conf'>, facts: Facts): string | undefined {
  const storages = parseStorageCfg(facts.host.storageCfg);
  for (const [key, value] of conf.keys) {
    if (key !== 'rootfs' && !/^mp\d+$/.test(key)) continue;
    const volume = parseProperties(value, 'volume').get('volume') ?? '';
    if (volume.startsWith('/')) return `${key} is a directory of the node (${volume})`;
    const storage = volume.replace(/:.*$/, '');
    const type = storages.get(storage)?.type;
    if (abilitiesOf(type)?.snapshot === false) return `${key} lies on ${storage}, a storage of type ${type}`;
  }
  return hasTemplateFlag(conf) ? 'it is a template' : undefined;
}
