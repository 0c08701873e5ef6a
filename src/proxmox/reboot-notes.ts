/** Notes of what counts only from the next boot on, as they lie on the node. Pure parse; the gate writes them. */

export interface RebootNote {
  /** Id of the boot in which it was noted. */
  readonly boot: string;
  readonly task: string;
  readonly why: string;
}

export function notesOf(text: string | undefined): RebootNote[] {
  return (text ?? '').split('\n').flatMap((line) => {
    const [, boot = '', task = '', why = ''] = /^(\S+) (\S+) (.+)$/.exec(line) ?? [];
    return boot === '' ? [] : [{ boot, task, why }];
  });
}
