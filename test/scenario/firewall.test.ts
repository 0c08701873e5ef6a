/** The firewall of the sample fleet as a person meets it: refused with the way out, killed on trial, edited, drifted. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { builtFleet, Project } from './rig.ts';

const hypervisor = 'config/hypervisor.json5';
const cluster = '/etc/pve/firewall/cluster.fw';

function cat(project: Project, path: string): string {
  const { code, out, err } = project.phx('twin', 'exec', '--', 'cat', path);
  assert.equal(code, 0, err);
  return out;
}

test('who would be locked out is told why and what to do, and nothing of the firewall is touched', () => {
  const project = Project.fleet();
  const { code, out } = project.phx('run', 'hypervisor', '--operator', '203.0.113.9', '--plain');
  assert.equal(code, 8, out);
  assert.ok(
    out.includes(`✗ hypervisor/firewall:options: This firewall would lock you out of the node
    you are at  203.0.113.9
    port 22     ssh: no rule lets it in, and policyIn is DROP
    port 8006   the web interface: no rule lets it in, and policyIn is DROP
  The firewall was not touched. Who is in the IP set management may always come in by these ports:
    firewall: { ipsets: { management: ['203.0.113.9'] } }
  → type: phx config hypervisor
`),
    out,
  );
  assert.equal(project.phx('twin', 'exec', '--', 'ls', '/var/lib/phx/parts/firewall').code, 1);
  // What it says is what helps.
  project.edit(
    hypervisor,
    "    policyIn: 'DROP',",
    "    policyIn: 'DROP', ipsets: { management: ['203.0.113.9'] },",
  );
  project.run(['hypervisor', '--operator', '203.0.113.9']);
  assert.match(cat(project, cluster), /\[IPSET management\]\n\n203\.0\.113\.9\n/);
  const guests = project.run(['all', '-j', '8']);
  assert.ok(guests.tasks('done').includes('ctid:950/firewall'));
  assert.deepEqual(project.run(['all', '--operator', '198.51.100.1']).tasks('done'), []);
});

test('killed on trial: the next run puts the former state back first, then ends well', () => {
  const project = builtFleet();
  project.edit(hypervisor, "dport: '139,445'", "dport: '445'");
  project.phx('twin', 'fault', 'pve-firewall restart', '--kill', 'after');
  assert.equal(project.phx('run', 'hypervisor', '--plain').code, null);
  assert.match(project.phx('run', 'hypervisor', '--plain').out, /the former state is put back first/);
  assert.match(cat(project, cluster), /-dport 445 # samba\n/);
  const timer = project.phx('twin', 'exec', '--', 'systemctl', 'is-active', 'phx-restore-firewall.timer');
  assert.equal(timer.out.trim(), 'inactive');
  assert.deepEqual(project.run(['all']).tasks('done'), []);
});

test('an edited rule of a guest runs one task; a new guest gets its file anew', () => {
  const project = builtFleet();
  project.edit(project.guest(953), "dport: '80,443'", "dport: '443'");
  assert.deepEqual(project.run(['all']).tasks('done'), ['ctid:953/firewall']);
  assert.match(cat(project, '/etc/pve/firewall/953.fw'), /-dport 443 # clients\n/);
  for (const words of ['shutdown 953', 'destroy 953'])
    assert.equal(project.phx('twin', 'exec', '--', 'pct', ...words.split(' ')).code, 0);
  const again = project.run(['ctid:953']);
  assert.ok(again.tasks('done').includes('ctid:953/firewall'));
  assert.match(cat(project, '/etc/pve/firewall/953.fw'), /-dport 443 # clients\n/);
});

test('a rule that was added by hand is drift, shown and put back; another order of options is none', () => {
  const project = builtFleet();
  const text = cat(project, cluster);
  const mixed = `[OPTIONS]\n\npolicy_out: ACCEPT\nenable: 1\npolicy_in: DROP\n\n${text.slice(text.indexOf('[RULES]'))}`;
  const write = (content: string) => {
    const state = JSON.parse(project.read('.cache/twin/state.json'));
    state.files[cluster].text = content;
    project.write('.cache/twin/state.json', JSON.stringify(state));
  };
  write(mixed);
  assert.deepEqual(project.run(['all']).tasks('done'), []);
  write(`${mixed.trimEnd()}\nIN ACCEPT -p tcp -dport 9999\n`);
  const [plan] = project.plan('hypervisor/firewall').tasks.filter(({ verdict }) => verdict === 'stale');
  const diff = plan?.files.find(({ path }) => path === cluster)?.diff ?? [];
  assert.ok(diff.includes('-IN ACCEPT -p tcp -dport 9999'), diff.join('\n'));
  const { out } = project.phx('run', 'hypervisor', '--plain');
  assert.match(out, /goes from \/etc\/pve\/firewall\/cluster\.fw: rule IN ACCEPT -p tcp -dport 9999/);
  assert.equal(cat(project, cluster), text);
});
