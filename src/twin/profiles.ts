/** Which AppArmor profiles the kernel of the node has loaded, and how it shows them. It knows no file of the node. */

import type { TwinState } from './state.ts';

/** Profiles that a fresh node has loaded: Proxmox's own for containers, and a few of Debian's. */
export const shippedProfiles: readonly string[] = [
  ...['/usr/bin/lxc-start', '/usr/bin/man', '/usr/sbin/chronyd', 'lsb_release', 'lxc-container-default'],
  ...[
    'lxc-container-default-cgns',
    'lxc-container-default-with-mounting',
    'lxc-container-default-with-nesting',
  ],
  ...['man_filter', 'man_groff', 'nvidia_modprobe', 'nvidia_modprobe//kmod', 'swtpm', 'tcpdump'],
];

export function loadedProfiles(state: TwinState): readonly string[] {
  return state.profiles ?? shippedProfiles;
}

/** Text of /sys/kernel/security/apparmor/profiles. */
export function profilesFile(state: TwinState): string {
  return loadedProfiles(state)
    .map((name) => `${name}\n`)
    .map((line) => (/ \(complain\)\n$/.test(line) ? line : line.replace('\n', ' (enforce)\n')))
    .join('');
}
