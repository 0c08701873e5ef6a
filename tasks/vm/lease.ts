/** A VM to work in: started when it is stopped, its agent and its first boot awaited, given back to its wanted state afterwards. */

import { BlockedError, PhxError } from '../../src/core/error.ts';
import type { TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { bootedScript, cleanedExit } from '../../src/proxmox/guest-boot.ts';
import { qmAgent } from '../../src/proxmox/qm-agent.ts';
import { hasTemplateFlag } from '../../src/proxmox/template-conf.ts';
import { forgetReady, type Inside, readyGuests } from '../guest/inside.ts';
import { leave } from '../guest/leave.ts';
import { vmInside } from './inside.ts';
import { QemuMachine } from './machine.ts';

/** What a VM is kept as: the slice that every step working inside reads. */
export interface Workplace {
  readonly id: number;
  readonly state: 'running' | 'stopped';
}

const minutes = 60_000;

/** Enters a VM; one that is kept stopped is started for the work and stopped at the end of the run. */
export async function enterVm(place: Workplace, context: TaskContext<Facts>): Promise<Inside> {
  const { id } = place;
  const machine = new QemuMachine(id, context);
  if (machine.state !== 'running') {
    if (hasTemplateFlag(machine.conf)) throw new BlockedError(neverStarts(id, context.task));
    forgetReady(context, id);
    await machine.start();
    if (place.state === 'stopped') {
      context.lease(machine.target, async (end) => {
        await leave(new QemuMachine(id, end), end);
        return undefined;
      });
    }
  }
  const inside = vmInside(id, context);
  const known = readyGuests(context);
  if (known.has(id)) return inside;
  await untilAgent(id, context);
  if (!(await untilBooted(inside))) {
    await machine.restart();
    await untilAgent(id, context);
    await untilBooted(inside);
  }
  known.add(id);
  return inside;
}

/** Asked more and more seldom: a guest that boots for the first time may install its agent first. */
async function untilAgent(id: number, context: TaskContext<Facts>): Promise<void> {
  await context.until({
    what: `the agent of VM ${id}`,
    deadline: 10 * minutes,
    interval: 5000,
    hint: `Look at its console: qm terminal ${id}. Most cloud images come without the agent: \`cloudInit: {}\` installs it at the first boot, \`agent: false\` does without.`,
    look: async () => {
      const asked = await context.ask(qmAgent.ping(id));
      return asked.exit === 0 ? { answer: true } : { seen: asked.stderr.trim() || `exit ${asked.exit}` };
    },
  });
}

/**
 * The first boot is over when cloud-init says so; a guest without it has nothing to say. False for one that an interrupted
 * run has cleaned: it is nobody until its next start.
 */
async function untilBooted(inside: Inside): Promise<boolean> {
  const { id, context } = inside;
  const { exit, stdout, stderr } = await inside.ask(['sh', '-c', bootedScript], { deadline: 30 * minutes });
  if (exit === 0) return true;
  if (exit === cleanedExit) return false;
  // 2: it ended, with errors that it could put up with (cloud-init's documentation).
  if (exit === 2) {
    context.log(
      `cloud-init ended with errors that it could put up with: qm guest exec ${id} -- cloud-init status --long`,
    );
    return true;
  }
  const log = await inside.ask(['tail', '-n', '12', '/var/log/cloud-init-output.log']);
  throw new PhxError('failed', {
    title: `cloud-init failed in VM ${id}`,
    facts: [
      ['status', `${stdout}${stderr}`.trim()],
      ...(log.exit === 0 ? [['its log', log.stdout.trim()] as const] : []),
    ],
    hint: 'Mend what it was told, then make the VM anew: cloud-init does its first work once.',
    command: `phx destroy vmid:${id} && phx run vmid:${id}`,
  });
}

function neverStarts(id: number, task: string) {
  return {
    title: `VM ${id} is a template: it cannot be started for work in it`,
    facts: [['wanted by', task]] as const,
    hint: 'Make it anew: it is built with what its configuration says now.',
    command: `phx destroy vmid:${id} && phx run vmid:${id}`,
  };
}
