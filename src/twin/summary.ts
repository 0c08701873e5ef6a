/** A short account of the twin's state for a person. It prints nothing. */

import { parseConf } from '../proxmox/conf.ts';
import { layersPath, parseLayers } from '../proxmox/guest-layer.ts';
import { guestIds, hostnameOf } from './guests.ts';
import type { Fault, TwinHardware, TwinState } from './state.ts';
import { vmName } from './vms.ts';

export interface TwinSummary {
  readonly id: string;
  readonly hardware: TwinHardware;
  readonly bootId: string;
  readonly guests: readonly {
    readonly id: number;
    readonly kind: 'ct' | 'vm';
    readonly name: string;
    readonly status: 'running' | 'stopped';
    readonly lock?: string;
    readonly template: boolean;
    readonly snapshots: readonly string[];
    /** Names of the layers applied inside. */
    readonly layers: readonly string[];
    /** Scripts that were run inside, oldest first. */
    readonly events: readonly string[];
  }[];
  readonly storages: readonly { readonly id: string; readonly type: string; readonly volumes: number }[];
  readonly pools: readonly string[];
  readonly datasets: readonly string[];
  readonly modules: readonly string[];
  /** Scripts that were run on the node and not understood, oldest first. */
  readonly events: readonly string[];
  readonly faults: readonly Fault[];
}

export function summarise(state: TwinState): TwinSummary {
  return {
    id: state.id,
    hardware: state.hardware,
    bootId: state.bootId,
    guests: guestIds(state).map((id) => summariseGuest(state, id)),
    storages: state.storages.map(({ id, type }) => ({
      id,
      type,
      volumes: Object.values(state.volumes).filter((volume) => volume.storage === id).length,
    })),
    pools: Object.keys(state.pools).sort(),
    datasets: Object.keys(state.datasets).sort(),
    modules: [...state.modules],
    events: [...state.events],
    faults: state.faults.map(({ seen: _, ...fault }) => fault),
  };
}

function summariseGuest(state: TwinState, id: number): TwinSummary['guests'][number] {
  const guest = state.guests[id];
  const kind = guest?.kind ?? 'ct';
  const conf = parseConf(guest?.conf ?? '', kind);
  const lock = conf.keys.get('lock');
  return {
    id,
    kind,
    name: kind === 'vm' ? vmName(id, conf) : hostnameOf(id, conf),
    status: guest?.running ? 'running' : 'stopped',
    ...(lock === undefined ? {} : { lock }),
    template: conf.keys.get('template') === '1',
    snapshots: [...conf.snapshots.keys()],
    layers: parseLayers(guest?.tree.files[layersPath]?.text ?? '').map((layer) => layer.name),
    events: [...(guest?.tree.events ?? [])],
  };
}
