/** Lines that somebody wrote into a container's conf by hand: what each load says, what is kept, what starts. */

import { test } from 'node:test';
import { furnished, run, template } from './node.ts';
import { type Scene, tell } from './story.ts';

const conf = '/etc/pve/lxc/101.conf';
const head =
  'arch: amd64\nhostname: CT101\nmemory: 512\nostype: debian\nrootfs: quickOS-lxc:subvol-101-disk-0,size=4G\nswap: 512\n';
const told = 'vm 101 - unable to parse';
const integer = "type check ('integer') failed - got";

const stories: Readonly<Record<string, readonly Scene[]>> = {
  'values of a wrong type are told at each load and kept, and an answer that holds them is refused': [
    [`${conf} <- ${head}cores: two\nonboot: maybe\nnosuch: 1\n`],
    [
      'pct config 101',
      {
        exit: 255,
        out: '',
        err: `${told} value of 'cores' - ${integer} 'two'\n${told} value of 'onboot' - type check ('boolean') failed - got 'maybe'\n${told} value of 'nosuch' - unknown setting 'nosuch'\n400 Result verification failed\ncores: ${integer} 'two'\nonboot: type check ('boolean') failed - got 'maybe'\npct config <vmid> [OPTIONS]\n`,
      },
    ],
    ['pvesh get /nodes/pve1/lxc/101/config', { exit: 255, err: /\n400 Result verification failed\ncores: / }],
    ['pct set 101 --cores 2 --delete onboot', { err: /unknown setting 'nosuch'\n$/ }],
    ['pct config 101', { err: `${told} value of 'nosuch' - unknown setting 'nosuch'\n`, out: /nosuch: 1/ }],
  ],
  'flags may be said in words': [
    [`${conf} <- ${head}onboot: yes\nunprivileged: off\ncores: 02\n`],
    ['pct config 101', { err: '', out: /cores: 2\n.*\n.*\nonboot: 1\n[\s\S]*unprivileged: 0\n/ }],
  ],
  'raw lines that lxc does not know are told, and gone with the next write': [
    [
      `${conf} <- ${head}lxc.cgroup2.memory.high: 1G\nlxc.rootfs.path: /x\nlxc.nosuch: 1\nlxc.environment: A=b\n`,
    ],
    [
      'pct config 101',
      {
        err: `vm 101 - lxc.rootfs.path: lxc.rootfs.path is auto generated from rootfs\n${told} config: lxc.nosuch: 1\n`,
        out: /lxc.cgroup2.memory.high: 1G\nlxc.environment: A=b\n$/,
      },
    ],
    ['pct set 101 --cores 2'],
    ['pct config 101', { err: '' }],
  ],
  'a container whose memory is no number does not start, and its conf is written anew a moment later': [
    [`${conf} <- ${head.replace('512', 'much')}lxc.nosuch: 1\n`],
    [
      'pct start 101',
      {
        exit: 255,
        out: /'much'\n.*lxc.nosuch: 1\nArgument "much"/,
        err: "startup for container '101' failed\n",
      },
    ],
    ['sleep 1'],
    [
      'pct list',
      {
        err: `${told} value of 'memory' - ${integer} 'much'\nArgument "much" isn't numeric in multiplication (*) at /usr/share/perl5/PVE/LXC.pm line 287.\n`,
      },
    ],
    ['pct stop 101', { exit: 255, err: 'CT 101 not running\n' }],
    ['pct destroy 101', { err: `${told} value of 'memory' - ${integer} 'much'\n` }],
  ],
};

for (const [name, scenes] of Object.entries(stories))
  test(name, async () => {
    const twin = await furnished();
    await run(twin, `pct create 101 ${template} --storage quickOS-lxc`);
    await tell(twin, scenes);
  });
