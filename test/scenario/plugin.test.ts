/** The worked example of a plugin of somebody else's, in its own project: it builds, rests, follows an edit and notices drift. */

import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { tempFolder } from '../temp.ts';
import { repository, runInThread } from './program.ts';
import { Project } from './rig.ts';

const routes = '/srv/caddy/fleet.caddy';
const task = 'ctid:104/caddy:routes';

function example(): Project {
  const root = tempFolder();
  cpSync(join(repository, 'examples', 'plugin'), root, { recursive: true });
  return Project.at(root);
}

/** By itself, as it lies on the twin: whichever host the other scenarios are asked to use. */
function phx(project: Project, ...words: string[]) {
  return runInThread({ cwd: project.root, env: { PATH: process.env.PATH, NO_COLOR: '1' }, words });
}

const onNode = (project: Project, ...argv: string[]) => phx(project, 'twin', 'exec', '--', ...argv);

/** Tasks that a run did, by their commands. */
function ran(project: Project): Record<string, string[]> {
  const { code, out, err } = phx(project, 'run', 'all', '--json');
  assert.equal(code, 0, err + out.split('\n').slice(-3).join('\n'));
  const events = out.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]));
  return Object.fromEntries(
    events
      .filter(({ type }) => type === 'done')
      .map((event) => [event.task, event.commands.map(({ argv }: { argv: string[] }) => argv.join(' '))]),
  );
}

const reload = 'pct exec 104 -- systemctl reload caddy';

test('it builds with the layer that it brings along, and a second run does nothing', () => {
  const project = example();
  const first = ran(project);
  assert.ok('ctid:104/feature:caddy' in first);
  assert.deepEqual(first[task], [`write ${routes}`, reload]);
  assert.equal(
    onNode(project, 'cat', routes).out,
    '# Written by phx: edits are lost.\nhttp://git.home.example {\n  reverse_proxy 10.0.0.102:3001\n}\n' +
      'http://wiki.home.example {\n  reverse_proxy 10.0.0.101:3000\n}\n',
  );
  assert.deepEqual(ran(project), {});
  // Nothing is remembered: it looks, and sends nothing.
  project.remove('.cache/stamps');
  assert.deepEqual(ran(project)[task], []);
});

test('an edit of what a guest exports runs that task alone, drift is seen and mended, a torn run goes on', () => {
  const project = example();
  ran(project);
  project.edit('config/guests/101-wiki.json5', 'port: 3000', 'port: 3100');
  assert.match(
    phx(project, 'plan', 'all').out,
    /\+ ctid:104\/caddy:routes {2}stale\n {4}routes\.wiki\.home\.example: 10\.0\.0\.101:3000 → 10\.0\.0\.101:3100/,
  );
  assert.deepEqual(ran(project), { [task]: [`write ${routes}`, reload] });

  onNode(project, 'rm', routes);
  assert.match(phx(project, 'why', task).out, /because {2}missing routes/);
  assert.deepEqual(ran(project), { [task]: [`write ${routes}`, reload] });

  // The reload fails once the file stands: the next run sends it, and only it.
  project.edit('config/guests/102-git.json5', 'port: 3001', 'port: 3002');
  phx(project, 'twin', 'fault', reload, '--exit', '1', '--stderr', 'no such upstream');
  assert.equal(phx(project, 'run', 'all').code, 1);
  assert.deepEqual(ran(project), { [task]: [reload] });
  assert.deepEqual(ran(project), {});
});

test('wrong settings, parameters and fleets are told with the names of the plugin', () => {
  const settings = "guest: 104, domain: 'home.example', folder: '/srv/caddy'";
  for (const [file, from, to, said, code] of [
    [
      'phoenixfile.ts',
      settings,
      "guest: '104', domain: 'x', folder: '/y'",
      'caddy() in phoenixfile.ts: guest has to be the id of a container, such as 104; it is another text',
      3,
    ],
    [
      'phoenixfile.ts',
      settings,
      "guest: 104, folder: '/y'",
      "caddy() in phoenixfile.ts: domain is missing: a domain, such as 'home.example'",
      3,
    ],
    ['phoenixfile.ts', settings, `${settings}, gest: 1`, 'there is no setting gest; did you mean guest?', 3],
    [
      'phoenixfile.ts',
      'guest: 104',
      'guest: 101',
      'names guest 101, which is no container with the layer caddy',
      3,
    ],
    [
      'config/guests/104-gateway.json5',
      "['caddy']",
      "[{ name: 'caddy', params: { prt: 1 } }]",
      'feature:caddy has no parameter "prt"; did you mean port?',
      3,
    ],
    [
      'config/guests/104-gateway.json5',
      "['caddy']",
      "[{ name: 'caddy', params: { port: 70000 } }]",
      '"port" of feature:caddy',
      3,
    ],
    [
      'caddy.ts',
      'return Object.fromEntries(routes.sort());',
      'return routes.nothing.here;',
      'The plugin caddy cannot say what its tasks are',
      3,
    ],
  ] as const) {
    const project = example();
    project.edit(file, from, to);
    const ended = phx(project, 'validate');
    assert.ok(ended.err.includes(said), `${to}: ${ended.err}`);
    assert.equal(ended.code, code, ended.err);
    assert.doesNotMatch(ended.err, /stumbled|\n\s+at .*\.ts/);
  }
});
