/** argv of every pct command: word for word, and only options that both Proxmox VE 8.4 and 9.2 take. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pct } from '../../src/proxmox/pct.ts';

const keys =
  'arch cmode console cores cpulimit cpuunits debug description devN features hookscript hostname lock memory mpN ' +
  'nameserver netN onboot ostype protection rootfs searchdomain startup swap tags template timezone tty unprivileged unusedN';

/** Verb → how many words stand before the options, and the options' names, from the tools' own help. */
const table: Readonly<Record<string, readonly [positional: number, options: string]>> = {
  create: [
    2,
    `${keys} bwlimit force ignore-unpack-errors password pool restore ssh-public-keys start storage unique`,
  ],
  clone: [2, 'bwlimit description full hostname pool snapname storage target'],
  set: [1, `${keys} delete digest revert`],
  start: [1, 'debug skiplock'],
  reboot: [1, 'timeout'],
  shutdown: [1, 'forceStop timeout'],
  resize: [3, 'digest'],
  snapshot: [2, 'description'],
  delsnapshot: [2, 'force'],
  destroy: [1, 'destroy-unreferenced-disks force purge'],
  'move-volume': [2, 'bwlimit delete digest storage target-digest target-vmid target-volume'],
  restore: [
    2,
    `${keys} bwlimit force ignore-unpack-errors password pool ssh-public-keys start storage unique`,
  ],
  rollback: [2, 'start'],
  template: [1, ''],
  unlock: [1, ''],
  migrate: [2, 'restart'],
  exec: [1, 'keep-env'],
};

const made = { hostname: 'web', storage: 'quick', description: 'phx: x' };
const create = { ...made, template: 'iso:vztmpl/u', size: 8, unprivileged: true };
const clone = { ...made, source: 920 };

const cases: readonly (readonly [argv: string[], line: string])[] = [
  [
    pct.create(950, create),
    'pct create 950 iso:vztmpl/u --hostname web --rootfs quick:8 --unprivileged 1 --description phx: x',
  ],
  [
    pct.create(950, { ...create, unprivileged: false, ostype: 'debian' }),
    'pct create 950 iso:vztmpl/u --hostname web --rootfs quick:8 --unprivileged 0 --description phx: x --ostype debian',
  ],
  [
    pct.clone(950, { ...clone, full: true, snapshot: 'sealed-1' }),
    'pct clone 920 950 --snapname sealed-1 --hostname web --full 1 --storage quick --description phx: x',
  ],
  [
    pct.clone(950, { ...clone, full: false, target: 'pve2' }),
    'pct clone 920 950 --hostname web --full 0 --target pve2 --description phx: x',
  ],
  [
    pct.clone(950, { ...clone, full: false }),
    'pct clone 920 950 --hostname web --full 0 --description phx: x',
  ],
  [
    pct.set(950, { memory: '512', net0: 'name=eth0', dev12: '/dev/x' }, ['mp0', 'cores']),
    'pct set 950 --memory 512 --net0 name=eth0 --dev12 /dev/x --delete mp0,cores',
  ],
  [pct.set(950, {}, ['mp0']), 'pct set 950 --delete mp0'],
  [pct.set(950, { tags: 'a' }), 'pct set 950 --tags a'],
  [pct.set(950, { tags: 'a' }, ['cores'], 'd1'), 'pct set 950 --tags a --delete cores --digest d1'],
  [pct.revert(950, ['mp0'], 'd1'), 'pct set 950 --revert mp0 --digest d1'],
  [pct.resize(950, 'mp0', 2, 'd1'), 'pct resize 950 mp0 2G --digest d1'],
  [pct.reboot(950, 60), 'pct reboot 950 --timeout 60'],
  [pct.revert(950, ['mp0', 'nameserver']), 'pct set 950 --revert mp0,nameserver'],
  [pct.start(950), 'pct start 950'],
  [pct.shutdown(950, 60), 'pct shutdown 950 --timeout 60 --forceStop 1'],
  [pct.resize(950, 'rootfs', 20), 'pct resize 950 rootfs 20G'],
  [pct.resize(950, 'mp0', 1.5), 'pct resize 950 mp0 1.5G'],
  [pct.snapshot(950, 's1', 'why'), 'pct snapshot 950 s1 --description why'],
  [pct.deleteSnapshot(950, 's1'), 'pct delsnapshot 950 s1'],
  [pct.destroy(950), 'pct destroy 950 --destroy-unreferenced-disks 1'],
  [pct.destroy(950, { purge: true }), 'pct destroy 950 --destroy-unreferenced-disks 1 --purge 1'],
  [pct.destroyNamed(950), 'pct destroy 950'],
  [pct.destroyNamed(950, { purge: true }), 'pct destroy 950 --purge 1'],
  [
    pct.moveVolume(950, 'mp0', 900000950, 'mp1'),
    'pct move-volume 950 mp0 --target-vmid 900000950 --target-volume mp1',
  ],
  [
    pct.restore(950, 'local:backup/vzdump-lxc-950-1.tar.zst', 'quick', 'mine'),
    'pct restore 950 local:backup/vzdump-lxc-950-1.tar.zst --storage quick --description mine',
  ],
  [
    pct.restoreOver(950, 'far:backup/a.tar.zst', 'quick'),
    'pct restore 950 far:backup/a.tar.zst --storage quick --force 1',
  ],
  [pct.rollback(950, 's1'), 'pct rollback 950 s1'],
  [pct.template(950), 'pct template 950'],
  [pct.unlock(950), 'pct unlock 950'],
  [pct.migrate(950, 'pve2', false), 'pct migrate 950 pve2'],
  [pct.migrate(950, 'pve2', true), 'pct migrate 950 pve2 --restart 1'],
  [pct.exec(950, ['sh', '-c', 'a b']), 'pct exec 950 --keep-env 0 -- sh -c a b'],
];

for (const [argv, line] of cases) test(line, () => assert.equal(argv.join(' '), line));

test('every command has the words and options that the tool takes, each option with one value', () => {
  for (const [argv] of cases) {
    const [program, verb = '', ...rest] = argv;
    const [positional, options] = table[verb] ?? [0, ''];
    assert.equal(program, 'pct');
    const known = options.split(' ');
    const end = rest.indexOf('--');
    const words = end < 0 ? rest : rest.slice(0, end);
    assert.ok(words.slice(0, positional).every((word) => !word.startsWith('-')));
    const pairs = words.slice(positional);
    assert.equal(pairs.length % 2, 0, argv.join(' '));
    for (let at = 0; at < pairs.length; at += 2) {
      const name = (pairs[at] ?? '').replace(/^--/, '').replace(/^(dev|mp|net|unused)\d+$/, '$1N');
      assert.ok((pairs[at] ?? '').startsWith('--') && known.includes(name), `${verb} --${name}`);
    }
  }
});

test('every builder has a case', () => {
  const heads = new Set(cases.map(([argv]) => argv[1]));
  assert.deepEqual([...heads].sort(), Object.keys(table).sort());
  assert.equal(
    Object.values(pct).filter((value) => typeof value === 'function').length,
    heads.size + 3,
    'revert shares its verb with set, and there are two ways to destroy and two to restore',
  );
});

test('a value that looks like an option stays one word, blanks and all', () => {
  const argv = pct.set(950, { description: '--delete net0; rm -rf /' });
  assert.deepEqual(argv, ['pct', 'set', '950', '--description', '--delete net0; rm -rf /']);
});
