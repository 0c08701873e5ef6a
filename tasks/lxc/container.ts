/** The one class that knows a container: what of it is otherwise than with a VM. */

import { effectiveKey, valueToSend } from '../../src/proxmox/ct-keys.ts';
import { pct } from '../../src/proxmox/pct.ts';
import { Machine } from '../guest/machine.ts';

const minutes = 60_000;

export class LXCContainer extends Machine {
  readonly tool = pct;
  readonly noun = 'container';
  protected readonly patience = 60;

  protected effective(key: string, wanted: string | undefined): string | undefined {
    return effectiveKey(this.conf, key, wanted);
  }

  protected toSend(key: string, wanted: string): string {
    return valueToSend(this.conf, key, wanted);
  }

  /** Starts it anew, so that what was pending holds; the guest gets a minute to shut down, then it is ended (B61). */
  async restart(): Promise<void> {
    const before = this.startedAs;
    await this.context.run(pct.reboot(this.id, this.patience), { deadline: 5 * minutes });
    // The command ends when the container has; Proxmox starts it again by itself.
    await this.context.until({
      what: `container ${this.id} to come back from its restart`,
      deadline: 2 * minutes,
      interval: 2000,
      look: async () => {
        const state = await this.look();
        const { pending, pendingDelete } = this.conf;
        const left = [...pending.keys.keys(), ...pendingDelete];
        if (state !== 'running') return { seen: `it is ${state}` };
        if (before !== undefined && this.startedAs === before) return { seen: 'it has not gone down yet' };
        return left.length > 0 ? { seen: `still pending: ${left.join(', ')}` } : { answer: true };
      },
    });
  }
}
