/** The one class that knows a VM: what of it is otherwise than with a container. */

import { qm } from '../../src/proxmox/qm.ts';
import type { VmKeys } from '../../src/proxmox/vm-keys.ts';
import { effectiveVmKey, vmValueToSend } from '../../src/proxmox/vm-keys.ts';
import { stagePath } from '../../src/proxmox/workspace.ts';
import { forgetReady } from '../guest/inside.ts';
import { Machine } from '../guest/machine.ts';
import { clearScratch } from '../guest/put-conf.ts';

export class QemuMachine extends Machine {
  readonly tool = qm;
  readonly noun = 'VM';
  protected readonly patience = 120;

  protected effective(key: string, wanted: string | undefined): string | undefined {
    return effectiveVmKey(this.conf, key, wanted);
  }

  protected toSend(key: string, wanted: string): string {
    return vmValueToSend(this.conf, key, wanted);
  }

  get #keyFile(): string {
    return stagePath(`vmid-${this.id}.pub`);
  }

  /** What an earlier run that died in between left on the node. */
  async clearLeft(): Promise<void> {
    if (this.context.unsettled()) await this.context.removeFile(this.#keyFile, { scratch: true });
    await clearScratch(this, this.context);
  }

  /** Keys of ssh go by a file: `qm set` takes the name of one, and encodes what it reads (B95). */
  protected override async set(keys: VmKeys, remove: readonly string[]): Promise<void> {
    const { sshkeys } = keys;
    if (sshkeys === undefined) return super.set(keys, remove);
    const file = this.#keyFile;
    await this.context.writeFile(file, `${sshkeys}\n`, { scratch: true, mode: 0o600 });
    try {
      await super.set({ ...keys, sshkeys: file }, remove);
    } finally {
      await this.context.removeFile(file, { scratch: true });
    }
  }

  /**
   * Starts it anew, so that what was pending holds: `qm reboot` would fail where the guest does not listen (B98), and
   * leave it running as it was.
   */
  async restart(): Promise<void> {
    forgetReady(this.context, this.id);
    await this.stop();
    await this.start();
  }
}
