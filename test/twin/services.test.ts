/** Services of the node: Samba, NFS, AppArmor, DNS, and packages that bring units. */

import { test } from 'node:test';
import { freshTwin } from './node.ts';
import { type Scene, tell } from './story.ts';

const stories: Readonly<Record<string, readonly Scene[]>> = {
  'Samba users need a Linux user': [
    ['smbpasswd -s -a heads', { exit: 127, err: /not found/ }],
    ['apt-get install -y samba'],
    ['systemctl is-active smbd nmbd', { out: 'active\nactive\n' }],
    ['smbpasswd -s -a heads', { stdin: 'a\na\n', exit: 1, err: 'Failed to add entry for user heads.\n' }],
    ['useradd heads'],
    ['smbpasswd -s heads', { stdin: 'a\na\n', exit: 1, err: /Failed to find entry for user heads/ }],
    ['smbpasswd -s -a heads', { stdin: 'a\nb\n', exit: 1, err: /^Mismatch/ }],
    ['smbpasswd -s -a heads', { stdin: 'a\na\n', out: 'Added user heads.\n' }],
    ['pdbedit -L', { out: 'heads:1000:\n' }],
    ['test -x /bin/bash'],
    ['test -x /bin/fish', { exit: 1 }],
    ['test -L /bin/bash', { exit: 1 }],
    ['smbpasswd -x heads', { out: 'Deleted user heads.\n' }],
    ['pdbedit -L', { out: '' }],
    ['smbpasswd -x heads', { exit: 1, err: /Failed to find entry/ }],
    ['smbcontrol all reload-config'],
    ['smbcontrol all', { exit: 1, err: /^Usage/ }],
  ],
  'testparm reports unknown parameters and ends well': [
    ['apt-get install -y samba'],
    ['testparm -s', { err: /^Load smb config files from \/etc\/samba\/smb.conf\nLoaded services file OK\./ }],
    [
      '/tmp/smb.conf <- [global]\nworkgroup = HOME\n[data]\npath = /srv\nvalid users = heads\nbrowsablee = yes\n',
    ],
    [
      'testparm -s /tmp/smb.conf',
      { out: /\[data\]\n\tpath = \/srv\n/, err: /^Unknown parameter encountered: "browsablee"$/m },
    ],
    ['/tmp/empty.conf <- # nothing\n'],
    ['testparm -s /tmp/empty.conf', { err: /Loaded services file OK\./ }],
    ['testparm -s /tmp/none.conf', { exit: 1, err: /Error loading services\./ }],
  ],
  'exportfs reads its files and refuses what it does not know': [
    ['exportfs -ra', { exit: 127 }],
    ['apt-get install -y nfs-kernel-server'],
    ['systemctl is-active nfs-server', { out: 'active\n' }],
    ['mkdir -p /srv/a /srv/b'],
    ['/etc/exports <- /srv/a 10.0.0.0/24(rw,no_subtree_check,no_root_squash)\n'],
    ['/etc/exports.d/more.exports <- /srv/b *(ro,no_subtree_check)\n'],
    ['exportfs -ra', { err: '' }],
    [
      'exportfs -s',
      { out: /^\/srv\/a {2}10\.0\.0\.0\/24\(sync,.*rw,secure,no_root_squash,.*\)\n\/srv\/b {2}\*\(/ },
    ],
    ['exportfs -v', { out: /^\/srv\/b\s+\*\(.*ro/m }],
    [
      'cat /var/lib/nfs/etab',
      { out: /^\/srv\/a\t10\.0\.0\.0\/24\(sync,.*\)\n\/srv\/b\t\*\(sync,.*ro.*\)\n$/ },
    ],
    ['exportfs -u *:/srv/b'],
    ['exportfs -v', { out: /^\/srv\/a[^\n]*\n$/ }],
    [
      '/etc/exports <- /srv/a *(rw,no_subtree_check)\n/srv/a *(ro,no_subtree_check)\n/srv/gone *(rw,no_subtree_check)\n',
    ],
    [
      'exportfs -ra',
      {
        exit: 1,
        err: /duplicated export entries[\s\S]*Failed to stat \/srv\/gone: No such file or directory\n$/,
      },
    ],
    ['/etc/exports <- /srv/a *(rw,no_root_sqash)\n'],
    ['exportfs -ra', { exit: 1, err: /unknown keyword "no_root_sqash"\n$/ }],
    ['/etc/exports <- /srv/a *(rw)\n'],
    ['exportfs -r', { err: /Neither 'subtree_check' or 'no_subtree_check' specified/ }],
    ['exportfs -ua'],
    ['exportfs -v', { out: '' }],
  ],
  'apparmor_parser loads, replaces, removes and refuses': [
    [
      '/etc/apparmor.d/lxc-phx <- # phx\nprofile lxc-phx flags=(attach_disconnected) {\n  #include <abstractions/base>\n  mount,\n  deny /proc/sys/** w,\n}\n',
    ],
    ['apparmor_parser -r -W /etc/apparmor.d/lxc-phx'],
    ['cat /sys/kernel/security/apparmor/profiles', { out: /^lxc-phx \(enforce\)$/m }],
    ['apparmor_parser -a /etc/apparmor.d/lxc-phx', { exit: 239, err: /Profile already exists/ }],
    ['apparmor_parser -R /etc/apparmor.d/lxc-phx'],
    ['apparmor_parser -R /etc/apparmor.d/lxc-phx', { exit: 254, err: /Profile doesn't exist/ }],
    ['/tmp/open <- profile open {\n  mount,\n'],
    [
      'apparmor_parser -Q -K /tmp/open',
      {
        exit: 1,
        err: /^AppArmor parser error for \/tmp\/open in profile \/tmp\/open at line 3: syntax error, /,
      },
    ],
    ['/tmp/shut <- profile shut {\n}\n}\n'],
    ['apparmor_parser -r /tmp/shut', { exit: 1, err: /at line 3: syntax error/ }],
    ['apparmor_parser -Q /etc/apparmor.d/lxc-phx'],
    ['grep lxc-phx /nothing', { exit: 127 }],
    ['cat /sys/kernel/security/apparmor/profiles', { out: /^lxc-container-default \(enforce\)$/m }],
    ['reboot'],
    ['cat /sys/kernel/security/apparmor/profiles', { out: /^lxc-phx \(enforce\)$/m }],
  ],
  'dnsmasq checks its file, and then resolves': [
    ['dnsmasq --test', { exit: 127 }],
    ['apt-get install -y dnsmasq'],
    ['systemctl is-enabled dnsmasq', { out: 'enabled\n' }],
    ['dnsmasq --test', { err: 'dnsmasq: syntax check OK.\n' }],
    [
      '/etc/dnsmasq.d/phx.conf <- # own\nserver=9.9.9.9\naddress=/home.arpa/10.0.0.20\nhost-record=nas.lan,10.0.0.30\n',
    ],
    ['dnsmasq --test', { err: 'dnsmasq: syntax check OK.\n' }],
    ['getent hosts www.home.arpa', { out: '10.0.0.20       www.home.arpa\n' }],
    ['getent hosts nas.lan', { out: '10.0.0.30       nas.lan\n' }],
    ['getent hosts pve1', { out: /^10\.0\.0\.10 +pve1/ }],
    ['getent hosts nosuch.lan', { exit: 2, out: '' }],
    ['/tmp/bad.conf <- domain-needed\nadress=/x/1.2.3.4\n'],
    ['dnsmasq --test -C /tmp/bad.conf', { exit: 1, err: 'dnsmasq: bad option at line 2 of /tmp/bad.conf\n' }],
    ['dnsmasq --test -C /tmp/none.conf', { exit: 3, err: /cannot read/ }],
  ],
  'packages bring their units, and take them along': [
    ['apt-get install -y chrony rpcbind nginx'],
    ['systemctl is-enabled chrony', { out: 'enabled\n' }],
    ['systemctl is-active nginx', { out: 'active\n' }],
    ['apt-get install -y step-cli sudo'],
    ['systemctl is-active step-cli', { exit: 3 }],
    ['apt-get remove -y nginx'],
    ['systemctl is-active nginx', { exit: 3 }],
    ['/etc/exports <- # mine\n'],
    ['apt-get install -y nfs-kernel-server'],
    ['cat /etc/exports', { out: '# mine\n' }],
  ],
};

for (const [name, scenes] of Object.entries(stories)) test(name, () => tell(freshTwin(), scenes));
