/** The topics of `phx help`: what is about more than one command. */

import { exitCodes } from '../core/error.ts';
import { exitWords } from './help-words.ts';

export interface Topic {
  readonly summary: string;
  /** Rows are aligned, paragraphs wrapped, lines that begin with a `$` left as they are. */
  readonly parts: readonly (string | readonly (readonly [string, string])[])[];
  /** File in docs/. */
  readonly docs: string;
}

export const topics: Readonly<Record<string, Topic>> = {
  targets: {
    summary: 'what can be named: guests, tasks, tags, the node',
    parts: [
      'A target is what a person names: a guest, the node, or one of their tasks. A run does what was named and all that it rests on, and nothing else. phx list shows what there is.',
      [
        ['ctid:950', 'every task of container 950'],
        ['vmid:8001', 'every task of VM 8001'],
        ['ctid:950/configure', 'one task'],
        ['ctid:9*', 'every container whose id begins with 9'],
        ['tag:gpu', 'every guest with that tag'],
        ['hypervisor', 'the node; in a cluster all of its nodes'],
        ['hypervisor:pve2', 'of a cluster: this node'],
        ['hypervisor/zfs', 'tasks of the node that begin so: all pools and datasets'],
        ['hypervisor/zfs:tank', 'one pool and its datasets'],
        ['external:700', 'a machine that is only asked how it is'],
        ['all', 'everything'],
      ],
      'Put ctid:9* in quotes where a file of such a name could lie. --except takes a target, too: it is left out, and taken as it stands.',
    ],
    docs: 'reference.md',
  },
  config: {
    summary: 'where the configuration lies, and in which order it counts',
    parts: [
      'A project is a folder with a phoenixfile.ts. What is to be there stands in JSON5 files below config/; keys are named as pct and qm name them. Later ones win; objects merge, lists replace:',
      [
        ['defaults.json5', 'what every guest starts from'],
        ['profiles/<name>.json5', 'shared keys of guests that say extends'],
        ['guests/<id>-<name>.json5', 'a guest'],
        ['env/<name>/', 'the same once more, with --env <name>'],
        ['--set guests.950.memory=65536', 'one value, this time only'],
        ['hypervisor.json5', 'the node'],
        ['nodes/<name>.json5', 'what is different on one node of a cluster'],
        ['pins.json5', 'versions that phx update chose'],
        ['schema/', 'for your editor; phx init --schemas makes it anew'],
      ],
      'A secret is never written there, but where it comes from:',
      [
        ["{ secret: 'env:NAME' }", 'an environment variable of phx'],
        ["{ secret: 'file:path' }", 'a file that git does not have'],
        ["{ secret: 'exec:words' }", 'what a program prints, such as a password manager'],
      ],
      'phx config ctid:950 shows what comes out, each value with its file and line; phx validate checks all of it.',
    ],
    docs: 'config.md',
  },
  'exit-codes': {
    summary: 'how phx ends, for scripts',
    parts: [
      'They never change meaning: scripts may rest on them.',
      Object.entries(exitCodes).map(([name, code]) => [
        String(code),
        exitWords[name as keyof typeof exitCodes],
      ]),
      'phx exec ends with the exit code of its command. With --json an error is one object on standard error.',
    ],
    docs: 'reference.md',
  },
};
