/** What is in the way of a snapshot of a container (B66, F9, F14). Pure. */

import { type GuestConf, parseProperties } from './conf.ts';
import type { Facts } from './facts.ts';
import { abilitiesOf } from './storage-abilities.ts';
import { parseStorageCfg } from './storage-cfg.ts';
import { hasTemplateFlag } from './template-conf.ts';

/** Why Proxmox would refuse; undefined when nothing is known to stand in the way. */
export function snapshotObstacle({ conf }: { readonly conf: GuestConf }, facts: Facts): string | undefined {
  return volumeObstacle(conf, facts, () => false) ?? (hasTemplateFlag(conf) ? 'it is a template' : undefined);
}

/** The same of its volumes alone, but for those mounted at paths that are `leaving`. */
export function volumeObstacle(
  conf: GuestConf,
  facts: Facts,
  leaving: (path: string) => boolean,
): string | undefined {
  const storages = parseStorageCfg(facts.host.storageCfg);
  for (const [key, value] of conf.keys) {
    if (key !== 'rootfs' && !/^mp\d+$/.test(key)) continue;
    const properties = parseProperties(value, 'volume');
    if (leaving(properties.get('mp') ?? '/')) continue;
    const volume = properties.get('volume') ?? '';
    if (volume.startsWith('/')) return `${key} is a directory of the node (${volume})`;
    const storage = volume.replace(/:.*$/, '');
    const type = storages.get(storage)?.type;
    if (abilitiesOf(type)?.snapshot === false) return `${key} lies on ${storage}, a storage of type ${type}`;
  }
  return undefined;
}
