/** The example with three nodes, each of them behind a real sshd by a name of its own. */

import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClusterState } from '../../src/twin/cluster-state.ts';
import { ClusterProject } from '../cluster/project.ts';
import { type Ended, runInThread } from '../scenario/program.ts';
import type { Sshd } from '../sshd.ts';
import { worldOf } from '../world.ts';
import { ahead, aliasOf, meaning } from './node.ts';

const names = ['pve1', 'pve2', 'pve3'];

export class ClusterOverSsh extends ClusterProject {
  #twin = join(this.root, '.cache', 'twin', 'cluster.json');

  /** Nothing built. */
  static first(): ClusterOverSsh {
    const project = new ClusterOverSsh();
    project.#begin();
    return project;
  }

  /** The same nodes, from a machine that knows nothing of them. */
  override colleague(): ClusterOverSsh {
    const other = new ClusterOverSsh();
    cpSync(join(this.root, 'config'), join(other.root, 'config'), { recursive: true });
    other.#twin = this.#twin;
    other.#begin();
    return other;
  }

  /** Other nodes that are as these are, and all that is known of them. */
  copy(): ClusterOverSsh {
    const copy = new ClusterOverSsh();
    for (const part of ['config', '.cache'])
      cpSync(join(this.root, part), join(copy.root, part), { recursive: true });
    copy.#begin();
    return copy;
  }

  #begin(): void {
    mkdirSync(join(this.root, '.cache'), { recursive: true });
    const path = join(this.root, 'phoenixfile.ts');
    const text = readFileSync(path, 'utf8');
    const led = text
      .replace('cluster: true,', "cluster: true,\n  host: 'cluster',")
      .replace(/(pve\d): \{ ssh: '[^']*' \}/g, "$1: { ssh: '$1', config: 'ssh_config' }");
    assert.notEqual(led, text);
    writeFileSync(path, led);
    this.lead();
  }

  /** Where the names of the nodes lead, with these settings of ssh; `more`: other names, with these settings. */
  lead(
    settings: Readonly<Record<string, readonly string[]>> = {},
    more: Readonly<Record<string, Sshd>> = {},
    ofMore: readonly string[] = [],
  ): void {
    const nodes = names.map((node) =>
      aliasOf(node, [...(settings[node] ?? []), meaning({ twin: this.#twin, node })]),
    );
    const others = Object.entries(more).map(([name, sshd]) => aliasOf(name, ofMore, sshd));
    writeFileSync(join(this.root, 'ssh_config'), [...nodes, ...others].join(''));
  }

  override phx(...typed: string[]): Ended {
    const words = typed[0] === 'run' ? [...typed, '--yes', '--reboot'] : typed;
    const env = { PATH: process.env.PATH, HOME: this.root, NO_COLOR: '1' };
    return runInThread({ cwd: this.root, env, words, ahead });
  }

  /** Where each guest is. */
  homes(): Record<string, string> {
    return Object.fromEntries(Object.entries(this.states()).filter(([target]) => /^(ct|vm)id:/.test(target)));
  }

  /** The nodes, as two equal builds leave them. */
  worlds(): Record<string, unknown> {
    const { nodes } = JSON.parse(readFileSync(this.#twin, 'utf8')) as ClusterState;
    return Object.fromEntries(Object.entries(nodes).map(([name, state]) => [name, worldOf(state)]));
  }
}
