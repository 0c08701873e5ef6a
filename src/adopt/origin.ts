/** What a guest was made from, as far as anybody knows: its mark says it of one that phx made. Pure. */

import type { Json } from '../core/json.ts';
import type { Mark } from '../proxmox/mark.ts';
import { baseIdOf } from '../proxmox/volume-names.ts';

/** What the configuration has, or is about to have. */
export interface KnownOrigins {
  /** Volumes such as `local:vztmpl/debian-13.tar.zst`. */
  readonly templates: ReadonlySet<string>;
  readonly images: ReadonlySet<string>;
  readonly guests: ReadonlySet<number>;
}

/** The field of the file that says it; one that the configuration does not describe is as good as unknown. */
export function originOf(
  kind: 'ct' | 'vm',
  mark: Mark | undefined,
  known: KnownOrigins,
): readonly [string, Json] {
  const from = mark?.from ?? '';
  const source = Number(/^clone:(\d+)(@|$)/.exec(from)?.[1]);
  if (known.guests.has(source)) return ['clone', { from: source }];
  if (kind === 'ct' && known.templates.has(from)) return ['ostemplate', from];
  const image = /^image:(.+)$/.exec(from)?.[1] ?? '';
  if (kind === 'vm' && known.images.has(image)) return ['image', image];
  return ['adopted', true];
}

/** The base volumes that its volumes lie upon: those cannot go before it. */
export function basesOf(keys: ReadonlyMap<string, string>): string[] {
  const drives = [...keys].filter(([key]) => /^(rootfs|mp\d+|scsi\d+|virtio\d+|sata\d+|ide\d+)$/.test(key));
  return [...new Set(drives.flatMap(([, value]) => baseIdOf(value.replace(/,.*$/, '')) ?? []))];
}
