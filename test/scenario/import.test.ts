/** Moving over from the replaced bash system with the built program: import, validate, plan, run; scripts; wrong input. */

import assert from 'node:assert/strict';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { RunEvent } from '../../src/core/event.ts';
import { tempFolder } from '../temp.ts';
import { repository } from './program.ts';
import { Project } from './rig.ts';

const phoenixfile = `import { definePhoenix, hypervisor, lxc, vm } from 'phoenix-orchestrator';
export default definePhoenix({
  name: 'phoenix',
  host: 'twin',
  plugins: [hypervisor(), lxc(), vm()],
});
`;

/** A folder with nothing but a phoenixfile, and the old files beside it. */
function moving(generation: 'first' | 'second'): Project {
  const root = tempFolder();
  mkdirSync(join(root, 'node_modules'));
  symlinkSync(repository, join(root, 'node_modules', 'phoenix-orchestrator'), 'dir');
  cpSync(join(repository, 'test', 'fixtures', 'legacy', generation), join(root, 'old'), { recursive: true });
  const project = Project.at(root);
  project.write('phoenixfile.ts', phoenixfile);
  return project;
}

const secrets = { PHOENIX_ADMIN_PASSWORD: 'correct horse battery staple' };

for (const generation of ['first', 'second'] as const) {
  test(`the ${generation} generation is imported, validates, plans, and is built once`, () => {
    const project = moving(generation);
    const dry = project.phx('import', 'legacy', 'old', '--dry-run');
    assert.equal(dry.code, 0, dry.err);
    assert.match(dry.out, /── config\/hypervisor\.json5\n/);
    assert.equal(existsSync(join(project.root, 'config')), false);

    const said = project.phx('import', 'legacy', 'old');
    assert.equal(said.code, 0, said.err);
    assert.match(said.out, /Doubtful: look at these/);
    assert.match(said.out, /files written to \.: 1[59] guests\n/);
    assert.equal(project.phx('validate').code, 0);
    assert.equal(project.phx('plan', 'all').code, 0);

    const run = () => {
      const { code, out, err } = project.phxWith(secrets, 'run', 'all', '--json');
      assert.equal(code, 0, err);
      const events = out.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as RunEvent]));
      return events.filter(({ type }) => type === 'done').length;
    };
    assert.ok(run() > 200);
    assert.equal(run(), 0);
  });
}

test('a configuration that is there stays until it is said, and is kept then; what cannot be read leaves all as it was', () => {
  const project = moving('first');
  mkdirSync(join(project.root, 'config'));
  project.write('config/hypervisor.json5', '{ /* mine */ }');
  const refused = project.phx('import', 'legacy', 'old');
  assert.equal(refused.code, 2);
  assert.match(refused.err, /There is a configuration already[\s\S]*--force/);

  const document = JSON.parse(project.phx('import', 'legacy', 'old', '--force', '--json').out);
  assert.equal(document.written, true);
  assert.equal(readFileSync(join(document.former, 'hypervisor.json5'), 'utf8'), '{ /* mine */ }');
  const one = document.entries.find(
    ({ from }: { from?: { path: string } }) => from?.path === 'lxc_configs.950.memory_mb',
  );
  assert.deepEqual(one, {
    fate: 'carried',
    from: { file: 'phoenix_lxc_configs.json', path: 'lxc_configs.950.memory_mb', value: 72_000 },
    to: [{ file: 'config/guests/950-vllm-qwen2-5-7b-awq.json5', path: 'memory' }],
  });

  const elsewhere = project.phx('import', 'legacy', 'old', '--to', 'made/anew');
  assert.equal(elsewhere.code, 0, elsewhere.err);
  assert.equal(existsSync(join(project.root, 'made/anew/config/defaults.json5')), true);

  // Where a folder is a file, nothing is left behind.
  project.write('taken', '');
  const stuck = project.phx('import', 'legacy', 'old', '--to', 'taken');
  assert.equal(stuck.code, 2);
  assert.match(stuck.err, /cannot be written/);

  project.edit('old/phoenix_lxc_configs.json', '"900": {', '"900": {,');
  const torn = project.phx('import', 'legacy', 'old', '--to', 'torn');
  assert.equal(torn.code, 2);
  assert.match(
    torn.err,
    /An old file cannot be read\n +file +old\/phoenix_lxc_configs\.json\n +why +it is no JSON/,
  );
  project.remove('old/phoenix_vm_configs.json');
  assert.match(
    project.phx('import', 'legacy', 'old', '--to', 'torn').err,
    /missing +phoenix_vm_configs\.json/,
  );
  assert.match(project.phx('import', 'legacy', 'older', '--to', 'torn').err, /There is no folder older/);
  assert.equal(existsSync(join(project.root, 'torn')), false);
  assert.deepEqual(
    readdirSync(project.root).filter((name) => name.includes('phx-new')),
    [],
  );
});

test('a script becomes a feature that runs, or a step of the node, and what is in its way is told', () => {
  const project = moving('first');
  assert.equal(project.phx('import', 'legacy', 'old').code, 0);
  const script =
    "#!/bin/bash\n# Installs the queue.\napt-get install rabbitmq-server\ndocker inspect -f '{{.State}}' queue || true\n";
  writeFileSync(join(project.root, 'install_queue.sh'), script);
  const said = project.phx(
    'import',
    'script',
    'install_queue.sh',
    '--as',
    'feature:queue',
    '--target',
    'ctid:953',
  );
  assert.equal(said.code, 0, said.err);
  assert.match(said.out, /written: templates\/features\/queue\.sh\.hbs/);
  assert.match(said.out, /install_queue\.sh:3 {2}apt asks: say -y/);
  assert.match(said.out, /Add to config\/guests\/953-nginx-vscoderag\.json5:\n {2}layers: \[ …, 'queue' \],/);
  project.edit(
    'config/guests/953-nginx-vscoderag.json5',
    "layers: ['base_setup']",
    "layers: ['base_setup', 'queue']",
  );
  const plan = project.phx('plan', 'ctid:953');
  assert.equal(plan.code, 0, plan.err);
  assert.match(plan.out, /ctid:953\/feature:queue/);

  assert.match(
    project.phx('import', 'script', 'install_queue.sh', '--as', 'feature:queue').err,
    /There is a file of this name already/,
  );
  const task = project.phx('import', 'script', 'install_queue.sh', '--as', 'task:queue');
  assert.equal(task.code, 0, task.err);
  assert.equal(project.read('scripts/queue.sh'), script);
  project.edit('phoenixfile.ts', 'lxc, vm }', 'lxc, script, vm }');
  project.edit('phoenixfile.ts', 'vm()]', "vm(), script('./scripts/queue.sh', { id: 'queue' })]");
  assert.match(project.phx('plan', 'hypervisor/queue').out, /hypervisor\/queue/);

  assert.equal(project.phx('import', 'script', 'install_queue.sh', '--as', 'queue').code, 2);
  assert.match(
    project.phx('import', 'script', 'gone.sh', '--as', 'app:x').err,
    /The script cannot be taken over/,
  );
  writeFileSync(join(project.root, 'x.py'), '#!/usr/bin/env python3\nprint(1)\n');
  assert.match(
    project.phx('import', 'script', 'x.py', '--as', 'app:x').err,
    /it is for \/usr\/bin\/env python3/,
  );
  rmSync(join(project.root, 'x.py'));
});
