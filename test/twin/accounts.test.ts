/** Linux accounts, owners of files, sudo, and the accounts of Proxmox. */

import { test } from 'node:test';
import { recordedNode } from '../conformance/node.ts';
import { freshTwin } from './node.ts';
import { type Scene, tell } from './story.ts';

const stories: Readonly<Record<string, readonly Scene[]>> = {
  'useradd makes the home directory and the lines of an account': [
    ['useradd -m -s /bin/bash -G sudo,users heads'],
    ['getent passwd heads', { out: 'heads:x:1000:1000::/home/heads:/bin/bash\n' }],
    ['getent group sudo', { out: 'sudo:x:27:heads\n' }],
    ['cat /etc/shadow', { out: /^heads:!:/m }],
    ['stat -c %a:%U:%G:%F /home/heads', { out: '700:heads:heads:directory\n' }],
    ['id -nG heads', { out: 'heads sudo users\n' }],
    ['id heads', { out: 'uid=1000(heads) gid=1000(heads) groups=1000(heads),27(sudo),100(users)\n' }],
    ['useradd heads', { exit: 9, err: "useradd: user 'heads' already exists\n" }],
    ['useradd -u 1000 other', { exit: 4, err: 'useradd: UID 1000 is not unique\n' }],
    ['useradd -G nosuch other', { exit: 6, err: "useradd: group 'nosuch' does not exist\n" }],
    ['useradd Bad:Name', { exit: 3, err: "useradd: invalid user name 'Bad:Name'\n" }],
    ['getent passwd other', { exit: 2, out: '' }],
  ],
  'usermod and gpasswd change who is in which group': [
    ['useradd heads'],
    ['usermod -aG sudo,kvm heads'],
    ['id -nG heads', { out: 'heads sudo kvm\n' }],
    ['usermod -rG sudo heads'],
    ['id -nG heads', { out: 'heads kvm\n' }],
    ['usermod -G users heads'],
    ['id -nG heads', { out: 'heads users\n' }],
    ['gpasswd -d heads users', { out: 'Removing user heads from group users\n' }],
    ['gpasswd -d heads users', { exit: 3, err: "gpasswd: user 'heads' is not a member of 'users'\n" }],
    ['usermod -aG nosuch heads', { exit: 6, err: "usermod: group 'nosuch' does not exist\n" }],
    ['usermod -s /usr/sbin/nologin nobody2', { exit: 6, err: "usermod: user 'nobody2' does not exist\n" }],
    ['usermod -s /usr/sbin/nologin heads'],
    ['getent passwd heads', { out: /:\/usr\/sbin\/nologin\n$/ }],
    ['groupdel heads', { exit: 8, err: "groupdel: cannot remove the primary group of user 'heads'\n" }],
  ],
  'passwords are set, and unknown users refused': [
    ['useradd heads'],
    ['passwd -S heads', { out: /^heads L / }],
    ['chpasswd', { stdin: 'heads:correct\n' }],
    ['passwd -S heads', { out: /^heads P / }],
    ['usermod -L heads'],
    ['passwd -S heads', { out: /^heads L / }],
    ['chpasswd', { stdin: 'x:y\n', exit: 1, err: /^chpasswd: \(line 1, user x\) password not changed$/m }],
    ['chpasswd -e', { stdin: 'heads:$6$a\nx:y\n', exit: 1, err: /line 2: user 'x' does not exist/ }],
    ['cat /etc/shadow', { out: /^heads:!\$5\$/m }],
    ['chpasswd -e', { stdin: 'heads:$6$a\n' }],
    ['cat /etc/shadow', { out: /^heads:\$6\$a:/m }],
  ],
  'userdel keeps the home directory unless it is told': [
    ['useradd -m heads'],
    ['useradd -m other'],
    ['usermod -aG sudo heads'],
    ['userdel heads'],
    ['test -d /home/heads'],
    ['getent group sudo', { out: 'sudo:x:27:\n' }],
    ['getent group heads', { exit: 2 }],
    ['userdel heads', { exit: 6, err: "userdel: user 'heads' does not exist\n" }],
    ['userdel -r other'],
    ['test -d /home/other', { exit: 1 }],
  ],
  'owners and permissions': [
    ['useradd heads'],
    ['install -d -o heads -g users -m 2770 /srv/share'],
    ['stat -c %a:%u:%g /srv/share', { out: '2770:1000:100\n' }],
    ['touch /srv/share/file'],
    ['chown -R heads: /srv/share'],
    ['stat -c %U:%G:%n /srv/share/file', { out: 'heads:heads:/srv/share/file\n' }],
    ['chown :kvm /srv/share'],
    ['stat -c %U:%G /srv/share', { out: 'heads:kvm\n' }],
    ['chmod -R u=rwX,g+w,o-rwx /srv/share'],
    ['stat -c %a /srv/share/file', { out: '660\n' }],
    ['chown nosuch /srv/share', { exit: 1, err: "chown: invalid user: 'nosuch'\n" }],
    ['chown heads:nosuch /srv', { exit: 1, err: "chown: invalid group: 'heads:nosuch'\n" }],
    ['mkdir /srv/sticky'],
    ['chmod 2770 /srv/sticky'],
    ['chmod 775 /srv/sticky'],
    ['stat -c %a /srv/sticky', { out: '2775\n' }],
    ['chmod 00775 /srv/sticky'],
    ['stat -c %a /srv/sticky', { out: '775\n' }],
    ['chmod u+q /srv', { exit: 1, err: "chmod: invalid mode: 'u+q'\n" }],
    ['chmod 755 /nope', { exit: 1, err: "chmod: cannot access '/nope': No such file or directory\n" }],
    ['install -d -o nosuch /srv/x', { exit: 1, err: "install: invalid user: 'nosuch'\n" }],
    ['test -d /srv/x', { exit: 1 }],
  ],
  'visudo comes with sudo and knows a bad line': [
    ['visudo -cf /etc/sudoers', { exit: 127, err: /not found/ }],
    ['apt-get install -y sudo'],
    ['visudo -cf /etc/sudoers', { out: '/etc/sudoers: parsed OK\n' }],
    [
      '/tmp/good <- # who\nDefaults:heads !requiretty\nheads ALL=(ALL:ALL) NOPASSWD: ALL\n%adm pve1 = (root) /usr/bin/zfs list, /sbin/zpool\n',
    ],
    ['visudo -cf /tmp/good', { out: '/tmp/good: parsed OK\n' }],
    ['/tmp/bad <- heads ALL=(ALL) NOPASSWD: ALL\nheads may do all\n'],
    ['visudo -cf /tmp/bad', { exit: 1, err: />>> \/tmp\/bad: syntax error near line 2 <<<\n$/ }],
    ['visudo -cf /tmp/none', { exit: 1, err: /unable to open \/tmp\/none/ }],
  ],
  'pveum keeps secrets apart and reads what was written by hand': [
    ['cat /etc/pve/user.cfg', { out: 'user:root@pam:1:0::::::\n\n\n\n\n' }],
    ['pveum user add tool@pve --password geheimnis'],
    ['cat /etc/pve/priv/shadow.cfg', { out: /^tool:\$5\$/ }],
    ['pveum user add ops@pam --password geheimnis', { exit: 255, err: /user 'ops' does not exist/ }],
    ['useradd ops'],
    ['pveum user add ops@pam --password geheimnis'],
    ['passwd -S ops', { out: /^ops P / }],
    ['pveum user token add tool@pve api', { out: /full-tokenid/ }],
    ['cat /etc/pve/priv/token.cfg', { out: /^tool@pve!api [0-9a-f-]{36}\n$/ }],
    ['pveum user token remove tool@pve api'],
    ['cat /etc/pve/priv/token.cfg', { out: '' }],
    ['/etc/pve/user.cfg <- user:hand@pve:1:0::::::\nacl:1:/:hand@pve:PVEAuditor:\nnonsense\n'],
    [
      'pveum acl list --output-format json',
      { out: /"ugid":"hand@pve"/, err: 'user config - ignore config line: nonsense\n' },
    ],
    ['pveum user add root@pam', { exit: 255, err: /create user failed: user 'root@pam' already exists\n$/ }],
    ['pveum nosuch', { exit: 255, err: /^ERROR: unknown command 'pveum nosuch'/ }],
  ],
};

