/** Somebody who works on a small fleet from a machine, a folder and a cache of their own, over a real sshd. */

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PlanDocument } from '../../src/cli/plan-document.ts';
import type { RunEvent } from '../../src/core/event.ts';
import type { TwinState } from '../../src/twin/state.ts';
import { inTheirTime } from '../scenario/over-ssh.ts';
import { type Ended, program, repository, runInThread } from '../scenario/program.ts';
import { tempFolder } from '../temp.ts';
import { worldOf } from '../world.ts';
import { ahead, aliasOf, asked, meaning } from './node.ts';

/** The project, a text a file. */
const files = {
  'phoenixfile.ts': `
import { definePhoenix, hypervisor, lxc } from 'phoenix-orchestrator';
export default definePhoenix({
  name: 'small',
  host: 'pve',
  nodes: { pve: { ssh: 'node', config: 'ssh_config' } },
  plugins: [hypervisor(), lxc()],
});
`,
  'config/hypervisor.json5': `{
  hostname: 'pve',
  timezone: 'Europe/Berlin',
  network: { bridges: { vmbr0: { ports: ['eno1'], address: '10.0.0.13/24', gateway: '10.0.0.1' } } },
  zfs: { pools: { tank: { raid: 'single', disks: ['/dev/disk/by-id/nvme-tank'] } }, datasets: { 'tank/guests': {} } },
  storage: {
    local: { type: 'dir', path: '/var/lib/vz', content: ['vztmpl', 'iso', 'snippets'] },
    tank: { type: 'zfspool', pool: 'tank/guests', content: ['rootdir', 'images'], sparse: true },
  },
  templates: { 'debian-12-standard_12.12-1_amd64.tar.zst': { storage: 'local' } },
}`,
  'config/defaults.json5': `{
  ct: {
    unprivileged: true, swap: 0, memory: 512,
    ostemplate: 'local:vztmpl/debian-12-standard_12.12-1_amd64.tar.zst',
    rootfs: { storage: 'tank', size: 8 },
    net0: { name: 'eth0', bridge: 'vmbr0', gw: '10.0.0.1' },
  },
}`,
  'config/guests/101-dns.json5':
    "{ kind: 'ct', id: 101, hostname: 'dns', net0: { ip: '10.0.0.101/24', hwaddr: '02:00:00:00:01:01' }, snapshot: 'sealed' }",
  'config/guests/102-web.json5':
    "{ kind: 'ct', id: 102, hostname: 'web', net0: { ip: '10.0.0.102/24', hwaddr: '02:00:00:00:01:02' } }",
};

export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** When its standard error says so. */
  readonly says: (pattern: RegExp) => Promise<void>;
}

let count = 0;

export class Person {
  readonly root: string;
  readonly machine: string;
  /** State of the node that they work on. */
  readonly #twin: string;
  readonly #name = `person-${++count}`;

  private constructor(root: string, machine: string, twin: string) {
    this.root = root;
    this.machine = machine;
    this.#twin = twin;
  }

  /** Nothing built, nothing known. */
  static first(machine: string): Person {
    const root = tempFolder();
    return Person.#begin(root, machine, join(root, '.cache', 'twin', 'state.json'));
  }

  /** Works on the same node, and knows as little. */
  colleague(machine: string): Person {
    return Person.#begin(tempFolder(), machine, this.#twin);
  }

  static #begin(root: string, machine: string, twin: string): Person {
    mkdirSync(join(root, 'config', 'guests'), { recursive: true });
    mkdirSync(join(root, 'node_modules'));
    symlinkSync(repository, join(root, 'node_modules', 'phoenix-orchestrator'), 'dir');
    for (const [path, text] of Object.entries(files)) writeFileSync(join(root, path), text);
    const person = new Person(root, machine, twin);
    const meant = meaning({ twin, person: person.#name });
    writeFileSync(join(root, 'ssh_config'), aliasOf('node', [meant]));
    return person;
  }

  phx(...words: string[]): Ended {
    const { root: cwd, machine } = this;
    return runInThread({ cwd, env: this.#env, words, ahead, machine });
  }

  /** Runs with `--json` and answers the commands, file writes among them. */
  sent(...words: string[]): string[] {
    const { code, out, err } = this.phx('run', ...words, '--yes', '--json');
    assert.equal(code, 0, err || out);
    return sentIn(out);
  }

  plan(...words: string[]): PlanDocument {
    const { code, out, err } = this.phx('plan', ...words, '--json');
    assert.equal(code, 0, err);
    return JSON.parse(out) as PlanDocument;
  }

  /** A process of its own. */
  start(...words: string[]): Started {
    const child = spawn(process.execPath, [program, ...words], {
      ...{ cwd: this.root, stdio: ['ignore', 'pipe', 'pipe'] },
      env: { ...this.#env, PHX_MACHINE: this.machine },
    });
    let out = '';
    let err = '';
    child.stdout.on('data', (piece) => {
      out += piece;
    });
    child.stderr.on('data', (piece) => {
      err += piece;
    });
    const ended = new Promise<Ended>((resolve) => child.once('close', (code) => resolve({ code, out, err })));
    const says = async (pattern: RegExp) => {
      while (!pattern.test(err)) {
        const more = new Promise((resolve) => child.stderr.once('data', resolve));
        const last = await Promise.race([more.then(() => undefined), ended]);
        assert.ok(last === undefined || pattern.test(err), `it never said ${pattern}: ${out}${err}`);
      }
    };
    return { child, ended, says };
  }

  /** What the node was asked by this person. */
  asked(): string[] {
    return asked().flatMap(({ person, words }) => (person === this.#name ? [words] : []));
  }

  /** The node, as two equal builds leave it. */
  world(): unknown {
    return worldOf(JSON.parse(readFileSync(this.#twin, 'utf8')) as TwinState);
  }

  get #env() {
    const machine = fileURLToPath(new URL('machine.mjs', import.meta.url));
    const { NODE_OPTIONS, ...own } = inTheirTime;
    return {
      ...{ PATH: process.env.PATH, HOME: this.root, NO_COLOR: '1', ...own },
      NODE_OPTIONS: `${NODE_OPTIONS} --import=${machine}`,
    };
  }
}

/** The commands of a run that was told as JSON. */
export function sentIn(out: string): string[] {
  const events = out.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as RunEvent]));
  return events.flatMap((event) =>
    event.type === 'done' || event.type === 'failed'
      ? event.commands.map(({ argv }) => argv.join(' ').replace(/ --digest \w+$/, ''))
      : [],
  );
}
