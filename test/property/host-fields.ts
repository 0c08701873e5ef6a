/** The table of host-fields.test.ts: a field (`*`: any name), an edit of it, and the tasks of the node that run then. */

export interface Field {
  readonly field: string;
  /** As `--set` takes it. */
  readonly set: readonly string[];
  /** Step ids without `hypervisor/`; `✗ ` before one that is refused or taken back. */
  readonly runs: readonly string[];
}

export const fields: readonly Field[] = [
  { field: 'repositories.suite', set: ['hypervisor.repositories.suite="forky"'], runs: ['repos'] },
  { field: 'repositories.enterprise', set: ['hypervisor.repositories.enterprise=true'], runs: ['repos'] },
  {
    field: 'repositories.noSubscription',
    set: ['hypervisor.repositories.noSubscription=false'],
    runs: ['repos'],
  },
  { field: 'repositories.ceph', set: ['hypervisor.repositories.ceph="tentacle"'], runs: ['repos'] },
  { field: 'packages', set: ['hypervisor.packages=["chrony", "jq", "htop"]'], runs: ['packages'] },
  { field: 'upgrade', set: ['hypervisor.upgrade="2026-12-24"'], runs: ['reboot', 'upgrade'] },
  { field: 'timezone', set: ['hypervisor.timezone="Europe/Berlin"'], runs: ['timezone'] },
  { field: 'locale', set: ['hypervisor.locale="fr_FR.UTF-8"'], runs: ['locale'] },
  { field: 'ntp', set: ['hypervisor.ntp=["ntp3.example.org"]'], runs: ['ntp'] },
  { field: 'hostname', set: ['hypervisor.hostname="pve2"'], runs: ['hostname', 'hosts', 'reboot'] },
  { field: 'node.memory', set: ['hypervisor.node.memory=131072'], runs: [] },
  { field: 'node.cores', set: ['hypervisor.node.cores=32'], runs: [] },
  { field: 'commitConfirm', set: ['hypervisor.commitConfirm=120'], runs: [] },
  {
    field: 'network.bridges.*.address',
    set: ['hypervisor.network.bridges.vmbr0.address="10.0.0.13/23"'],
    runs: ['network'],
  },
  {
    field: 'network.bridges.*.gateway',
    set: ['hypervisor.network.bridges.vmbr0.gateway="10.0.0.254"'],
    runs: ['✗ network'],
  },
  {
    field: 'network.bridges.*.ports',
    set: ['hypervisor.network.bridges.vmbr0.ports=["eno1", "eno2"]'],
    runs: ['network'],
  },
  { field: 'network.nameservers', set: ['hypervisor.network.nameservers=["9.9.9.9"]'], runs: ['resolver'] },
  {
    field: 'network.domain',
    set: ['hypervisor.network.domain="other.example"'],
    runs: ['hosts', 'resolver'],
  },
  { field: 'network.hosts.*', set: ['hypervisor.network.hosts.nas="10.0.0.8"'], runs: ['hosts'] },
  { field: 'dns.domain', set: ['hypervisor.dns.domain="other.example"'], runs: ['dns'] },
  { field: 'dns.upstream', set: ['hypervisor.dns.upstream=["1.1.1.1"]'], runs: ['dns'] },
  { field: 'dns.records.*', set: ['hypervisor.dns.records.printer="10.0.0.78"'], runs: ['dns'] },
  {
    field: 'backups.*.schedule',
    set: ['hypervisor.backups.nightly.schedule="sat 03:00"'],
    runs: ['backup:nightly'],
  },
  {
    field: 'backups.*.storage',
    set: [
      'hypervisor.storage.second={"type":"dir","path":"/srv/second","content":["backup"]}',
      'hypervisor.backups.nightly.storage="second"',
    ],
    runs: ['backup:nightly', 'storage:second'],
  },
  {
    field: 'backups.*.guests',
    set: ['hypervisor.backups.nightly.guests=[950,952]', 'hypervisor.backups.nightly.exclude=null'],
    runs: ['backup:nightly'],
  },
  { field: 'backups.*.exclude', set: ['hypervisor.backups.nightly.exclude=[950]'], runs: ['backup:nightly'] },
  { field: 'backups.*.mode', set: ['hypervisor.backups.nightly.mode="snapshot"'], runs: ['backup:nightly'] },
  { field: 'backups.*.compress', set: ['hypervisor.backups.nightly.compress="0"'], runs: ['backup:nightly'] },
  { field: 'backups.*.enabled', set: ['hypervisor.backups.nightly.enabled=true'], runs: ['backup:nightly'] },
  {
    field: 'backups.*.keep.keep-all',
    set: [
      'hypervisor.backups.nightly.keep.keep-all=1',
      ...['last', 'hourly', 'daily', 'weekly', 'monthly', 'yearly'].map(
        (unit) => `hypervisor.backups.nightly.keep.keep-${unit}=null`,
      ),
    ],
    runs: ['backup:nightly'],
  },
  {
    field: 'backups.*.keep.keep-last',
    set: ['hypervisor.backups.nightly.keep.keep-last=9'],
    runs: ['backup:nightly'],
  },
  {
    field: 'backups.*.keep.keep-hourly',
    set: ['hypervisor.backups.nightly.keep.keep-hourly=9'],
    runs: ['backup:nightly'],
  },
  {
    field: 'backups.*.keep.keep-daily',
    set: ['hypervisor.backups.nightly.keep.keep-daily=9'],
    runs: ['backup:nightly'],
  },
  {
    field: 'backups.*.keep.keep-weekly',
    set: ['hypervisor.backups.nightly.keep.keep-weekly=9'],
    runs: ['backup:nightly'],
  },
  {
    field: 'backups.*.keep.keep-monthly',
    set: ['hypervisor.backups.nightly.keep.keep-monthly=9'],
    runs: ['backup:nightly'],
  },
  {
    field: 'backups.*.keep.keep-yearly',
    set: ['hypervisor.backups.nightly.keep.keep-yearly=9'],
    runs: ['backup:nightly'],
  },
  {
    field: 'backups.*.comment',
    set: ['hypervisor.backups.nightly.comment="all of it"'],
    runs: ['backup:nightly'],
  },
  { field: 'zfs.arcMax', set: ['hypervisor.zfs.arcMax=16'], runs: ['zfs/arc'] },
  { field: 'zfs.pools.*.raid', set: ['hypervisor.zfs.pools.quickOS.raid="stripe"'], runs: ['✗ zfs:quickOS'] },
  {
    field: 'zfs.pools.*.disks',
    set: ['hypervisor.zfs.pools.fastData.disks=["/dev/disk/by-id/nvme-OTHER"]'],
    runs: ['✗ zfs:fastData'],
  },
  { field: 'zfs.pools.*.diskSize', set: ['hypervisor.zfs.pools.fastData.diskSize=7452'], runs: [] },
  { field: 'zfs.pools.*.ashift', set: ['hypervisor.zfs.pools.fastData.ashift=13'], runs: ['✗ zfs:fastData'] },
  {
    field: 'zfs.pools.*.autotrim',
    set: ['hypervisor.zfs.pools.fastData.autotrim=false'],
    runs: ['zfs:fastData'],
  },
  {
    field: 'zfs.datasets.*.recordsize',
    set: ['hypervisor.zfs.datasets["quickOS/vm-disks"].recordsize="64K"'],
    runs: ['zfs:quickOS/vm-disks'],
  },
  {
    field: 'zfs.datasets.*.compression',
    set: ['hypervisor.zfs.datasets["quickOS/vm-disks"].compression="zstd"'],
    runs: ['zfs:quickOS/vm-disks'],
  },
  {
    field: 'zfs.datasets.*.sync',
    set: ['hypervisor.zfs.datasets["quickOS/vm-disks"].sync="always"'],
    runs: ['zfs:quickOS/vm-disks'],
  },
  {
    field: 'zfs.datasets.*.quota',
    set: ['hypervisor.zfs.datasets["quickOS/vm-disks"].quota="900G"'],
    runs: ['zfs:quickOS/vm-disks'],
  },
  {
    field: 'directories.*.owner',
    set: ['hypervisor.directories["/fastData/shared-test-data"].owner="guest:0"'],
    runs: ['directory:/fastData/shared-test-data'],
  },
  {
    field: 'directories.*.group',
    set: ['hypervisor.directories["/fastData/shared-test-data"].group="guest:0"'],
    runs: ['directory:/fastData/shared-test-data'],
  },
  {
    field: 'directories.*.mode',
    set: ['hypervisor.directories["/fastData/shared-test-data"].mode="0750"'],
    runs: ['directory:/fastData/shared-test-data'],
  },
  {
    field: 'storage.*.type',
    set: ['hypervisor.storage["fastData-shared-backups"].type="btrfs"'],
    runs: ['✗ storage:fastData-shared-backups'],
  },
  {
    field: 'storage.*.content',
    set: ['hypervisor.storage["fastData-shared-backups"].content=["backup","snippets"]'],
    runs: ['storage:fastData-shared-backups'],
  },
  {
    field: 'storage.*.path',
    set: ['hypervisor.storage["fastData-shared-backups"].path="/fastData/shared-iso"'],
    runs: ['✗ storage:fastData-shared-backups'],
  },
  {
    field: 'storage.*.pool',
    set: ['hypervisor.storage["quickOS-vm-disks"].pool="quickOS/lxc-disks"'],
    runs: ['✗ storage:quickOS-vm-disks'],
  },
  {
    field: 'templates.*.storage',
    set: [
      'hypervisor.storage.local={type:"dir",path:"/var/lib/vz",content:["vztmpl"]}',
      'hypervisor.templates["debian-12-standard_12.7-1_amd64.tar.zst"]={storage:"local"}',
    ],
    runs: ['storage:local', 'template:debian-12-standard_12.7-1_amd64.tar.zst'],
  },
  {
    field: 'images.*.url',
    set: [
      'hypervisor.images.noble.url="https://cloud-images.ubuntu.com/noble/20261101/noble-server-cloudimg-amd64.img"',
    ],
    runs: ['image:noble'],
  },
  {
    field: 'nvidia.version',
    set: ['hypervisor.nvidia.version="580.82.09"'],
    runs: ['nvidia:devices', 'nvidia:driver'],
  },
  {
    field: 'nvidia.runfile',
    set: ['hypervisor.nvidia.runfile="https://example.org/NVIDIA-Linux-x86_64-580.76.05.run"'],
    runs: ['nvidia:driver'],
  },
  { field: 'nvidia.gpus', set: ['hypervisor.nvidia.gpus=3'], runs: ['✗ nvidia:devices'] },
  { field: 'nvidia.persistence', set: ['hypervisor.nvidia.persistence=false'], runs: ['nvidia:devices'] },
  { field: 'vfio.ids', set: ['hypervisor.vfio.ids=["1002:164e", "1022:15b6"]'], runs: ['✗ vfio'] },
  { field: 'vfio.cmdline', set: ['hypervisor.vfio.cmdline=["iommu=pt"]'], runs: ['reboot', 'vfio'] },
  { field: 'users.*.sudo', set: ['hypervisor.users.heads.sudo=false'], runs: ['user:heads'] },
  {
    field: 'users.*.administrator',
    set: ['hypervisor.users.heads.administrator=false'],
    runs: ['user:heads'],
  },
  { field: 'users.*.groups', set: ['hypervisor.users.heads.groups=["users"]'], runs: ['user:heads'] },
  { field: 'users.*.shell', set: ['hypervisor.users.heads.shell="/bin/sh"'], runs: ['user:heads'] },
  {
    field: 'users.*.sshKeys',
    set: ['hypervisor.users.heads.sshKeys=["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOther heads"]'],
    runs: ['user:heads'],
  },
  {
    field: 'access.users.*.comment',
    set: ['hypervisor.access.users["monitor@pve"].comment="watches"'],
    runs: ['pveuser:monitor@pve'],
  },
  {
    field: 'access.users.*.email',
    set: ['hypervisor.access.users["monitor@pve"].email="b@example.org"'],
    runs: ['pveuser:monitor@pve'],
  },
  {
    field: 'access.users.*.enable',
    set: ['hypervisor.access.users["monitor@pve"].enable=false'],
    runs: ['pveuser:monitor@pve'],
  },
  {
    field: 'access.users.*.groups',
    set: ['hypervisor.access.users["monitor@pve"].groups=[]'],
    runs: ['pveuser:monitor@pve'],
  },
  {
    field: 'access.groups.*.comment',
    set: ['hypervisor.access.groups.watchers.comment="read"'],
    runs: ['group:watchers'],
  },
  { field: 'access.roles.*', set: ['hypervisor.access.roles.Starter=["VM.Audit"]'], runs: ['role:Starter'] },
  {
    field: 'access.acl.*.*',
    set: ['hypervisor.access.acl["/vms"]["@watchers"]=["PVEVMUser"]'],
    runs: ['acl:/vms'],
  },
  {
    field: 'access.tokens.*.comment',
    set: ['hypervisor.access.tokens["monitor@pve!grafana"].comment="charts"'],
    runs: ['token:monitor@pve!grafana'],
  },
  {
    field: 'access.tokens.*.privsep',
    set: ['hypervisor.access.tokens["monitor@pve!grafana"].privsep=false'],
    runs: ['token:monitor@pve!grafana'],
  },
  {
    field: 'apparmor.profiles.*',
    set: ['hypervisor.apparmor.profiles["phx-lxc-docker"]="test/fixtures/node/other-profile"'],
    runs: ['apparmor:phx-lxc-docker'],
  },
  {
    field: 'apparmor.homeDirs',
    set: ['hypervisor.apparmor.homeDirs=["/fastData/home/"]'],
    runs: ['apparmor:homes', 'apparmor:phx-lxc-docker'],
  },
  {
    field: 'nfs.exports.*.clients',
    set: ['hypervisor.nfs.exports["/fastData/shared-bulk-data"].clients=["10.0.0.7"]'],
    runs: ['nfs', 'nfs:/fastData/shared-bulk-data'],
  },
  {
    field: 'nfs.exports.*.options',
    set: ['hypervisor.nfs.exports["/fastData/shared-bulk-data"].options=["ro","sync","no_subtree_check"]'],
    runs: ['nfs', 'nfs:/fastData/shared-bulk-data'],
  },
  { field: 'samba.workgroup', set: ['hypervisor.samba.workgroup="LAB"'], runs: ['samba'] },
  { field: 'samba.user', set: ['hypervisor.samba.user="phoenix_admin"'], runs: [] },
  {
    field: 'samba.shares.*.path',
    set: ['hypervisor.samba.shares["shared-prod-data"].path="/quickOS/shared-prod-data-sync"'],
    runs: ['samba', 'samba:shared-prod-data'],
  },
  {
    field: 'samba.shares.*.validUsers',
    set: ['hypervisor.samba.shares["shared-prod-data"].validUsers=["phoenix_admin"]'],
    runs: ['samba', 'samba:shared-prod-data'],
  },
  {
    field: 'samba.shares.*.browseable',
    set: ['hypervisor.samba.shares["shared-prod-data"].browseable=false'],
    runs: ['samba', 'samba:shared-prod-data'],
  },
  {
    field: 'samba.shares.*.writable',
    set: ['hypervisor.samba.shares["shared-prod-data"].writable=false'],
    runs: ['samba', 'samba:shared-prod-data'],
  },
  {
    field: 'certificates.trusted.*',
    set: ['hypervisor.certificates.trusted.lab="test/fixtures/node/other-ca.crt"'],
    runs: ['certificates:lab'],
  },
  {
    field: 'certificates.renew.script',
    set: ['hypervisor.certificates.renew.script="test/fixtures/node/other-renew.sh"'],
    runs: ['certificates'],
  },
  {
    field: 'certificates.renew.calendar',
    set: ['hypervisor.certificates.renew.calendar="daily"'],
    runs: ['certificates'],
  },
  {
    field: 'firewall.enabled',
    set: ['hypervisor.firewall.enabled=false'],
    runs: ['firewall', 'firewall:options'],
  },
  {
    field: 'firewall.policyIn',
    set: ['hypervisor.firewall.policyIn="REJECT"'],
    runs: ['firewall', 'firewall:options'],
  },
  {
    field: 'firewall.policyOut',
    set: ['hypervisor.firewall.policyOut="REJECT"'],
    runs: ['firewall', 'firewall:options'],
  },
  {
    field: 'firewall.rules.*.type',
    set: ['hypervisor.firewall.rules.samba.type="out"'],
    runs: ['firewall', 'firewall:rule:samba'],
  },
  {
    field: 'firewall.rules.*.action',
    set: ['hypervisor.firewall.rules.samba.action="REJECT"'],
    runs: ['firewall', 'firewall:rule:samba'],
  },
  {
    field: 'firewall.rules.*.source',
    set: ['hypervisor.firewall.rules.samba.source="10.0.0.7"'],
    runs: ['firewall', 'firewall:rule:samba'],
  },
  {
    field: 'firewall.rules.*.proto',
    set: ['hypervisor.firewall.rules.samba.proto="udp"'],
    runs: ['firewall', 'firewall:rule:samba'],
  },
  {
    field: 'firewall.rules.*.dport',
    set: ['hypervisor.firewall.rules.samba.dport="445"'],
    runs: ['firewall', 'firewall:rule:samba'],
  },
  {
    field: 'firewall.aliases.*',
    set: ['hypervisor.firewall.aliases.gateway="10.0.0.254"'],
    runs: ['firewall', 'firewall:alias:gateway'],
  },
  {
    field: 'firewall.ipsets.*',
    set: ['hypervisor.firewall.ipsets.printers=["10.0.0.77", "10.0.0.78"]'],
    runs: ['firewall', 'firewall:ipset:printers'],
  },
  {
    field: 'firewall.groups.*.*.type',
    set: ['hypervisor.firewall.groups.web.http.type="out"'],
    runs: ['firewall', 'firewall:group:web'],
  },
  {
    field: 'firewall.groups.*.*.action',
    set: ['hypervisor.firewall.groups.web.http.action="DROP"'],
    runs: ['firewall', 'firewall:group:web'],
  },
  {
    field: 'firewall.groups.*.*.proto',
    set: ['hypervisor.firewall.groups.web.http.proto="udp"'],
    runs: ['firewall', 'firewall:group:web'],
  },
  {
    field: 'firewall.groups.*.*.dport',
    set: ['hypervisor.firewall.groups.web.http.dport="8080"'],
    runs: ['firewall', 'firewall:group:web'],
  },
  {
    field: 'firewall.node.rules.*.type',
    set: ['hypervisor.firewall.node.rules.metrics.type="out"'],
    runs: ['firewall', 'firewall:node:metrics'],
  },
  {
    field: 'firewall.node.rules.*.action',
    set: ['hypervisor.firewall.node.rules.metrics.action="REJECT"'],
    runs: ['firewall', 'firewall:node:metrics'],
  },
  {
    field: 'firewall.node.rules.*.source',
    set: ['hypervisor.firewall.node.rules.metrics.source="10.0.0.7"'],
    runs: ['firewall', 'firewall:node:metrics'],
  },
  {
    field: 'firewall.node.rules.*.proto',
    set: ['hypervisor.firewall.node.rules.metrics.proto="udp"'],
    runs: ['firewall', 'firewall:node:metrics'],
  },
  {
    field: 'firewall.node.rules.*.dport',
    set: ['hypervisor.firewall.node.rules.metrics.dport="9101"'],
    runs: ['firewall', 'firewall:node:metrics'],
  },
  {
    field: 'samba.shares.*.path',
    set: ['hypervisor.samba.shares["shared-test-data"]=null'],
    runs: ['samba'],
  },
  {
    field: 'firewall.rules.*.action',
    set: ['hypervisor.firewall.rules["samba-udp"]=null'],
    runs: ['firewall'],
  },
  {
    field: 'directories.*.mode',
    set: ['hypervisor.directories["/fastData/shared-test-data"]=null'],
    runs: [],
  },
  { field: 'network.hosts.*', set: ['hypervisor.network.hosts.nas=null'], runs: ['hosts'] },
  { field: 'users.*.groups', set: ['hypervisor.users.ops={groups:["users"]}'], runs: ['user:ops'] },
  {
    field: 'zfs.datasets.*.quota',
    set: ['hypervisor.zfs.datasets["fastData/new"]={quota:"1G"}'],
    runs: ['zfs:fastData/new'],
  },
];
