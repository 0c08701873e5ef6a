/** Passwords that go to a program's standard input, a line each. They never stand in an argument or a message. */

import { PhxError } from '../../src/core/error.ts';
import type { TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';

/** A secret for one line: with a line break in it, its rest would be read as another account's password. */
export function secretLine(context: TaskContext<Facts>, name: string): string {
  const value = context.secret(name);
  if (!/[\n\r\0]/.test(value)) return value;
  throw new PhxError('failed', {
    title: `The secret for ${name} has more than one line`,
    hint: 'Nothing was changed with it. Give it a value of one line.',
  });
}

/** Whether somebody could log in with a password: `P` in the second field of passwd(1). */
export async function hasPassword(context: TaskContext<Facts>, account: string): Promise<boolean> {
  const { exit, stdout } = await context.ask(['passwd', '-S', account]);
  return exit === 0 && stdout.split(' ')[1] === 'P';
}
