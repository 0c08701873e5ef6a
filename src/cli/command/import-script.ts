/** `phx import script`: a bash script as a template of a layer, or as a step of the node. */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { type ExitName, PhxError, whyOf } from '../../core/error.ts';
import { type ScriptKind, type Wrapped, wrapScript } from '../../import/script.ts';
import type { Io } from '../io.ts';
import { packageFolder } from '../package-folder.ts';
import { guestFile, type ImportOptions, targetOf } from './import.ts';

/** Options of `phx import script`. */
export interface ScriptOptions extends ImportOptions {
  readonly as: string;
  /** The guest that is to have it, such as ctid:950. */
  readonly target?: string;
}

/** `phx import script <file> --as feature:<name>`: writes the file, and says what to add to the configuration. */
export async function importScript(io: Io, file: string, options: ScriptOptions): Promise<ExitName> {
  const [, kind, name] = /^(feature|app|task):([a-z0-9][a-z0-9_-]*)$/.exec(options.as) ?? [];
  if (kind === undefined || name === undefined)
    throw new PhxError('usage', {
      title: `--as ${options.as} says nothing that a script can become`,
      hint: 'It is feature:<name>, app:<name> or task:<name>, with a name of lower-case letters, digits, - and _.',
      command: `phx import script ${file} --as feature:${name ?? 'mine'}`,
    });
  const target = guestTarget(options.target, kind);
  const text = scriptText(resolve(io.cwd, file), file);
  const root = await targetOf(io, options);
  const made = wrapScript(text, kind as ScriptKind, name, basename(file));
  const place = join(root, made.path);
  if (existsSync(place) && !options.force && !options.dryRun)
    throw new PhxError('usage', {
      title: 'There is a file of this name already',
      facts: [['file', place]],
      hint: 'Nothing was written. Give the script another name, or say --force.',
    });
  const replaces =
    kind !== 'task' && existsSync(join(packageFolder('templates'), made.path.replace(/^templates\//, '')));
  if (options.dryRun) io.out.write(`── ${made.path}\n${made.text.replace(/\n?$/, '\n')}\n`);
  else write(place, made.text);
  const lines = [
    `${options.dryRun ? 'would be written' : 'written'}: ${relative(io.cwd, place) || place}`,
    ...(replaces ? [`it takes the place of the ${kind} ${name} that phx brings`] : []),
    ...warned(made, file),
    ...toAdd(kind, name, target && guestFile(root, target)),
  ];
  io.out.write(`${lines.join('\n')}\n`);
  return 'ok';
}

function guestTarget(word: string | undefined, kind: string): string | undefined {
  if (word === undefined) return undefined;
  const id = /^(?:ctid|vmid):(\d+)$/.exec(word)?.[1];
  if (id !== undefined && kind !== 'task') return id;
  throw new PhxError('usage', {
    title:
      kind === 'task'
        ? `A task is a step of the node: --target ${word} has no meaning`
        : `--target ${word} is no guest`,
    hint: 'A feature or an application belongs to a guest: --target ctid:950 or vmid:8001.',
    command: 'phx import script --help',
  });
}

function scriptText(path: string, file: string): string {
  const refuse = (why: string, hint: string) =>
    new PhxError('usage', {
      title: 'The script cannot be taken over',
      facts: [
        ['file', path],
        ['why', why],
      ],
      hint,
    });
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw refuse(whyOf(error), 'Nothing was written. Name a bash script that you may read.');
  }
  const [, program] = /^#![ \t]*(\S+(?:[ \t]+\S+)?)/.exec(text) ?? [];
  if (text.includes('\0')) throw refuse('it is no text', 'Nothing was written. phx takes over bash scripts.');
  if (text.trim() === '')
    throw refuse('it is empty', 'Nothing was written. Name the script that does the work.');
  if (program !== undefined && !/(?:^|\/|\s)(?:ba|da)?sh$/.test(program.replace(/\s+-\w+$/, '')))
    throw refuse(
      `it is for ${program}`,
      `Nothing was written. phx takes over bash scripts; call ${file} from one.`,
    );
  return text;
}

function write(place: string, text: string): void {
  try {
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, text);
  } catch (error) {
    throw new PhxError('usage', {
      title: 'The file cannot be written',
      facts: [
        ['file', place],
        ['why', whyOf(error)],
      ],
      hint: 'Name a folder that is yours: --to <folder>.',
    });
  }
}

function warned({ warnings }: Wrapped, file: string): string[] {
  if (warnings.length === 0) return [];
  const lines = warnings.map(
    ({ line, message }) => `  ${basename(file)}${line === undefined ? '' : `:${line}`}  ${message}`,
  );
  return ['', 'What can be seen to be in the way of running it twice:', ...lines];
}

function toAdd(kind: string, name: string, file: string | undefined): string[] {
  const where = file ?? 'the file of the guest';
  if (kind === 'task')
    return [
      '',
      'Add to plugins in phoenixfile.ts (script comes from phoenix-orchestrator), with what it leaves on the node:',
      `  script('./scripts/${name}.sh', { id: '${name}', outputs: ['file:/…', 'unit:….service'] }),`,
      `→ type: phx plan hypervisor/${name}`,
    ];
  const line =
    kind === 'feature'
      ? `layers: [ …, '${name}' ],   at the end, or after what it rests on`
      : `app: '${name}',`;
  return [
    '',
    `Add to ${where}:`,
    `  ${line}`,
    'Say in the head of the template what it leaves, and how one sees that: provides, verify (docs/writing-tasks.md).',
    '→ type: phx validate',
  ];
}
