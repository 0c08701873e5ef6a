/** `phx doctor`: what is well and what is not, of this machine, the project, its records and the nodes, each with the command that mends it. */

import { type ExitName, problemOf } from '../../core/error.ts';
import { count, marks, type Paint, paint } from '../../report/words.ts';
import { cardFindings } from '../doctor/cards.ts';
import type { Finding } from '../doctor/finding.ts';
import { nodeFindings } from '../doctor/node.ts';
import { recordFindings } from '../doctor/records.ts';
import { rightsFindings } from '../doctor/rights.ts';
import type { GlobalOptions, Io } from '../io.ts';
import { ConfigRefusal, type Opened, openNode, openProject, type Project } from '../open.ts';
import { conflictsOf } from '../preflight.ts';

export interface DoctorOptions extends GlobalOptions {
  readonly json?: boolean;
}

/** Exit 8 where something is bad. It looks and never writes. */
export async function doctor(io: Io, options: DoctorOptions): Promise<ExitName> {
  const findings = await examine(io, options);
  io.out.write(
    options.json
      ? `${JSON.stringify({ findings }, undefined, 2)}\n`
      : doctorText(findings, paint(io.out.colour)),
  );
  return findings.some(({ level }) => level === 'bad') ? 'blocked' : 'ok';
}

/** What is asked later rests on what was asked before: the first that fails is the last that is told. */
async function examine(io: Io, options: DoctorOptions): Promise<Finding[]> {
  const found: Finding[] = [machine(io)];
  try {
    const project = await openProject(io, options);
    found.push(configuration(project));
    const opened = await openNode(io, options, [], project);
    try {
      found.push(...(await looked(opened)));
    } finally {
      await opened.history.close();
      await opened.host.close();
    }
  } catch (error) {
    found.push(failed(error));
  }
  return found;
}

function machine(io: Io): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const title = `Node.js ${process.versions.node} on ${io.hostname}`;
  const old = major < 20 || (major === 20 && minor < 19);
  if (!old) return { about: 'machine', level: 'good', title };
  return { about: 'machine', level: 'bad', title: `${title} is too old`, hint: 'phx needs 20.19 or newer.' };
}

function configuration({ config, phoenix }: Project): Finding {
  const { length } = config.problems;
  const guests = Object.keys(config.fleet.guests).length;
  const title = `${phoenix.name}: ${count(guests, 'guest')}, no errors`;
  if (length === 0) return { about: 'project', level: 'good', title };
  return {
    about: 'project',
    level: 'look',
    title: `${title}, ${count(length, 'warning')}`,
    command: 'phx validate',
  };
}

async function looked(opened: Opened): Promise<Finding[]> {
  const { config, graph, stamps, cluster, facts, host } = opened;
  const { fleet } = config;
  const all = new Set(graph.order);
  const now = facts.current();
  const nodes = cluster
    ? cluster.names.map(
        (name) => [name, cluster.view(name), fleet.nodes?.[name] ?? fleet.hypervisor] as const,
      )
    : [[host.label, now, fleet.hypervisor] as const];
  const away = [...(cluster?.away ?? [])].map(
    ([about, problem]): Finding => ({ about, level: 'bad', ...problem }),
  );
  const conflicts = conflictsOf(opened, { demanded: all }).map(
    ({ subject, severity, ...problem }): Finding => ({
      ...{ about: subject, level: severity === 'blocks' ? 'bad' : 'look', ...problem },
    }),
  );
  return [
    ...recordFindings({ stamps: stamps.all(), damaged: stamps.damaged, isTask: (id) => graph.index.has(id) }),
    ...away,
    ...nodes.flatMap(([name, own, hypervisor]) => nodeFindings(name, own, hypervisor)),
    ...conflicts,
    ...cardFindings(fleet, now),
    ...rightsFindings(fleet),
  ];
}

function failed(error: unknown): Finding {
  if (error instanceof ConfigRefusal) {
    const errors = error.problems.filter(({ severity }) => severity === 'error').length;
    return {
      ...{ about: 'project', level: 'bad', title: `the configuration has ${count(errors, 'error')}` },
      command: 'phx validate',
    };
  }
  return { about: 'node', level: 'bad', ...problemOf(error) };
}

function doctorText(findings: readonly Finding[], look: Paint): string {
  const lines = findings.flatMap((finding, at) => [
    ...(finding.about === findings[at - 1]?.about ? [] : [...(at > 0 ? [''] : []), look.bold(finding.about)]),
    ...findingLines(finding, look),
  ]);
  const of = (level: Finding['level']) => findings.filter((finding) => finding.level === level).length;
  const sum = [`${of('good')} well`, `${of('look')} to look at`, `${of('bad')} bad`].join(' · ');
  return `${lines.join('\n')}\n\n${sum}\n`;
}

function findingLines({ level, title, facts = [], hint, command }: Finding, look: Paint): string[] {
  const mark = { good: look.good(marks.done), look: look.warn('~'), bad: look.bad(marks.failed) }[level];
  const width = Math.max(0, ...facts.map(([label]) => label.length));
  const indented = (text: string, first: string) =>
    `${first}${text.replaceAll('\n', `\n${' '.repeat(first.length)}`)}`;
  return [
    `  ${mark} ${indented(title, '')}`,
    ...facts.map(([label, value]) => indented(value, `      ${label.padEnd(width)}  `)),
    ...(hint === undefined ? [] : [indented(hint, '      ')]),
    ...(command === undefined ? [] : [`      → type: ${look.bold(command)}`]),
  ];
}
