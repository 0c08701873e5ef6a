/**
 * The password of cloud-init's user. What Proxmox keeps of it is a hash, and takes one as it is; so it is hashed here, and
 * put into the conf under Proxmox's lock: an argument can be read by everybody on the node, and is written down by phx.
 */

import { BlockedError } from '../../src/core/error.ts';
import type { TaskContext } from '../../src/core/task.ts';
import { isCryptOf, saltFrom, sha512Crypt } from '../../src/proxmox/crypt.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { setConfKey } from '../../src/proxmox/raw-lines.ts';
import { putConf } from '../guest/put-conf.ts';
import type { QemuMachine } from './machine.ts';

/** Brings the password about; true when the conf was edited. The salt that is there tells whether it is this one. */
export async function keepPassword(machine: QemuMachine, context: TaskContext<Facts>): Promise<boolean> {
  const password = context.secret('cipassword');
  if (/[\n\r\0]/.test(password) || password === '') {
    throw new BlockedError({
      title: `cipassword of VM ${machine.id} is empty, or has more than one line`,
      hint: 'Nothing was changed with it. Give it a value of one line.',
      command: `phx config ${machine.target}`,
    });
  }
  const present = () => machine.conf.keys.get('cipassword') ?? '';
  if (isCryptOf(present(), password)) return false;
  const hash = sha512Crypt(password, saltFrom(`${context.random()}${context.random()}`));
  await putConf(machine, setConfKey(machine.text, 'cipassword', hash), context);
  machine.prove(present() === hash, `editing the conf of ${machine.id}`, 'cipassword is not as it was set');
  return true;
}
