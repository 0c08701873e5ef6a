/** What help says beside what the commands declare: in which group each stands, what to know before using it, how it ends, where more is written. */

import type { ExitName } from '../core/error.ts';

export interface CommandWords {
  /** For the overview, where its description is longer than a line. */
  readonly summary?: string;
  /** A paragraph or two, below its description. */
  readonly detail?: string;
  /** How it ends beside 0 (done) and 2 (wrong usage), where that matters to a script. */
  readonly exits?: readonly ExitName[];
  /** File in docs/. */
  readonly docs?: string;
  /** Topic of `phx help`. */
  readonly topic?: string;
}

/** Group → its commands, in the order in which they are shown. */
export const groups: Readonly<Record<string, Readonly<Record<string, CommandWords>>>> = {
  Run: {
    run: {
      detail:
        'Runs each task that the targets rest on and that is not fresh: one that never ran, that reads something which has changed, or whose outcome is no longer on the node. Whatever went wrong, type it again: it goes on where it stood. Nothing is destroyed unasked; what would need it is refused, with the option that allows it.',
      exits: ['failed', 'config', 'locked', 'gate', 'blocked', 'deadline', 'interrupted'],
      docs: 'containers.md',
      topic: 'targets',
    },
    plan: {
      detail:
        'A run on a copy of the node in memory: the commands are those that a run would send, and what the node would refuse is refused here. Nothing is changed.',
      exits: ['config', 'changes', 'blocked'],
      docs: 'reference.md',
      topic: 'targets',
    },
    rehearse: {
      summary: 'tell a run as a story on a copy, with times and failures',
      exits: ['config', 'blocked'],
      docs: 'reference.md',
      topic: 'targets',
    },
    update: {
      summary: 'move pinned versions to the latest ones, with a way back',
      exits: ['failed', 'changes', 'blocked'],
      docs: 'containers.md',
      topic: 'targets',
    },
    watch: { summary: 'show after each edit what a run would do', docs: 'seeing.md', topic: 'targets' },
    undo: {
      detail: 'Without a name it lists the runs that can be taken back, and changes nothing.',
      exits: ['failed', 'blocked'],
      docs: 'history.md',
    },
  },
  Look: {
    status: { topic: 'targets' },
    why: { topic: 'targets' },
    drift: {
      summary: 'what is otherwise on the node than phx left it',
      exits: ['changes'],
      docs: 'seeing.md',
      topic: 'targets',
    },
    list: { topic: 'targets' },
    graph: { docs: 'seeing.md', topic: 'targets' },
    check: {
      summary: 'ask guests how they are',
      exits: ['failed'],
      docs: 'containers.md',
      topic: 'targets',
    },
    history: { docs: 'history.md' },
    serve: { summary: 'show graph, runs and timelines in a browser, live', docs: 'seeing.md' },
    report: { summary: 'what a past run took its time for, as a page', docs: 'seeing.md' },
  },
  Guests: {
    start: { exits: ['failed'], topic: 'targets' },
    stop: { exits: ['failed'], topic: 'targets' },
    restart: { exits: ['failed'], topic: 'targets' },
    snapshot: { exits: ['failed'], docs: 'containers.md' },
    rollback: { exits: ['failed', 'blocked'], docs: 'containers.md' },
    backup: { exits: ['failed'], docs: 'containers.md', topic: 'targets' },
    destroy: {
      detail:
        'Only guests that carry the mark of this project, also after they left the configuration. It names what is lost and asks first.',
      exits: ['failed', 'blocked'],
      docs: 'containers.md',
      topic: 'targets',
    },
    prune: {
      summary: 'take away what left the configuration, where it is named',
      exits: ['failed', 'blocked'],
      docs: 'node.md',
    },
    adopt: {
      summary: 'take over guests that stand, as they are',
      detail:
        'Writes a file for each, tries its steps on a copy of the node, and sets the mark of this project only where nothing else would be sent. What a file cannot say is told, and left alone.',
      exits: ['failed', 'config', 'blocked'],
      docs: 'containers.md',
    },
    exec: {
      summary: 'run a command inside a guest, or on the node',
      detail: 'Everything behind -- belongs to the command. It ends with the exit code of that.',
    },
    logs: {},
  },
  Node: {
    doctor: {
      summary: 'what is well and what is not, with the command that mends it',
      exits: ['blocked'],
      docs: 'seeing.md',
    },
    facts: { summary: 'print what the node looks like, to plan with elsewhere', docs: 'reference.md' },
    tasks: { summary: 'what Proxmox itself did last, and on whose behalf', docs: 'cluster.md' },
  },
  Project: {
    init: {
      summary: 'begin a project that runs at once',
      detail:
        'A container, a VM, a layer of its own, schemas for your editor. Nothing that is there is overwritten. With --host root@address the node is named in the phoenixfile; runs stay on the simulated one until you say otherwise.',
      docs: 'reference.md',
    },
    import: {
      summary: 'convert the files of the replaced bash system',
      exits: ['config'],
      docs: 'migrating-from-bash.md',
    },
    config: { summary: 'the merged configuration, each value with its place', topic: 'config' },
    validate: {
      summary: 'check configuration, templates and graph',
      exits: ['config', 'graph'],
      topic: 'config',
    },
  },
  Tools: {
    twin: {
      detail:
        "A Proxmox node in memory and in .cache/twin, which refuses what Proxmox refuses. Runs use it while the phoenixfile says host: 'twin', or with --host twin.",
      docs: 'reference.md',
    },
    cache: { docs: 'reference.md' },
    completion: { summary: 'what bash, zsh or fish load to complete with TAB', docs: 'reference.md' },
    help: {},
  },
};

/** Options by what they are about; all others stand first. */
export const optionGroups: Readonly<Record<string, readonly string[]>> = {
  'Only when you say so:': [
    '--yes',
    '--reboot',
    '--no-reboot',
    '--restart',
    '--retry',
    '--recreate',
    '--no-way-back',
    '--wipe-disk',
  ],
  'Output:': ['--json', '--quiet', '--plain', '--verbose'],
};

/** Exit codes in words, of commands and of the topic. */
export const exitWords: Readonly<Record<ExitName, string>> = {
  ok: 'done; what is outdated alone is no failure',
  failed: 'a task failed, or a guest is not well',
  usage: 'wrong usage: an unknown target, option or host',
  config: 'the configuration has errors',
  graph: 'the graph has errors: an unknown dependency, a cycle',
  locked: 'another run is at work; --wait begins when it has ended',
  changes: 'with --check: something would be done',
  gate: 'stopped at a gate: the node has to be rebooted (--reboot)',
  blocked: 'blocked or refused: a person has to decide',
  deadline: 'a command or a wait did not end within its deadline',
  interrupted: 'interrupted by Ctrl-C; what was done is kept',
};
