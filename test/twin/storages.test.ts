/** Storages behind a server or on volumes: what adding one looks at, and where its secrets lie. */

import { test } from 'node:test';
import { freshTwin } from './node.ts';
import { type Scene, tell } from './story.ts';

const stories: Readonly<Record<string, readonly Scene[]>> = {
  'network storages need their server, or to be disabled': [
    [
      'pvesm add nfs nas --server 192.0.2.9 --export /data',
      { exit: 255, err: "create storage failed: storage 'nas' is not online\n" },
    ],
    [
      'pvesm add cifs smb --server 192.0.2.9 --share data',
      { exit: 255, err: "create storage failed: storage 'smb' is not online\n" },
    ],
    [
      'pvesm add pbs backup --server 192.0.2.9 --datastore d',
      { exit: 255, err: /error fetching datastores - 500 Can't connect to 192\.0\.2\.9:8007/ },
    ],
    ['pvesm add nfs nas --server 192.0.2.9 --export /data --disable 1'],
    [
      'cat /etc/pve/storage.cfg',
      {
        out: /^nfs: nas\n\tdisable\n\texport \/data\n\tpath \/mnt\/pve\/nas\n\tserver 192\.0\.2\.9\n\tcontent images\n$/m,
      },
    ],
    ['pvesm set nas --delete disable'],
    ['pvesm status --storage nas', { out: /nfs +inactive/, err: "storage 'nas' is not online\n" }],
    [
      'pvesm set nas --server 192.0.2.8',
      { exit: 255, err: "update storage failed: can't change value of fixed parameter 'server'\n" },
    ],
    ['pvesm set nas --options vers=4.2 --content backup,iso'],
    ['pvesm set nas --delete options'],
    [
      'pvesm set nas --delete nonsense',
      { exit: 255, err: "update storage failed: no such option 'nonsense'\n" },
    ],
    ['pvesm add nfs near --server 10.0.0.99 --export /data --content iso,snippets'],
    ['test -d /mnt/pve/near/template/iso'],
    ['pvesm add nfs own --server 10.0.0.10 --export /srv', { exit: 255, err: /is not online/ }],
  ],
  'secrets of storages are files of their own': [
    ['pvesm add cifs smb --server 10.0.0.99 --share data --username u --password geheim'],
    ['cat /etc/pve/priv/storage/smb.pw', { out: 'password=geheim\n' }],
    ['stat -c %a /etc/pve/priv/storage/smb.pw', { out: '600\n' }],
    [
      'cat /etc/pve/storage.cfg',
      {
        out: /^cifs: smb\n\tpath \/mnt\/pve\/smb\n\tserver 10\.0\.0\.99\n\tshare data\n\tcontent images\n\tusername u\n\n/m,
      },
    ],
    ['pvesm add pbs backup --server 10.0.0.98 --datastore d --username u@pbs --password geheim2'],
    ['cat /etc/pve/priv/storage/backup.pw', { out: 'geheim2\n' }],
    ['pvesm set backup --password neu'],
    ['cat /etc/pve/priv/storage/backup.pw', { out: 'neu\n' }],
    ['pvesm remove backup'],
    ['test -e /etc/pve/priv/storage/backup.pw', { exit: 1 }],
    ['pvesm remove smb'],
    ['test -e /etc/pve/priv/storage/smb.pw', { exit: 1 }],
  ],
  'block storages look at what is below them': [
    ['pvesm add lvmthin thin --vgname pve --thinpool data --content images,rootdir'],
    [
      'pvesm add lvmthin thin2 --vgname pve --thinpool nope',
      { exit: 255, err: 'create storage failed: no such logical volume pve/nope\n' },
    ],
    ['pvesm add lvm thick --vgname nosuch --content images'],
    ['pvesm status --storage thick', { out: /lvm +inactive/ }],
    [
      'pvesm add btrfs bb --path /srv',
      { exit: 255, err: "create storage failed: '/srv' is not a btrfs file system\n" },
    ],
    ['pvesm add zfspool zz --pool none/x --disable 1'],
    ['pvesm add nfs', { exit: 255, err: /^400 not enough arguments/ }],
  ],
};

for (const [name, scenes] of Object.entries(stories)) test(name, () => tell(freshTwin(), scenes));
