/** Lays out help: one page for phx, one a command, one a topic. It knows no command by name. */

import { join } from 'node:path';
import type { Command, Help, Option } from 'commander';
import { exitCodes } from '../core/error.ts';
import { Page, type Paper, type Row } from './help-layout.ts';
import { topics } from './help-topics.ts';
import { type CommandWords, exitWords, groups, optionGroups } from './help-words.ts';

export interface HelpPlace extends Paper {
  /** Where the docs lie. */
  readonly docs: string;
}

/** The whole page of a command, in commander's place. */
export function helpPage(
  command: Command,
  helper: Help,
  place: HelpPlace,
  examples: readonly string[],
): string {
  const page = new Page(place);
  if (command.parent) commandPage(page, command, helper);
  else overview(page, command, helper);
  if (examples.length > 0) page.examples(examples);
  page.rows('More:', command.parent ? moreOf(wordsOf(command) ?? {}, place) : overviewMore(place));
  return page.toString();
}

/** One topic; undefined: there is none of that name. */
export function topicPage(name: string, place: HelpPlace): string | undefined {
  const topic = Object.hasOwn(topics, name) ? topics[name] : undefined;
  if (!topic) return undefined;
  const page = new Page(place);
  page.text(`${name}: ${topic.summary}`);
  for (const part of topic.parts) {
    if (typeof part === 'string') page.text(part);
    else page.rows(undefined, part);
  }
  page.rows('More:', [...alsoCommand(name), ['docs', join(place.docs, topic.docs)]]);
  return page.toString();
}

/** A topic may be called as a command is. */
function alsoCommand(name: string): Row[] {
  const is = Object.values(groups).some((own) => Object.hasOwn(own, name));
  return is ? [[`phx ${name} --help`, 'the command of this name']] : [];
}

function overview(page: Page, program: Command, helper: Help): void {
  page.text(program.description());
  page.text('Usage: phx <command> [options]');
  const shown = new Map(helper.visibleCommands(program).map((one) => [one.name(), one]));
  const described = Object.entries(groups).map(([group, commands]) => {
    const rows = Object.entries(commands).flatMap(([name, { summary }]): Row[] => {
      const command = shown.get(name);
      return command ? [[name, summary ?? command.description()]] : [];
    });
    return [group, rows] as const;
  });
  const about = Object.entries(topics).map(([name, { summary }]) => [`help ${name}`, summary] as const);
  const all = [...described.flatMap(([, rows]) => rows), ...about];
  const width = Math.max(...all.map(([name]) => name.length));
  for (const [group, rows] of described) page.rows(`${group}:`, rows, width);
  page.rows('Topics:', about, width);
  page.rows('Options of every command:', optionRows(helper.visibleOptions(program), helper));
}

function commandPage(page: Page, command: Command, helper: Help): void {
  const path = [];
  for (let one: Command | null = command; one; one = one.parent) path.unshift(one.name());
  page.text(`${path.join(' ')}: ${command.description()}`);
  const visible = helper.visibleOptions(command).filter(({ long }) => long !== '--help');
  const given = command.registeredArguments.length > 0;
  const usage = [
    ...path,
    // With options of its own it does something by itself, too.
    ...(command.commands.length > 0 ? [visible.length > 0 ? '[command]' : '<command>'] : []),
    ...(visible.length > 0 ? ['[options]'] : []),
    ...(given
      ? [
          command
            .usage()
            .replace(/^\[options\] ?/, '')
            .replace(/^\[command\] ?/, ''),
        ]
      : []),
  ];
  page.text(`Usage: ${usage.join(' ')}`);
  const { detail, exits = [] } = wordsOf(command) ?? {};
  if (detail) page.text(detail);
  const subs = helper.visibleCommands(command).filter((one) => one.name() !== 'help');
  page.rows(
    'Commands:',
    subs.map((one) => [one.name(), one.description()]),
  );
  page.rows(
    'Arguments:',
    command.registeredArguments.map((one) => [one.name(), one.description]),
  );
  const options = grouped(visible).map(([heading, own]) => [heading, optionRows(own, helper)] as const);
  const width = Math.max(0, ...options.flatMap(([, rows]) => rows.map(([term]) => term.length)));
  for (const [heading, rows] of options) page.rows(heading, rows, width);
  page.rows(
    'Exit codes:',
    exits.map((name) => [String(exitCodes[name]), exitWords[name]]),
  );
}

/** What is about the matter itself first; then what is never done unasked, and what is shown. */
function grouped(options: readonly Option[]): readonly (readonly [string, readonly Option[]])[] {
  const named = Object.entries(optionGroups).map(
    ([heading, names]) => [heading, options.filter(({ long }) => names.includes(long ?? ''))] as const,
  );
  const others = options.filter((option) => !named.some(([, own]) => own.includes(option)));
  return [['Options:', others], ...named];
}

function optionRows(options: readonly Option[], helper: Help): Row[] {
  return options.map((option) => [
    option.short ? helper.optionTerm(option) : `    ${helper.optionTerm(option)}`,
    `${option.description}${defaultOf(option)}`,
  ]);
}

function defaultOf({ defaultValue: value, negate }: Option): string {
  if (negate || value === undefined || Array.isArray(value)) return '';
  return ` (${value} without it)`;
}

/** Words of a command of phx itself; its sub-commands have none of their own. */
function wordsOf(command: Command): CommandWords | undefined {
  if (!command.parent || command.parent.parent) return undefined;
  return Object.values(groups).find((own) => Object.hasOwn(own, command.name()))?.[command.name()];
}

function moreOf({ topic, docs }: CommandWords, place: HelpPlace): Row[] {
  return [
    ...(topic ? [[`phx help ${topic}`, topics[topic]?.summary ?? ''] as const] : []),
    ['phx --help', 'all commands, and the options that each takes (-C, --env, --set, --host)'] as const,
    ...(docs ? [['docs', join(place.docs, docs)] as const] : []),
  ];
}

function overviewMore(place: HelpPlace): Row[] {
  return [
    ['phx help <command>', 'what it takes, how it ends, examples; the same as phx <command> --help'],
    ['docs', place.docs],
  ];
}
