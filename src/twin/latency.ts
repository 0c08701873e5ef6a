/**
 * How long commands take on a real node, in milliseconds: recorded medians from Proxmox VE 8.4 where there are any,
 * estimates where not. Numbers only; waiting is the twin's.
 */

/** Start-up of the tool, before it does anything (recorded on Proxmox VE 8.4). */
const startUp: Readonly<Record<string, number>> = {
  pct: 500,
  pveam: 500,
  pvesm: 300,
  pveum: 300,
  qm: 450,
  pvesh: 500,
  vzdump: 500,
};

/** Medians of whole calls, recorded on Proxmox VE 8.4; `pct resize` and a slow rollback by what a usual node takes. */
const recorded: Readonly<Record<string, number>> = {
  'pct clone': 803,
  'pct create': 805,
  'pct delsnapshot': 606,
  'pct destroy': 571,
  'pct exec': 570,
  'pct move-volume': 941,
  'pct push': 628,
  'pct reboot': 2300,
  'pct resize': 2000,
  'pct rollback': 1778,
  'pct set': 580,
  'pct shutdown': 1729,
  'pct snapshot': 673,
  'pct start': 1344,
  'pct stop': 1538,
  'pct template': 578,
  'pct unlock': 563,
  'qm agent': 773,
  'qm cloudinit update': 593,
  'qm clone': 630,
  'qm create': 550,
  'qm delsnapshot': 546,
  'qm destroy': 550,
  'qm disk import': 526,
  'qm disk resize': 529,
  'qm guest exec': 829,
  'qm reset': 574,
  'qm resume': 560,
  'qm rollback': 1699,
  'qm set': 523,
  'qm shutdown': 3581,
  'qm snapshot': 591,
  'qm start': 1240,
  'qm stop': 1528,
  'qm suspend': 576,
  'qm template': 575,
  'qm unlock': 490,
  vzdump: 1128,
};

/** Estimates: nothing was recorded for these. */
const estimated: Readonly<Record<string, number>> = {
  'apt-get update': 3000,
  'apt-get install': 8000,
  'apt-get dist-upgrade': 30_000,
  'zpool create': 1500,
  'zfs create': 150,
  'zfs set': 80,
  'update-initramfs': 12_000,
  'ifreload -a': 2000,
  'systemctl reboot': 60_000,
  'driver install': 60_000,
  // A connection to another node of the cluster, and a short command there.
  ssh: 305,
  'ha request': 1000,
  'pveam download': 20_000,
  download: 10_000,
  'layer script': 15_000,
  // Until the system inside a VM is up, its first start with cloud-init, and a package more there.
  'vm boot': 12_000,
  'vm first boot': 25_000,
  'vm package': 4000,
  'shell script': 500,
};

/** Start-up time of a program; 5 ms for those that are no Proxmox tool (estimate). */
export function startTime(program: string): number {
  return startUp[program] ?? 5;
}

/** What a command takes after its start-up. */
export function workTime(name: string): number {
  const whole = recorded[name];
  if (whole !== undefined) return Math.max(0, whole - startTime(name.split(' ')[0] ?? ''));
  return estimated[name] ?? 0;
}

/** Unpacking a template of so many bytes: about 60 MB/s (estimate; the recorded templates are 1 and 35 MB). */
export function unpackTime(bytes: number): number {
  return workTime('pct create') + Math.round(bytes / 60_000);
}

/** Writing an image to a storage: about 250 MB/s of what it holds, a quarter (estimate). */
export function importTime(bytes: number): number {
  return workTime('qm disk import') + Math.round(bytes / 4 / 250_000);
}

/** A full copy of volumes: about 500 MB/s of what a volume of this size usually holds, a tenth (estimate). */
export function copyTime(bytes: number): number {
  return workTime('pct clone') + Math.round(bytes / 10 / 500_000);
}

/** What is sent to another node: about 110 MB/s, as over a link of 1 Gbit/s (estimate). */
export function transferTime(bytes: number): number {
  return workTime('ssh') + Math.round(bytes / 110_000);
}
