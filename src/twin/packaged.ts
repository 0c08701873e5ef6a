/** Programs that are only there once their package is: which package brings what, with its units and files. Data and one guard. */

import type { Program } from './call.ts';

/** What an installation leaves behind. */
export interface PackageContent {
  /** Units that are enabled and started by it, as Debian does. */
  readonly units?: readonly string[];
  /** Files by path; one that is there already is kept. */
  readonly files?: Readonly<Record<string, { readonly text: string; readonly mode?: number }>>;
  readonly dirs?: readonly string[];
  /** Packages that come along. */
  readonly needs?: readonly string[];
}

const sudoers = `Defaults\tenv_reset
Defaults\tmail_badpass
Defaults\tsecure_path="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

root\tALL=(ALL:ALL) ALL
%sudo\tALL=(ALL:ALL) ALL

@includedir /etc/sudoers.d
`;

const smbConf = `[global]
   workgroup = WORKGROUP
   server role = standalone server
   map to guest = bad user
   usershare allow guests = yes

[homes]
   comment = Home Directories
   browseable = no
   read only = yes
`;

const exportsText = `# /etc/exports: the access control list for filesystems which may be exported
#		to NFS clients.  See exports(5).
`;

/** What packages bring; one that is not named here brings nothing that the twin knows (sudo no unit, step-cli nothing). */
export const packageContents: Readonly<Record<string, PackageContent>> = {
  'avahi-daemon': { units: ['avahi-daemon'] },
  bind9: { units: ['named'] },
  chrony: { units: ['chrony'] },
  dnsmasq: {
    units: ['dnsmasq'],
    files: { '/etc/dnsmasq.conf': { text: '# Configuration file for dnsmasq.\n' } },
    dirs: ['/etc/dnsmasq.d'],
    needs: ['dnsmasq-base'],
  },
  'docker.io': { units: ['docker', 'containerd'], needs: ['containerd'] },
  fail2ban: { units: ['fail2ban'], dirs: ['/etc/fail2ban'] },
  haproxy: { units: ['haproxy'] },
  'nfs-kernel-server': {
    units: ['nfs-server', 'nfs-kernel-server', 'rpcbind'],
    files: { '/etc/exports': { text: exportsText } },
    dirs: ['/etc/exports.d'],
    needs: ['nfs-common', 'rpcbind'],
  },
  nginx: { units: ['nginx'] },
  'prometheus-node-exporter': { units: ['prometheus-node-exporter'] },
  'qemu-guest-agent': { units: ['qemu-guest-agent'] },
  rpcbind: { units: ['rpcbind'] },
  rsyslog: { units: ['rsyslog'] },
  samba: {
    units: ['smbd', 'nmbd'],
    files: { '/etc/samba/smb.conf': { text: smbConf } },
    dirs: ['/etc/samba', '/var/lib/samba'],
    needs: ['samba-common', 'samba-common-bin'],
  },
  smartmontools: { units: ['smartd', 'smartmontools'] },
  sudo: { files: { '/etc/sudoers': { text: sudoers, mode: 0o440 } }, dirs: ['/etc/sudoers.d'] },
  ufw: { units: ['ufw'] },
  'unattended-upgrades': { units: ['unattended-upgrades'] },
  'zfs-zed': { units: ['zfs-zed'] },
};

/** The program, or the shell's answer for a missing one while none of the packages is installed. */
export function packaged(packages: readonly string[], program: Program): Program {
  return (call) => {
    if (packages.some((name) => call.state.packages[name] !== undefined)) return program(call);
    call.err(`sh: 1: ${call.program}: not found\n`);
    call.exit(127);
    return undefined;
  };
}
