/** Ports and names of services in the old files, as exports that others may read. */

import type { Old } from './ledger.ts';
import { anyText, read, whole } from './values.ts';
import type { Guest, Work } from './work.ts';

/** Which parameter and which export the ports of an application are, in their order. */
export type Ports = readonly (readonly [param: string | undefined, name: string])[];

/** `ports`, `host:container`. A container has an address of its own: nothing is mapped, others may read the numbers. */
export function exportPorts(guest: Guest, old: Old | undefined, known: Ports, app: string | undefined): void {
  const { draft } = guest;
  if (old?.isEmpty) old.drop('an empty list');
  for (const [at, one] of (old?.isEmpty === false ? old.items() : []).entries()) {
    const [, outside, inside = outside] =
      /^\s*(\d+)(?:\s*:\s*(\d+))?\s*(?:\/(?:tcp|udp))?$/i.exec(String(one.value)) ?? [];
    const number = Number(inside);
    if (outside === undefined || !(number >= 1 && number <= 65535)) {
      one.drop('it is no port');
      continue;
    }
    const [param, name] = known[at] ?? [undefined, at === 0 ? 'port' : `port_${number}`];
    const target = draft.set(['exports', name], number);
    if (param !== undefined && draft.get(['app', 'params', param]) === undefined)
      one.carry(draft.set(['app', 'params', param], number));
    const own = draft.get(['app', 'params', param ?? 'port']);
    if (outside !== inside)
      one.doubt(
        target,
        `It was mapped from ${outside}: a container has an address of its own, where ${number} is the port.`,
      );
    else if (app === 'vllm' && at === 0 && own !== undefined && own !== number)
      one.doubt(target, `The server listens on ${String(own)}.`);
    else one.carry(target, 'nothing is mapped: others may read it under exports');
  }
}

/** What the guest runs: its application, and whether it is the authority that signs. */
interface Service {
  readonly app: string | undefined;
  readonly signs: boolean;
}

/** `traefik_service`: under which name the gateway shows the guest. */
export function route(work: Work, guest: Guest, old: Old | undefined, { app, signs }: Service): void {
  if (old === undefined) return;
  const { draft } = guest;
  const why = 'Traefik was told by sync all; the application nginx-gateway reads exports';
  const name = read<string>(old.at('name'), anyText);
  const port = read<number>(old.at('port'), whole(1, 65535));
  const domain = work.hypervisor.get(['network', 'domain']);
  if (app === 'nginx-gateway') old.at('name')?.drop('it is the gateway itself');
  else if (name !== undefined) {
    const site = typeof domain === 'string' && !name.includes('.') ? `${name}.${domain}` : name;
    old.at('name')?.carry(draft.set(['exports', 'site'], site), why);
  }
  if (port === undefined) return;
  const isSecure = [443, 8443, 9443].includes(port) || signs;
  if (isSecure && app !== 'nginx-gateway')
    work.add(draft, ['exports', 'scheme'], 'https', 'the gateway has to know which way the guest speaks');
  const other = draft.get(['exports', 'port']);
  const target = draft.set(['exports', 'port'], port);
  if (other === undefined || other === port) old.at('port')?.carry(target, why);
  else old.at('port')?.doubt(target, `ports said ${String(other)}.`);
}
