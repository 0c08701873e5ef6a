/**
 * What an edit of each field of a VM's cloud-init data leads to; the VM runs, so its drive is written anew. Snippets that
 * hold secrets are removed without a word.
 */

import type { FieldEdit } from './fields.ts';

export const cloudInitEdits: readonly FieldEdit[] = [
  {
    field: 'ipconfig0.ip',
    set: ['ipconfig0.ip="10.0.0.102/24"'],
    runs: ['configure', 'cloud-init'],
    sends: [
      'qm set 8001 --ipconfig0 ip=10.0.0.102/24,gw=10.0.0.1',
      'write /fastData/shared-iso/snippets/vm-8001-network.yaml',
      'qm cloudinit update 8001',
    ],
  },
  {
    field: 'ipconfig0.gw',
    set: ['ipconfig0.gw="10.0.0.2"'],
    runs: ['configure', 'cloud-init'],
    sends: [
      'qm set 8001 --ipconfig0 ip=10.0.0.101/24,gw=10.0.0.2',
      'write /fastData/shared-iso/snippets/vm-8001-network.yaml',
      'qm cloudinit update 8001',
    ],
  },
  {
    field: ['ipconfig0.ip6', 'ipconfig0.gw6'],
    set: ['ipconfig0={ip6:"fd00::5/64",gw6:"fd00::1"}'],
    runs: ['configure', 'cloud-init'],
    sends: [
      'qm set 8001 --ipconfig0 ip=10.0.0.101/24,gw=10.0.0.1,ip6=fd00::5/64,gw6=fd00::1',
      'write /fastData/shared-iso/snippets/vm-8001-network.yaml',
      'qm cloudinit update 8001',
    ],
  },
  {
    field: 'ciuser',
    set: ['ciuser="ann"'],
    runs: ['configure', 'cloud-init'],
    sends: [
      'qm set 8001 --ciuser ann',
      'write /fastData/shared-iso/snippets/vm-8001-user.yaml',
      'qm cloudinit update 8001',
    ],
  },
  {
    field: 'cipassword.secret',
    set: ['cipassword.secret="env:OTHER"'],
    runs: ['configure', 'cloud-init'],
    sends: [
      'flock (conf)',
      'write /fastData/shared-iso/snippets/vm-8001-user.yaml',
      'qm cloudinit update 8001',
    ],
  },
  {
    field: 'sshkeys',
    set: [
      'sshkeys=["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl bob@lan"]',
    ],
    runs: ['configure', 'cloud-init'],
    sends: [
      'qm set 8001 --sshkeys /var/lib/phx/stage/vmid-8001.pub',
      'write /fastData/shared-iso/snippets/vm-8001-user.yaml',
      'qm cloudinit update 8001',
    ],
  },
  {
    field: 'citype',
    set: ['citype="nocloud"'],
    runs: ['configure', 'cloud-init'],
    sends: ['qm set 8001 --citype nocloud', 'qm cloudinit update 8001'],
  },
  {
    field: 'citype',
    set: ['citype="configdrive2"'],
    runs: ['✗ config: cloudInit of VM 8001 is for a drive of type nocloud, not configdrive2'],
    sends: [],
  },
  {
    field: 'ciupgrade',
    set: ['ciupgrade=false'],
    runs: ['configure', 'cloud-init'],
    sends: [
      'qm set 8001 --ciupgrade 0',
      'write /fastData/shared-iso/snippets/vm-8001-user.yaml',
      'qm cloudinit update 8001',
    ],
  },
  {
    field: 'cloudInit.storage',
    set: ['cloudInit.storage="fastData-shared-iso"'],
    runs: ['cloud-init'],
    sends: [],
  },
  {
    field: 'cloudInit.storage',
    set: [
      'hypervisor.storage.more={type:"dir",path:"/srv/more",content:["snippets"]}',
      'cloudInit.storage="more"',
    ],
    runs: ['hypervisor/storage:more', 'cloud-init'],
    sends: [
      'pvesm add dir more --path /srv/more --content snippets',
      'write /srv/more/snippets/vm-8001-user.yaml',
      'write /srv/more/snippets/vm-8001-network.yaml',
      'write /srv/more/snippets/vm-8001-meta.yaml',
      'write /srv/more/snippets/vm-8001-vendor.yaml',
      'qm set 8001 --cicustom meta=more:snippets/vm-8001-meta.yaml,network=more:snippets/vm-8001-network.yaml,user=more:snippets/vm-8001-user.yaml,vendor=more:snippets/vm-8001-vendor.yaml',
      'remove /fastData/shared-iso/snippets/vm-8001-network.yaml',
      'remove /fastData/shared-iso/snippets/vm-8001-meta.yaml',
      'remove /fastData/shared-iso/snippets/vm-8001-vendor.yaml',
      'qm cloudinit update 8001',
    ],
  },
  {
    field: 'cloudInit.newInstance',
    set: ['cloudInit.newInstance=true'],
    runs: ['cloud-init'],
    sends: ['write /fastData/shared-iso/snippets/vm-8001-meta.yaml', 'qm cloudinit update 8001'],
  },
  {
    field: 'cloudInit.newInstance',
    set: ['cloudInit.newInstance=true', 'cloudInit.packages=["nfs-common","jq"]', 'restart="auto"'],
    runs: ['cloud-init', 'start', 'health'],
    sends: [
      'write /fastData/shared-iso/snippets/vm-8001-user.yaml',
      'write /fastData/shared-iso/snippets/vm-8001-meta.yaml',
      'qm shutdown 8001 --timeout 120 --forceStop 1',
      'qm start 8001',
    ],
  },
  {
    field: 'cloudInit.fqdn',
    set: ['cloudInit.fqdn="docker.lan"'],
    runs: ['cloud-init'],
    sends: ['write /fastData/shared-iso/snippets/vm-8001-user.yaml', 'qm cloudinit update 8001'],
  },
  {
    field: 'cloudInit.users',
    set: [
      'cloudInit.users=["default",{name:"deploy",groups:["users"],ssh_authorized_keys:["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl other@lan"]}]',
    ],
    runs: ['cloud-init'],
    sends: ['write /fastData/shared-iso/snippets/vm-8001-user.yaml', 'qm cloudinit update 8001'],
  },
  {
    field: 'cloudInit.users',
    set: ['cloudInit.users=["default",{name:"deploy",password:{secret:"env:DEPLOY"}}]'],
    runs: ['cloud-init'],
    sends: ['write /fastData/shared-iso/snippets/vm-8001-user.yaml', 'qm cloudinit update 8001'],
  },
  {
    field: 'cloudInit.users',
    set: ['cloudInit.users=["default",{name:"phoenix_user"}]'],
    runs: ['✗ config: account phoenix_user of VM 8001 is described twice: by ciuser and in users.1'],
    sends: [],
  },
  {
    field: 'cloudInit.packages',
    set: ['cloudInit.packages=["nfs-common",["nginx","1.24.0-2ubuntu7"]]'],
    runs: ['cloud-init'],
    sends: ['write /fastData/shared-iso/snippets/vm-8001-user.yaml', 'qm cloudinit update 8001'],
  },
  {
    field: 'cloudInit.write_files',
    set: ['cloudInit.write_files=[{path:"/etc/motd",content:"Other.\\n"}]'],
    runs: ['cloud-init'],
    sends: ['write /fastData/shared-iso/snippets/vm-8001-user.yaml', 'qm cloudinit update 8001'],
  },
  {
    field: 'cloudInit.write_files',
    set: ['cloudInit.write_files=[{path:"/var/lib/phx/x",content:""}]'],
    runs: ['✗ config: /var/lib/phx/x of VM 8001 is where phx keeps its own'],
    sends: [],
  },
  {
    field: 'cloudInit.runcmd',
    set: ['cloudInit.runcmd=[["systemctl","restart","ssh"]]'],
    runs: ['cloud-init'],
    sends: ['write /fastData/shared-iso/snippets/vm-8001-user.yaml', 'qm cloudinit update 8001'],
  },
  {
    field: 'cloudInit.timezone',
    set: ['cloudInit.timezone="UTC"'],
    runs: ['cloud-init'],
    sends: ['write /fastData/shared-iso/snippets/vm-8001-user.yaml', 'qm cloudinit update 8001'],
  },
  {
    field: [
      'cloudInit.apt.preserve_sources_list',
      'cloudInit.apt.proxy',
      'cloudInit.apt.conf',
      'cloudInit.apt.primary',
      'cloudInit.apt.sources.*.source',
      'cloudInit.apt.sources.*.keyid',
      'cloudInit.apt.sources.*.keyserver',
    ],
    set: [
      'cloudInit.apt={preserve_sources_list:true,proxy:"http://10.0.0.1:3142",conf:"APT::Get::Assume-Yes true;",primary:[{arches:["default"],uri:"http://archive.ubuntu.com/ubuntu"}],sources:{docker:{source:"deb https://download.docker.com/linux/ubuntu noble stable",keyid:"9DC858229FC7DD38854AE2D88D81803C0EBFCD88",keyserver:"keyserver.ubuntu.com"}}}',
    ],
    runs: ['cloud-init'],
    sends: ['write /fastData/shared-iso/snippets/vm-8001-user.yaml', 'qm cloudinit update 8001'],
  },
  {
    field: 'cloudInit.apt.sources.*.key',
    set: [
      'cloudInit.apt={sources:{own:{source:"deb https://example.org/ noble main",key:"-----BEGIN PGP PUBLIC KEY BLOCK-----"}}}',
    ],
    runs: ['cloud-init'],
    sends: ['write /fastData/shared-iso/snippets/vm-8001-user.yaml', 'qm cloudinit update 8001'],
  },
  {
    field: [
      'cloudInit.ssh_pwauth',
      'cloudInit.disable_root',
      'cloudInit.package_update',
      'cloudInit.package_upgrade',
      'cloudInit.package_reboot_if_required',
      'cloudInit.resize_rootfs',
      'cloudInit.locale',
      'cloudInit.final_message',
      'cloudInit.bootcmd',
    ],
    set: [
      'cloudInit={ssh_pwauth:false,disable_root:false,package_update:false,package_upgrade:true,package_reboot_if_required:true,resize_rootfs:false,locale:"de_DE.UTF-8",final_message:"up",bootcmd:[["modprobe","nfs"]]}',
    ],
    runs: ['cloud-init'],
    sends: ['write /fastData/shared-iso/snippets/vm-8001-user.yaml', 'qm cloudinit update 8001'],
  },
  {
    field: [
      'cloudInit.mounts',
      'cloudInit.swap.filename',
      'cloudInit.swap.size',
      'cloudInit.swap.maxsize',
      'cloudInit.growpart.mode',
      'cloudInit.growpart.devices',
      'cloudInit.growpart.ignore_growroot_disabled',
      'cloudInit.disk_setup.*.table_type',
      'cloudInit.disk_setup.*.layout',
      'cloudInit.disk_setup.*.overwrite',
      'cloudInit.fs_setup',
    ],
    set: [
      'cloudInit.mounts=[["/dev/vdb","/data","ext4","defaults,nofail","0","2"]]',
      'cloudInit.swap={filename:"/swap",size:"2G",maxsize:"4G"}',
      'cloudInit.growpart={mode:"auto",devices:["/"],ignore_growroot_disabled:false}',
      'cloudInit.disk_setup={"/dev/vdb":{table_type:"gpt",layout:true,overwrite:false}}',
      'cloudInit.fs_setup=[{device:"/dev/vdb1",filesystem:"ext4"}]',
    ],
    runs: ['cloud-init'],
    sends: ['write /fastData/shared-iso/snippets/vm-8001-user.yaml', 'qm cloudinit update 8001'],
  },
  {
    field: [
      'cloudInit.ntp.enabled',
      'cloudInit.ntp.servers',
      'cloudInit.ntp.pools',
      'cloudInit.ntp.ntp_client',
      'cloudInit.power_state.mode',
      'cloudInit.power_state.delay',
      'cloudInit.power_state.timeout',
      'cloudInit.power_state.message',
      'cloudInit.power_state.condition',
    ],
    set: [
      'cloudInit.ntp={enabled:true,servers:["10.0.0.1"],pools:["pool.ntp.org"],ntp_client:"chrony"}',
      'cloudInit.power_state={mode:"reboot",delay:1,timeout:30,message:"bye",condition:true}',
    ],
    runs: ['cloud-init'],
    sends: ['write /fastData/shared-iso/snippets/vm-8001-user.yaml', 'qm cloudinit update 8001'],
  },
  {
    field: ['cloudInit.ca_certs.remove_defaults', 'cloudInit.ca_certs.trusted'],
    set: ['cloudInit.ca_certs={remove_defaults:true,trusted:["test/fixtures/node/ca.crt"]}'],
    runs: ['cloud-init'],
    sends: ['write /fastData/shared-iso/snippets/vm-8001-user.yaml', 'qm cloudinit update 8001'],
  },
  {
    field: [
      'cloudInit.network.*.dhcp4',
      'cloudInit.network.*.dhcp6',
      'cloudInit.network.*.accept-ra',
      'cloudInit.network.*.mtu',
      'cloudInit.network.*.optional',
    ],
    set: ['cloudInit.network.net1={dhcp4:true,dhcp6:true,"accept-ra":true,mtu:1400,optional:true}'],
    runs: ['cloud-init'],
    sends: ['write /fastData/shared-iso/snippets/vm-8001-network.yaml', 'qm cloudinit update 8001'],
  },
  {
    field: [
      'cloudInit.network.*.addresses',
      'cloudInit.network.*.routes',
      'cloudInit.network.*.nameservers.addresses',
      'cloudInit.network.*.nameservers.search',
    ],
    set: [
      'cloudInit.network.net1={addresses:["10.9.0.5/24"],routes:[{to:"10.8.0.0/16",via:"10.9.0.1"}],nameservers:{addresses:["10.9.0.1"],search:["lan"]}}',
    ],
    runs: ['cloud-init'],
    sends: ['write /fastData/shared-iso/snippets/vm-8001-network.yaml', 'qm cloudinit update 8001'],
  },
  {
    field: 'cloudInit.storage',
    set: ['cloudInit=null'],
    runs: ['cloud-init'],
    sends: [
      'qm set 8001 --delete cicustom',
      'remove /fastData/shared-iso/snippets/vm-8001-network.yaml',
      'remove /fastData/shared-iso/snippets/vm-8001-meta.yaml',
      'remove /fastData/shared-iso/snippets/vm-8001-vendor.yaml',
      'qm cloudinit update 8001',
    ],
  },
  {
    field: 'ignore',
    set: ['ignore=["cicustom"]'],
    runs: ['✗ config: VM 8001 has cloudInit, but ignores cicustom, by which its data gets onto the drive'],
    sends: [],
  },
  {
    field: 'ignore',
    set: ['ignore=["cicustom"]', 'cloudInit=null'],
    runs: ['cloud-init'],
    sends: [],
  },
];
