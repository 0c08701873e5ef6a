/** Help as a stranger reads it: every command has its place and its words, nothing is cut off, every pointer leads somewhere. */

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import type { Command } from 'commander';
import { topics } from '../../src/cli/help-topics.ts';
import { groups } from '../../src/cli/help-words.ts';
import type { Io } from '../../src/cli/io.ts';
import { programOf } from '../../src/cli/parse.ts';
import { runInThread } from '../scenario/program.ts';
import { tempFolder } from '../temp.ts';

function programAt(columns: number, colour = false): Command {
  const out = { write: () => {}, columns, isTTY: false, colour };
  return programOf({ out, err: out } as unknown as Io, '1.2.3', () => async () => {});
}

/** The command, and all below it, that help tells of. */
function below(command: Command): Command[] {
  const subs = command.createHelp().visibleCommands(command);
  return [command, ...subs.filter((sub) => sub.name() !== 'help').flatMap(below)];
}

const phx = (...words: string[]) => runInThread({ cwd: tempFolder(), env: {}, words });

test('the overview shows each command once, in its group, on one line', () => {
  const program = programAt(80);
  const page = program.helpInformation();
  const names = program
    .createHelp()
    .visibleCommands(program)
    .map((command) => command.name());
  const grouped = Object.values(groups).flatMap((own) => Object.keys(own));
  assert.deepEqual([...grouped].sort(), [...names].sort());
  for (const name of grouped)
    assert.equal(page.match(new RegExp(`^ {2}${name} {2,}\\S`, 'gm'))?.length, 1, name);
  for (const group of Object.keys(groups)) assert.ok(page.includes(`\n\n${group}:\n`), group);
  for (const name of Object.keys(topics)) assert.ok(page.includes(`\n  help ${name}`), name);
  const [commands = ''] = page.split('\nOptions of every command:');
  for (const row of commands.split('\n').slice(5))
    assert.doesNotMatch(row, /^ {4,}\S/, 'a summary takes two lines');
});

test('every argument and option says what it is, and every command has an example', () => {
  for (const command of below(programAt(80))) {
    for (const { description } of command.registeredArguments)
      assert.notEqual(description, '', command.name());
    for (const { description, flags } of command.options)
      assert.notEqual(description, '', `${command.name()} ${flags}`);
    // The few below cache and history stand among those of the command above.
    if (!['cache', 'history'].includes(command.parent?.name() ?? ''))
      assert.ok(command.helpInformation().includes('\n  $ phx '), command.name());
  }
});

test('no line is longer than the terminal is wide, and none is wider than can be read', () => {
  for (const columns of [60, 80, 300]) {
    const pages = below(programAt(columns)).map((command) => command.helpInformation());
    for (const line of pages.join('\n').split('\n')) {
      // What is to be typed, and paths, are not broken.
      if (/^ {2}\$ |^ {2}docs /.test(line)) continue;
      assert.ok(line.length <= Math.min(columns, 100), `${columns}: ${line}`);
    }
  }
});

test('what help points to is there', () => {
  for (const page of [
    ...below(programAt(80)).map((one) => one.helpInformation()),
    ...Object.keys(topics).map((name) => phx('help', name).out),
  ])
    for (const [, path = ''] of page.matchAll(/^ {2}docs +(\S+)$/gm)) assert.ok(existsSync(path), path);
  for (const [name, words] of Object.values(groups).flatMap((own) => Object.entries(own)))
    assert.ok(words.topic === undefined || Object.hasOwn(topics, words.topic), name);
});

test('how a command ends stands on its page, and all ways in a topic', () => {
  const plan = phx('plan', '--help').out;
  assert.match(plan, /^Exit codes:\n {2}3 {2}the configuration has errors\n {2}6 {2}with --check/m);
  const all = phx('help', 'exit-codes').out;
  for (const code of [0, 1, 2, 3, 4, 5, 6, 7, 8, 124, 130])
    assert.match(all, new RegExp(`^  ${code} +\\S`, 'm'));
});

test('help, --help and -h say the same; headings are bold where there is colour', () => {
  assert.equal(phx('help', 'twin', 'fault').out, phx('twin', 'fault', '-h').out);
  assert.equal(phx('help').out, phx('--help').out);
  assert.match(phx('help', 'targets').out, /^targets: .*\n\n.*ctid:950\/configure/s);
  assert.ok(programAt(80, true).helpInformation().includes('\u001b[1mRun:\u001b[22m\n'));
});

test('who types nothing, or something else, is told what there is', () => {
  const nothing = phx();
  assert.deepEqual([nothing.code, nothing.out], [2, '']);
  assert.match(nothing.err, /^phx: .*\n\nUsage: phx <command>/s);
  assert.match(phx('twin').err, /^phx twin: the simulated node\n/);
  for (const [words, hint] of [
    [['help', 'tragets'], /no help about tragets\n {2}did you mean targets\?/],
    [['rnu', 'all'], /unknown command 'rnu'\n {2}did you mean run\?/],
    [['run', 'all', '--keep'], /unknown option '--keep'\n {2}did you mean --keep-going\?/],
  ] as const) {
    const { code, err } = phx(...words);
    assert.equal(code, 2);
    assert.match(err, hint);
  }
});
