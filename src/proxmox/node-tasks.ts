/** Tasks of nodes as Proxmox VE lists them (`/nodes/{node}/tasks`), by whichever way the list came. Pure; it knows no host. */

export interface NodeTask {
  readonly upid: string;
  /** That it was done on. */
  readonly node: string;
  /** `vzcreate`, `qmclone`, `vzdump`, `aptupdate` … */
  readonly type: string;
  /** Of the guest, or whatever it was about; may be empty. */
  readonly id: string;
  /** `root@pam`, with a token `monitor@pve!phx`. */
  readonly user: string;
  /** Epoch milliseconds. */
  readonly began: number;
  /** Absent while it is at work. */
  readonly ended?: number;
  /** `running`, `OK`, `WARNINGS: 2`, or what went wrong. */
  readonly status: string;
}

/** Which of them are asked for. */
export interface TaskWish {
  /** Id of a guest. */
  readonly guest?: number;
  /** Only those that are at work. */
  readonly running?: boolean;
  /** At most so many, the newest. */
  readonly limit: number;
}

/** The wish in Proxmox's own words. */
export function taskFilter({ guest, running = false, limit }: TaskWish): Readonly<Record<string, string>> {
  return {
    source: running ? 'active' : 'all',
    limit: String(limit),
    ...(guest === undefined ? {} : { vmid: String(guest) }),
  };
}

/** Undefined of what is no list of tasks. */
export function parseNodeTasks(value: unknown): readonly NodeTask[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const tasks = value.map(taskOf);
  return tasks.every((task) => task !== undefined) ? tasks : undefined;
}

function taskOf(value: unknown): NodeTask | undefined {
  const { upid, node, type, id, user, tokenid, starttime, endtime, status } = {
    ...(value as Readonly<Record<string, unknown>> | null),
  };
  const began = Number(starttime);
  const texts = [upid, node, type, user].every((text) => typeof text === 'string');
  if (!texts || !Number.isFinite(began)) return undefined;
  // One that runs has no end yet; the status that it has then is none (source).
  const ended = endtime === undefined || endtime === null ? undefined : Number(endtime);
  if (ended !== undefined && !Number.isFinite(ended)) return undefined;
  return {
    ...{ upid: String(upid), node: String(node), type: String(type), id: String(id ?? '') },
    user: tokenid === undefined ? String(user) : `${user}!${tokenid}`,
    began: began * 1000,
    ...(ended === undefined ? {} : { ended: ended * 1000 }),
    status: ended === undefined ? 'running' : String(status ?? 'unexpected status'),
  };
}

/** Of several nodes, the newest first. */
export function newestFirst(tasks: readonly NodeTask[], { running = false, limit }: TaskWish): NodeTask[] {
  return tasks
    .filter(({ ended }) => !running || ended === undefined)
    .sort((one, other) => other.began - one.began || (one.upid < other.upid ? 1 : -1))
    .slice(0, limit);
}