for (const [name, scenes] of Object.entries(stories)) test(name, () => tell(freshTwin(), scenes));

test('pools: nested ones need their parent, a guest is in one at most, and leaves it when it is destroyed', async () => {
  const twin = await recordedNode({ local: 'dir' });
  const no = (line: string, err: string): Scene => [line, { exit: 255, err: `${err}\n` }];
  const cfg = (pools: string): Scene => [
    'cat /etc/pve/user.cfg',
    { out: `user:root@pam:1:0::::::\n\n\n${pools}\n\n` },
  ];
  await tell(twin, [
    no('pveum pool add web/a', "create pool failed: parent 'web' of pool 'web/a' does not exist"),
    ['pveum pool add web'],
    ['pveum pool add web/a'],
    [
      'pveum pool add a/b/c/d',
      {
        exit: 255,
        err: /poolid: invalid format - pool name 'a\/b\/c\/d' nested too deeply \(max levels = 3\)/,
      },
    ],
    no('pveum pool modify none --vms 100', "update pools failed: pool 'none' does not exist"),
    ['qm create 100 --pool web'],
    no('pveum pool modify web --vms 100', 'update pools failed: VM 100 is already a pool member'),
    no(
      'pveum pool modify web/a --vms 100',
      "update pools failed: VM 100 belongs already to pool 'web' and 'allow-move' is not set",
    ),
    ['pveum pool modify web/a --vms 100,700 --allow-move 1 --storage local'],
    no(
      'pveum pool modify web --storage local --delete 1',
      "update pools failed: Storage 'local' is not a pool member",
    ),
    cfg('pool:web::::\npool:web/a::100,700:local:\n'),
    no('pveum pool delete web', "delete pool failed: pool 'web' is not empty (contains pool 'web/a')"),
    no('pveum pool delete web/a', "delete pool failed: pool 'web/a' is not empty (contains VM 100)"),
    ['qm destroy 100'],
    no('pveum pool delete web/a', "delete pool failed: pool 'web/a' is not empty (contains storage 'local')"),
    ['pveum pool modify web/a --storage local --delete 1'],
    ['pveum pool delete web/a'],
    ['pveum pool list --output-format json', { out: '[{"poolid":"web"}]\n' }],
    ['pvesh delete /pools/web'],
    cfg(''),
  ]);
});
