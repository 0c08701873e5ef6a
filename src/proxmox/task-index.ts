/** Proxmox's own lists of tasks (F3), as files on the node. Pure parse; it knows no task of phx. */

/** Tasks that ended, and those that run or ended lately. */
export const taskIndexFiles: readonly string[] = ['/var/log/pve/tasks/index', '/var/log/pve/tasks/active'];

export interface NodeTask {
  /** `UPID:node:pid:pstart:starttime:type:id:user:`. */
  readonly upid: string;
  /** Epoch seconds. */
  readonly started: number;
  /** `vzcreate`, `vzclone` … */
  readonly type: string;
  /** Of the guest, mostly. */
  readonly id: string;
  readonly user: string;
}

/** The tasks in these texts, each once, oldest first. */
export function parseTaskIndex(...texts: readonly (string | undefined)[]): NodeTask[] {
  const tasks = new Map<string, NodeTask>();
  for (const line of texts.flatMap((text) => text?.split('\n') ?? [])) {
    const match = /^(UPID:[^:\s]+:[0-9A-F]+:[0-9A-F]+:([0-9A-F]+):([^:\s]+):([^:\s]*):([^:\s]+):)/i.exec(
      line,
    );
    if (!match) continue;
    const [, upid = '', started = '', type = '', id = '', user = ''] = match;
    tasks.set(upid, { upid, started: Number.parseInt(started, 16), type, id, user });
  }
  return [...tasks.values()].sort((a, b) => a.started - b.started);
}
