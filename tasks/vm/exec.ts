/** One command that a person wants run in a VM: through its agent, which has to be there. It starts nothing, and records nothing. */

import type { Fleet, VirtualMachine } from '../../src/config/fleet.ts';
import type { InsideRequest, PhxTask } from '../../src/config/project.ts';
import { BlockedError } from '../../src/core/error.ts';
import { qmAgent } from '../../src/proxmox/qm-agent.ts';
import { hasInside } from '../guest/names.ts';
import { vmInside } from './inside.ts';

/** Whoever asked waits for it; a timer counts no longer than some three weeks. */
const deadline = 7 * 24 * 60 * 60_000;

export function execTask({ fleet }: { readonly fleet: Fleet }, request: InsideRequest): PhxTask | undefined {
  const { kind, guest: id, argv, ended } = request;
  if (kind !== 'vm') return undefined;
  const target = `vmid:${id}`;
  const known = fleet.guests[String(id)];
  return {
    id: `${target}/exec`,
    target,
    title: `a command in ${id}`,
    revision: '1',
    config: {},
    dependencies: [],
    touches: [],
    run: async (context) => {
      if (known?.kind === 'vm' && !hasInside(known)) throw new BlockedError(without(known));
      const pinged = await context.ask(qmAgent.ping(id), { hidden: true });
      if (pinged.exit !== 0) throw new BlockedError(silent(id, pinged.stderr));
      ended(await vmInside(id, context).ask(argv, { deadline, hidden: true }));
      return undefined;
    },
  };
}

const otherWays = 'Its console and the network are other ways in.';

function without({ id }: VirtualMachine) {
  return {
    title: `vmid:${id} has no guest agent to go in by`,
    facts: [['configuration', 'agent: false']] as const,
    hint: `Say agent: true; phx installs the agent in VMs with cloudInit, into others it goes by hand. ${otherWays}`,
    command: `qm terminal ${id}`,
  };
}

function silent(id: number, said: string) {
  return {
    title: `The guest agent of vmid:${id} does not answer`,
    facts: [['said', said.trim()]] as const,
    hint: `It may still be booting; else qemu-guest-agent does not run in it. ${otherWays}`,
    command: `qm terminal ${id}`,
  };
}
