/**
 * Steps `nvidia:nouveau`, `nvidia:driver` and `nvidia:devices`: the free driver lets go of the cards (which takes a
 * reboot: a gate in the graph), the wanted one is installed, its device nodes are there before any guest starts.
 */

import type { Hypervisor } from '../../src/config/fleet.ts';
import type { PhxTask } from '../../src/config/project.ts';
import { PhxError } from '../../src/core/error.ts';
import type { Assessment, TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { nvidiaDevicesTask, rebootTask } from '../guest/names.ts';
import { installPackages, packagesTask } from './apt.ts';
import { fileProbe, fileScope, keepFile, managedMark } from './files.ts';
import type { Contributor } from './reboot.ts';

type Nvidia = NonNullable<Hypervisor['nvidia']>;

const nouveauTask = 'hypervisor/nvidia:nouveau';
const driverTask = 'hypervisor/nvidia:driver';
const minutes = 60_000;
const blacklist = '/etc/modprobe.d/phx-nvidia.conf';
const unitName = 'phx-nvidia-devices.service';
const unit = `/etc/systemd/system/${unitName}`;

export function nvidiaSteps(nvidia: Nvidia): PhxTask[] {
  return [nouveauStep(), driverStep(nvidia), devicesStep(nvidia)];
}

/** nouveau holds the cards until the next boot, and the installer of the driver refuses while it does. */
export const nouveauBoot: Contributor = {
  task: nouveauTask,
  pending: (facts) =>
    facts.host.modules.has('nouveau') ? 'nouveau holds the cards until the next boot' : undefined,
};

function nouveauStep(): PhxTask {
  return {
    id: nouveauTask,
    target: 'hypervisor',
    title: 'keep nouveau off the cards',
    revision: '2',
    config: {},
    dependencies: [],
    outputs: { blacklist: fileProbe(blacklist) },
    pools: ['initramfs'],
    touches: [fileScope(blacklist)],
    run: async (context) => {
      const wrote = await keepFile(
        context,
        blacklist,
        `${managedMark}\nblacklist nouveau\noptions nouveau modeset=0\n`,
      );
      if (wrote)
        await context.run(['update-initramfs', '-u', '-k', 'all'], { deadline: 10 * minutes, undo: 'again' });
      return undefined;
    },
  };
}

function driverStep({ version, runfile, sha256 }: Nvidia): PhxTask {
  return {
    id: driverTask,
    target: 'hypervisor',
    title: `NVIDIA driver ${version}`,
    revision: '2',
    config: { version, runfile, ...(sha256 ? { sha256 } : {}) },
    dependencies: [
      { task: rebootTask, kind: 'result' },
      { task: packagesTask, kind: 'order' },
    ],
    outputs: {
      installed: (facts) => facts.host.nvidia.installed,
      loaded: (facts) => facts.host.nvidia.loaded,
    },
    assess: ({ facts }) => inUse(version, facts),
    pools: ['apt:host'],
    touches: ['host'],
    run: async (context) => {
      if (context.facts().host.nvidia.installed !== context.config.version) await install(context);
      if ((await context.refresh(['host'])).host.nvidia.loaded === undefined)
        await context.run(['modprobe', 'nvidia']);
      return undefined;
    },
  };
}

/** The installer refuses while another version is loaded, and that cannot be unloaded while a guest uses it. */
function inUse(version: string, { host, guests }: Facts): Assessment | undefined {
  const { loaded } = host.nvidia;
  if (loaded === undefined || loaded === version) return undefined;
  const users = [...guests.values()].filter(
    ({ running, conf }) => running && /^dev\d+: .*\/dev\/nvidia/m.test(conf),
  );
  if (users.length === 0) return undefined;
  return {
    verdict: 'blocked',
    problem: {
      title: `Driver ${loaded} cannot give way to ${version} while guests use it`,
      facts: [['guests', users.map(({ id }) => id).join(', ')]],
      hint: 'Stop them when it suits you, then run again: the driver is changed, and what rests on it follows.',
      command: users.map(({ id }) => `pct shutdown ${id}`).join('; '),
    },
  };
}

async function install(context: TaskContext<Facts>): Promise<void> {
  const { version, runfile } = context.config;
  const { kernel } = context.facts().host.node;
  // Of the running kernel, and by the second one of each that comes after it: DKMS builds the module for both.
  const headers = [`proxmox-headers-${kernel}`, 'proxmox-default-headers'];
  await installPackages(context, [...headers, 'build-essential', 'dkms', 'pkg-config']);
  const file = `/var/lib/phx/cache/NVIDIA-Linux-x86_64-${version}.run`;
  await context.run(['mkdir', '-p', '/var/lib/phx/cache'], { undo: 'nothing' });
  await context.run(['curl', '-fL', '-o', `${file}.part`, String(runfile)], {
    deadline: 60 * minutes,
    undo: 'nothing',
  });
  await checkSum(`${file}.part`, context);
  await context.run(['mv', `${file}.part`, file], { undo: 'nothing' });
  const options = [
    '--silent',
    '--no-x-check',
    '--no-nouveau-check',
    '--no-opengl-files',
    '--accept-license',
    '--dkms',
  ];
  if (context.facts().host.nvidia.loaded !== undefined)
    await context.run(['modprobe', '-r', 'nvidia_uvm', 'nvidia_drm', 'nvidia_modeset', 'nvidia'], {
      undo: 'nothing',
    });
  await context.run(['sh', file, ...options], { deadline: 30 * minutes });
}

async function checkSum(file: string, context: TaskContext<Facts>): Promise<void> {
  const wanted = 'sha256' in context.config ? context.config.sha256 : undefined;
  if (!wanted) return;
  const { stdout } = await context.ask(['sha256sum', file]);
  if (stdout.split(' ')[0] === wanted) return;
  throw new PhxError('failed', {
    title: 'The NVIDIA runfile is not the one that was pinned',
    facts: [
      ['sha256', stdout.split(' ')[0] ?? ''],
      ['pinned', String(wanted)],
    ],
    hint: 'Nothing was installed. Check the version, the address and the sum in config/hypervisor.json5.',
  });
}

function devicesStep({ gpus, persistence }: Nvidia): PhxTask {
  const devices = [
    '/dev/nvidiactl',
    '/dev/nvidia-uvm',
    ...Array.from({ length: gpus }, (_, at) => `/dev/nvidia${at}`),
  ];
  return {
    id: nvidiaDevicesTask,
    target: 'hypervisor',
    title: 'NVIDIA device nodes',
    revision: '2',
    config: { gpus, persistence },
    dependencies: [{ task: driverTask, kind: 'result' }],
    outputs: {
      unit: fileProbe(unit),
      enabled: (facts) => facts.units.get(unitName)?.enabled ?? false,
      missing: (facts) => devices.filter((device) => !facts.host.nvidia.devices.includes(device)),
    },
    touches: ['host', fileScope(unit), `unit:${unitName}`],
    run: async (context) => {
      if (await keepFile(context, unit, unitText(context.config.persistence === true))) {
        await context.run(['systemctl', 'daemon-reload'], { undo: 'again' });
        await context.run(['systemctl', 'enable', unitName], { undo: ['systemctl', 'disable', unitName] });
        await context.run(['systemctl', 'restart', unitName], { undo: 'nothing' });
      } else if (!(await context.refresh([`unit:${unitName}`])).units.get(unitName)?.enabled)
        await context.run(['systemctl', 'enable', unitName], { undo: 'nothing' });
      const missing = (facts: Facts) =>
        devices.filter((device) => !facts.host.nvidia.devices.includes(device));
      if (missing(context.facts()).length > 0) await context.run(['nvidia-modprobe', '-c', '0', '-u']);
      const still = missing(await context.refresh(['host']));
      if (still.length === 0) return undefined;
      throw new PhxError('failed', {
        title: 'Some NVIDIA device nodes did not appear',
        facts: [['missing', still.join(', ')]],
        hint: 'hypervisor.nvidia.gpus says how many cards there are: compare it with lspci, and look at dmesg.',
      });
    },
  };
}

/** /dev/nvidia-uvm appears only once something asks for it: before the guests of the node are started (F19). */
const unitText = (persistence: boolean) => `${managedMark}
[Unit]
Description=NVIDIA device nodes for containers
Before=pve-guests.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/bin/nvidia-modprobe -c 0 -u
ExecStart=/usr/bin/nvidia-smi -L
ExecStart=/usr/bin/nvidia-smi -pm ${persistence ? 1 : 0}

[Install]
WantedBy=multi-user.target
`;
