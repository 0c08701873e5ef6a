/** What a person does with the node's own steps: take a run back, stop at the reboot, bring a script of their own. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Project } from './rig.ts';

test('undo puts back files and settings, and the next run asks for them again', () => {
  const project = Project.fleet();
  const before = project.phx('twin', 'exec', '--', 'cat', '/etc/resolv.conf').out;
  project.run(['hypervisor/resolver', 'hypervisor/timezone', 'hypervisor/network']);
  const listed = project.phx('undo').out;
  const run = listed.split(' ')[0] ?? '';
  assert.match(
    listed,
    /phx run hypervisor\/resolver hypervisor\/timezone hypervisor\/network {2}\d changes of 2 tasks/,
  );
  const dry = project.phx('undo', run, '--dry-run').out;
  assert.match(dry, /hypervisor\/resolver\n {4}would: put back \/etc\/resolv.conf\n/);
  assert.equal(project.plan('hypervisor/resolver').tasks.at(-1)?.verdict, 'fresh');
  const undone = project.phx('undo', run);
  assert.equal(undone.code, 0, undone.err);
  assert.match(undone.out, /✓ timedatectl set-timezone Etc\/UTC/);
  assert.equal(project.phx('twin', 'exec', '--', 'cat', '/etc/resolv.conf').out, before);
  const twice = project.phx('undo', run);
  assert.equal(twice.code, 8, twice.out);
  assert.match(twice.err, /was taken back already/);
  const again = project.run(['hypervisor/resolver', 'hypervisor/timezone']);
  assert.deepEqual(again.summary.done, 2);
});

test('undo takes back an account, a storage, and a firewall on trial', () => {
  const project = Project.fleet();
  project.run(['hypervisor/zfs', 'hypervisor/packages', 'hypervisor/network']);
  const before = project.phx('twin', 'exec', '--', 'cat', '/etc/passwd', '/etc/pve/storage.cfg').out;
  project.run(['hypervisor/user:heads', 'hypervisor/storage:quickOS-vm-disks', 'hypervisor/firewall']);
  const run = project.phx('undo').out.split(' ')[0] ?? '';
  const undone = project.phx('undo', run);
  assert.equal(undone.code, 0, undone.out);
  assert.match(undone.out, /✓ userdel heads/);
  assert.match(undone.out, /✓ pvesm remove quickOS-vm-disks/);
  assert.match(undone.out, /✓ remove \/etc\/pve\/local\/host.fw, remove \/etc\/pve\/firewall\/cluster.fw/);
  assert.equal(project.phx('twin', 'exec', '--', 'cat', '/etc/passwd', '/etc/pve/storage.cfg').out, before);
  assert.notEqual(project.phx('twin', 'exec', '--', 'cat', '/etc/pve/firewall/cluster.fw').code, 0);
  // The timer of the trial was called off: nothing comes back by itself.
  assert.match(
    project.phx('twin', 'exec', '--', 'systemctl', 'is-active', 'phx-restore-firewall.timer').out,
    /inactive/,
  );
});

test('undo leaves what somebody changed since, and says so', () => {
  const project = Project.fleet();
  project.run(['hypervisor/resolver']);
  const run = project.phx('undo').out.split(' ')[0] ?? '';
  project.phx('twin', 'exec', '--', 'cp', '/etc/hostname', '/etc/resolv.conf');
  const undone = project.phx('undo', run);
  assert.equal(undone.code, 8, undone.out);
  assert.match(undone.out, /✗ \/etc\/resolv.conf: it was changed since/);
  const unknown = project.phx('undo', `${run.slice(0, -1)}x`);
  assert.equal(unknown.code, 2);
  assert.match(unknown.err, /There is no journal of a run .*\n.*did you mean/);
});

test('undo leaves a setting that somebody changed since, as it leaves a file', () => {
  const project = Project.fleet();
  project.run(['hypervisor/timezone']);
  const run = project.phx('undo').out.split(' ')[0] ?? '';
  project.phx('twin', 'exec', '--', 'timedatectl', 'set-timezone', 'Asia/Tokyo');
  assert.match(
    project.phx('undo', run, '--dry-run').out,
    /would leave timedatectl set-timezone Etc\/UTC: what it/,
  );
  const undone = project.phx('undo', run);
  assert.equal(undone.code, 8, undone.out);
  assert.match(undone.out, /✗ timedatectl set-timezone Etc\/UTC: what it would take back was changed since/);
  assert.match(project.phx('undo', run, '--force').out, /✓ timedatectl set-timezone Etc\/UTC/);
});

test('a run stops at the reboot, what needs it waits, and a later run goes on', () => {
  const project = Project.fleet();
  const stopped = project.phx('run', 'hypervisor', '--no-reboot', '--plain');
  assert.equal(stopped.code, 7, stopped.out);
  assert.match(stopped.out, /has to be rebooted before this can go on\n.*nouveau holds the cards/);
  assert.match(stopped.out, /say --reboot/);
  // All that does not wait for it is done.
  const left = project.plan('hypervisor').tasks.filter(({ verdict }) => verdict !== 'fresh');
  assert.deepEqual(
    left.map(({ task }) => task),
    ['hypervisor/reboot', 'hypervisor/nvidia:driver', 'hypervisor/nvidia:devices'],
  );
  assert.equal(project.phx('run', 'hypervisor', '--no-reboot', '--plain').code, 7);
  project.phx('twin', 'exec', '--', 'systemctl', 'reboot');
  const resumed = project.phx('run', 'hypervisor', '--no-reboot', '--plain');
  assert.equal(resumed.code, 0, resumed.out);
  assert.equal(project.run(['hypervisor']).summary.done, 0);
});

const ownScript = `
import { definePhoenix, hypervisor, lxc, script } from 'phoenix-orchestrator';
export default definePhoenix({
  name: 'phoenix',
  host: 'twin',
  plugins: [
    hypervisor(),
    lxc(),
    script('./setup_fans.sh', {
      args: ['--quiet'], inputs: ['fans.conf'], outputs: ['file:/etc/fans', 'unit:fans.service'], after: ['hypervisor/packages'],
    }),
  ],
});
`;

test('a bash script is a task: run once, run again when it or its input is edited, or its output is gone', () => {
  const project = Project.fleet();
  project.write('phoenixfile.ts', ownScript);
  project.write('setup_fans.sh', '#!/bin/bash\necho fans\n');
  project.write('fans.conf', 'speed 3\n');
  assert.deepEqual(project.run(['hypervisor/setup_fans']).tasks('done'), [
    'hypervisor/packages',
    'hypervisor/repos',
    'hypervisor/setup_fans',
  ]);
  assert.deepEqual(project.run(['hypervisor/setup_fans']).tasks('done'), []);
  project.write('fans.conf', 'speed 4\n');
  assert.deepEqual(project.run(['hypervisor/setup_fans']).tasks('done'), ['hypervisor/setup_fans']);
  project.write('setup_fans.sh', '#!/bin/bash\necho more fans\n');
  assert.deepEqual(project.run(['hypervisor/setup_fans']).tasks('done'), ['hypervisor/setup_fans']);
  project.phx('twin', 'exec', '--', 'rm', '/etc/fans');
  assert.deepEqual(project.run(['hypervisor/setup_fans']).tasks('done'), ['hypervisor/setup_fans']);
  // A colleague without any record sees by the marker that it is done.
  project.phx('cache', 'forget', 'hypervisor/setup_fans');
  const recognised = project.run(['hypervisor/setup_fans']);
  assert.deepEqual(recognised.commands, []);
  project.phx('twin', 'fault', 'env', '--exit', '3', '--stderr', 'no fans here');
  project.write('fans.conf', 'speed 5\n');
  const failed = project.phx('run', 'hypervisor/setup_fans', '--plain');
  assert.equal(failed.code, 1, failed.out);
  assert.match(failed.out, /no fans here/);
  project.write('phoenixfile.ts', ownScript.replace('./setup_fans.sh', './setup_fan.sh'));
  const missing = project.phx('plan', 'all');
  assert.equal(missing.code, 3);
  assert.match(missing.err, /cannot be read: \.\/setup_fan\.sh/);
});

test('a network that would cut the node off comes back by itself, and is tried again once it is mended', () => {
  const project = Project.fleet();
  project.run(['hypervisor/network', 'hypervisor/timezone']);
  const file = '/etc/network/interfaces';
  const before = project.phx('twin', 'exec', '--', 'cat', file).out;
  const config = 'config/hypervisor.json5';
  project.edit(config, "ports: ['eno1']", "ports: ['eno9']");
  const cut = project.phx('run', 'hypervisor/network', '--plain');
  assert.equal(cut.code, 1, cut.out);
  assert.match(
    cut.out,
    /The new network was taken back: it could not be confirmed\n +why +vmbr0 has the address/,
  );
  assert.match(cut.out, /The former state is back/);
  assert.equal(project.phx('twin', 'exec', '--', 'cat', file).out, before);
  project.edit(config, "ports: ['eno9']", "ports: ['eno1'], vlanAware: true");
  project.run(['hypervisor/network']);
  assert.match(project.phx('twin', 'exec', '--', 'cat', file).out, /bridge-vlan-aware yes/);
  assert.equal(project.run(['hypervisor/network']).summary.done, 0);
});

test('a network change that phx was killed in is taken back by the timer of the node, or by the next run', () => {
  const project = Project.fleet();
  project.run(['hypervisor/network', 'hypervisor/timezone']);
  const file = '/etc/network/interfaces';
  const before = project.phx('twin', 'exec', '--', 'cat', file).out;
  project.edit('config/hypervisor.json5', "ports: ['eno1']", "ports: ['eno1'], vlanAware: true");
  project.phx('twin', 'fault', 'ifreload -a', '--kill', 'after');
  project.phx('run', 'hypervisor/network', '--plain');
  const timer = project.copy();
  assert.match(
    timer.phx('twin', 'exec', '--', 'systemctl', 'is-active', 'phx-restore-network.timer').out,
    /^active/,
  );
  timer.phx('twin', 'exec', '--', 'systemctl', 'start', 'phx-restore-network.service');
  assert.equal(timer.phx('twin', 'exec', '--', 'cat', file).out, before);
  const next = project.phx('run', 'hypervisor/network', '--plain');
  assert.equal(next.code, 0, next.out);
  assert.match(next.out, /left the network on trial: the former state is put back first/);
  assert.match(project.phx('twin', 'exec', '--', 'cat', file).out, /bridge-vlan-aware yes/);
  assert.match(
    project.phx('twin', 'exec', '--', 'systemctl', 'is-active', 'phx-restore-network.timer').out,
    /inactive/,
  );
});
