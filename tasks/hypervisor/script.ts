/** A bash script of a person's own as a task: how one moves over from bash one step at a time. It knows no script. */

import type { PhxTask, Plugin } from '../../src/config/project.ts';
import { digest } from '../../src/core/digest.ts';
import { PhxError } from '../../src/core/error.ts';
import type { Probe, TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { donePath, scriptPath } from '../../src/proxmox/workspace.ts';
import { nodeTasks } from '../cluster/nodes.ts';
import { fileProbe, fileScope, lookAt } from './files.ts';

export interface ScriptSettings {
  /** Step of the task, `hypervisor/<id>`; default: the script's name without its ending. */
  readonly id?: string;
  readonly title?: string;
  readonly args?: readonly string[];
  /** Files of the project that it reads besides itself: an edit runs it again. They are not copied to the node. */
  readonly inputs?: readonly string[];
  /** Environment variables that it is given, by name: an edit runs it again. */
  readonly env?: readonly string[];
  /**
   * What it leaves on the node, looked at in every run: `file:/etc/x`, `unit:x.service` (active) or `package:x`. One
   * that is missing afterwards is a failure, one that goes missing later runs the script again.
   */
  readonly outputs?: readonly string[];
  /** Tasks that come before it, such as `hypervisor/zfs:tank`. */
  readonly after?: readonly string[];
  /** Minutes; 30 without. */
  readonly deadline?: number;
}

/** The plugin of one script: `plugins: [hypervisor(), script('./setup_x.sh', { after: ['hypervisor/packages'] })]`. */
export function script(path: string, settings: ScriptSettings = {}): Plugin {
  check(path, settings);
  const step = settings.id ?? path.replace(/^.*\//, '').replace(/\.[^.]*$/, '');
  return {
    name: `script ${path}`,
    builtin: true,
    tasks: ({ fleet, text }) => nodeTasks(fleet, () => [scriptTask(step, path, text(path), text, settings)]),
  };
}

const lists = ['args', 'inputs', 'env', 'outputs', 'after'];
const known = [...lists, 'id', 'title', 'deadline'];

/** A phoenixfile is not type-checked when it is run: what is wrong is told here, not somewhere in the middle. */
function check(path: unknown, settings: ScriptSettings): void {
  const wrong = (what: string, hint: string) =>
    new PhxError('config', { title: `script('${path}') in phoenixfile.ts: ${what}`, hint });
  if (typeof path !== 'string') throw wrong('its path is no text', "Write script('./setup_x.sh', { … }).");
  for (const [key, value] of Object.entries(settings)) {
    if (!known.includes(key)) throw wrong(`there is no setting ${key}`, `Settings are ${known.join(', ')}.`);
    const isList = Array.isArray(value) && value.every((one) => typeof one === 'string');
    if (lists.includes(key) && !isList) throw wrong(`${key} is a list of texts`, `Write ${key}: ['…'].`);
  }
  const { id = 'x', deadline = 30, outputs = [] } = settings;
  if (!/^[\w.-]+$/.test(id))
    throw wrong(`id '${id}' is no name of a step`, 'Use letters, digits, _, . and -.');
  if (!(Number.isFinite(deadline) && deadline > 0))
    throw wrong('deadline is a number of minutes', 'Such as 30.');
  const odd = outputs.find((output) => !/^(file:\/|unit:|package:)\S+$/.test(output));
  if (odd !== undefined)
    throw wrong(
      `output ${odd} cannot be looked at`,
      "Outputs are 'file:/path', 'unit:name.service' or 'package:name'.",
    );
}

function scriptTask(
  step: string,
  path: string,
  body: string,
  text: (path: string) => string,
  { title, args = [], inputs = [], env = [], outputs = [], after = [], deadline = 30 }: ScriptSettings,
): PhxTask {
  const marker = donePath(step);
  const read = Object.fromEntries(inputs.map((input) => [input, text(input)]));
  return {
    id: `hypervisor/${step}`,
    target: 'hypervisor',
    title: title ?? path,
    revision: '1',
    config: { args, outputs },
    env,
    texts: { script: body, ...read },
    dependencies: after.map((task) => ({ task, kind: 'order' })),
    outputs: {
      // The marker tells a later run, or a colleague's first one, what was done.
      done: fileProbe(marker),
      ...Object.fromEntries(outputs.map((output) => [output, probeOf(output)])),
    },
    opaque: true,
    touches: ['host', fileScope(marker), ...outputs.filter((output) => /^(file|unit):/.test(output))],
    run: async (context) => {
      const mark = `${digest(JSON.stringify([body, args, read, { ...context.env }]))}\n`;
      const missing = (facts: Facts) => outputs.filter((output) => probeOf(output)(facts) === undefined);
      if ((await lookAt(context, marker)) === mark && missing(context.facts()).length === 0) return undefined;
      await runScript(context, step, body, { args, outputs, deadline });
      const lacking = missing(
        await context.refresh(outputs.length > 0 ? ['host', ...outputs.filter(isScope)] : []),
      );
      if (lacking.length > 0) throw broken(path, lacking);
      await context.writeFile(marker, mark);
      return undefined;
    },
  };
}

const isScope = (output: string): boolean => /^(file|unit):/.test(output);

async function runScript(
  context: TaskContext<Facts>,
  step: string,
  body: string,
  { args, outputs, deadline }: Required<Pick<ScriptSettings, 'args' | 'outputs' | 'deadline'>>,
): Promise<void> {
  const copy = scriptPath(`${step}.sh`);
  await context.writeFile(copy, body, { mode: 0o700, scratch: true });
  const given = Object.entries(context.env).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${value}`],
  );
  // The simulated node cannot know what a script does: it takes what the script promises for done.
  const promised = outputs.length > 0 ? [`PHX_PROVIDES=${outputs.join(' ')}`] : [];
  await context.run(['env', ...given, ...promised, 'bash', copy, ...args], {
    deadline: deadline * 60_000,
    detached: true,
  });
}

function probeOf(output: string): Probe<Facts> {
  const [, kind, name = ''] = /^(file|unit|package):(.+)$/.exec(output) ?? [];
  if (kind === 'file') return (facts) => (facts.files.get(name) === undefined ? undefined : true);
  if (kind === 'unit') return (facts) => (facts.units.get(name)?.active ? true : undefined);
  if (kind === 'package') return (facts) => (facts.host.packages.has(name) ? true : undefined);
  throw new PhxError('config', {
    title: `An output of a script cannot be looked at: ${output}`,
    hint: "Outputs are 'file:/path', 'unit:name.service' or 'package:name'.",
  });
}

function broken(path: string, lacking: readonly string[]): PhxError {
  return new PhxError('failed', {
    title: `${path} ended well, but did not leave what it promises`,
    facts: [['missing', lacking.join(', ')]],
    hint: 'Mend the script, or its outputs in phoenixfile.ts.',
  });
}
