/** The few things that phx reads from the API of a node, each answer checked before anything is made of it. */

import { type NodeTask, parseNodeTasks, type TaskWish, taskFilter } from '../../proxmox/node-tasks.ts';
import { parseResources, type Resources } from '../../proxmox/resources.ts';
import { ApiClient, type ApiSetup } from './client.ts';
import { missingRight, unreadableAnswer } from './problems.ts';

export class NodeApi {
  readonly #client: ApiClient;

  constructor(setup: ApiSetup) {
    this.#client = new ApiClient(setup);
  }

  /** Nodes and guests of the whole cluster. A guest that the token may not see is left out, without a word. */
  resources(): Promise<Resources> {
    return this.#read('/cluster/resources', {}, parseResources);
  }

  /** What the node is called that answers. */
  name(): Promise<string> {
    return this.#read('/cluster/status', {}, (rows) => {
      const own = Array.isArray(rows)
        ? rows.find((row) => row?.type === 'node' && Number(row.local) === 1)
        : {};
      return typeof own?.name === 'string' ? own.name : undefined;
    });
  }

  /** Refused where the token may see its own tasks only, which Proxmox would list as if there were no others. */
  async tasks(node: string, wish: TaskWish): Promise<readonly NodeTask[]> {
    const at = `/nodes/${node}`;
    if (!(await this.may('Sys.Audit', at))) {
      const said = 'only the tasks of the token itself would be listed';
      throw missingRight(this.#client.place, { path: `/api2/json${at}/tasks`, said, at, right: 'Sys.Audit' });
    }
    return this.#read(`${at}/tasks`, taskFilter(wish), parseNodeTasks);
  }

  /** Whether the token has this right there. */
  may(right: string, at: string): Promise<boolean> {
    return this.#read('/access/permissions', { path: at }, (value) => {
      if (value === null || typeof value !== 'object') return undefined;
      const rights: unknown = (value as Readonly<Record<string, unknown>>)[at];
      return typeof rights === 'object' && rights !== null && right in rights;
    });
  }

  close(): void {
    this.#client.close();
  }

  async #read<T>(
    path: string,
    query: Readonly<Record<string, string>>,
    parse: (data: unknown) => T | undefined,
  ): Promise<T> {
    const found = parse(await this.#client.get(path, query));
    if (found !== undefined) return found;
    throw unreadableAnswer(this.#client.place, `/api2/json${path}`, 'there is something else in it');
  }
}
