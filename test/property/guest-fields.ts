/** What an edit of each field of a container's file leads to: the tasks that run, and what they send. */

/** One edit; paths without a head are those of container 952, task ids those of it, too. */
export interface FieldEdit {
  /** As the schema has it; `*` stands for any name. */
  readonly field: string;
  readonly set: readonly string[];
  /** Tasks that run, in order; `✗` those that are blocked. */
  readonly runs: readonly string[];
  /** Changing commands and file writes in order, without digests; `(layer)` and `(conf)` stand for scripts, `(point)` for words. */
  readonly sends: readonly string[];
}

const containers = [...[900, 901, 902, 903, 910, 920, 921, 941, 950, 951, 952, 953, 954, 955, 956, 957, 960]];
/** Privilege goes through a whole tree of clones. */
const everyContainer = containers.map((id) => `guests.${id}.unprivileged=false`);

export const edits: readonly FieldEdit[] = [
  {
    field: 'tags',
    set: ['tags=["docker","db"]'],
    runs: ['configure'],
    sends: ['pct set 952 --tags db;docker'],
  },
  {
    field: 'description',
    set: ['description="vectors"'],
    runs: ['configure'],
    sends: ['pct set 952 --description phx: project=phoenix kind=ctid vmid=952 …\nvectors'],
  },
  { field: 'cores', set: ['cores=3'], runs: ['configure'], sends: ['pct set 952 --cores 3'] },
  { field: 'memory', set: ['memory=4096'], runs: ['configure'], sends: ['pct set 952 --memory 4096'] },
  { field: 'onboot', set: ['onboot=false'], runs: ['configure'], sends: ['pct set 952 --onboot 0'] },
  {
    field: 'startup.order',
    set: ['startup.order=9'],
    runs: ['configure'],
    sends: ['pct set 952 --startup order=9,down=5,up=5'],
  },
  {
    field: 'startup.up',
    set: ['startup.up=20'],
    runs: ['configure'],
    sends: ['pct set 952 --startup order=3,down=5,up=20'],
  },
  {
    field: 'startup.down',
    set: ['startup.down=30'],
    runs: ['configure'],
    sends: ['pct set 952 --startup order=3,down=30,up=5'],
  },
  { field: 'protection', set: ['protection=true'], runs: ['volumes'], sends: ['pct set 952 --protection 1'] },
  {
    field: 'nameserver',
    set: ['nameserver=["10.0.0.1"]'],
    runs: ['configure'],
    sends: ['pct set 952 --nameserver 10.0.0.1'],
  },
  {
    field: 'searchdomain',
    set: ['searchdomain="lan.example"'],
    runs: ['configure'],
    sends: ['pct set 952 --searchdomain lan.example'],
  },
  {
    field: 'state',
    set: ['state="stopped"'],
    runs: ['start', 'network'],
    sends: ['pct shutdown 952 --timeout 60 --forceStop 1'],
  },
  {
    field: 'layers',
    set: ['layers=["docker","python_api_service"]'],
    runs: ['leftovers', 'feature:python_api_service', 'health'],
    sends: ['zfs snapshot quickOS/lxc-disks/subvol-952-disk-0@phx-safety-1', 'pct exec 952 (layer)'],
  },
  {
    field: 'pins.*.*',
    set: ['pins={"app:qdrant":{version:"1.15.5"}}'],
    runs: ['app', 'health'],
    sends: ['zfs snapshot quickOS/lxc-disks/subvol-952-disk-0@phx-safety-1', 'pct exec 952 (layer)'],
  },
  {
    field: 'app',
    set: ['app.params.version="1.15.5"'],
    runs: ['app', 'health'],
    sends: ['zfs snapshot quickOS/lxc-disks/subvol-952-disk-0@phx-safety-1', 'pct exec 952 (layer)'],
  },
  { field: 'health.checks', set: ['health.checks=[{"tcp":6333}]'], runs: ['health'], sends: [] },
  { field: 'health.retries', set: ['health.retries=5'], runs: ['health'], sends: [] },
  { field: 'health.interval', set: ['health.interval=7'], runs: ['health'], sends: [] },
  { field: 'health.deadline', set: ['health.deadline=99'], runs: ['health'], sends: [] },
  {
    field: 'firewall.enabled',
    set: ['firewall.enabled=false'],
    runs: ['firewall'],
    sends: ['write /etc/pve/firewall/952.fw'],
  },
  {
    field: 'firewall.policyIn',
    set: ['firewall.policyIn="ACCEPT"'],
    runs: ['firewall'],
    sends: ['write /etc/pve/firewall/952.fw'],
  },
  {
    field: 'firewall.policyOut',
    set: ['firewall.policyOut="DROP"'],
    runs: ['firewall'],
    sends: ['write /etc/pve/firewall/952.fw'],
  },
  {
    field: 'firewall.rules.*.type',
    set: ['firewall.rules.gateway.type="out"'],
    runs: ['firewall'],
    sends: ['write /etc/pve/firewall/952.fw'],
  },
  {
    field: 'firewall.rules.*.action',
    set: ['firewall.rules.gateway.action="REJECT"'],
    runs: ['firewall'],
    sends: ['write /etc/pve/firewall/952.fw'],
  },
  {
    field: 'firewall.rules.*.macro',
    set: ['firewall.rules.more={"type":"in","action":"ACCEPT","macro":"SSH"}'],
    runs: ['firewall'],
    sends: ['write /etc/pve/firewall/952.fw'],
  },
  {
    field: 'firewall.rules.*.source',
    set: ['firewall.rules.gateway.source="10.0.0.7"'],
    runs: ['firewall'],
    sends: ['write /etc/pve/firewall/952.fw'],
  },
  {
    field: 'firewall.rules.*.dest',
    set: ['firewall.rules.gateway.dest="10.0.0.152"'],
    runs: ['firewall'],
    sends: ['write /etc/pve/firewall/952.fw'],
  },
  {
    field: 'firewall.rules.*.proto',
    set: ['firewall.rules.gateway.proto="udp"'],
    runs: ['firewall'],
    sends: ['write /etc/pve/firewall/952.fw'],
  },
  {
    field: 'firewall.rules.*.dport',
    set: ['firewall.rules.gateway.dport="6334"'],
    runs: ['firewall'],
    sends: ['write /etc/pve/firewall/952.fw'],
  },
  {
    field: 'firewall.rules.*.sport',
    set: ['firewall.rules.gateway.sport="1024:65535"'],
    runs: ['firewall'],
    sends: ['write /etc/pve/firewall/952.fw'],
  },
  {
    field: 'firewall.rules.*.icmpType',
    set: ['firewall.rules.more={"type":"in","action":"ACCEPT","proto":"icmp","icmpType":"echo-request"}'],
    runs: ['firewall'],
    sends: ['write /etc/pve/firewall/952.fw'],
  },
  {
    field: 'firewall.rules.*.log',
    set: ['firewall.rules.gateway.log="info"'],
    runs: ['firewall'],
    sends: ['write /etc/pve/firewall/952.fw'],
  },
  {
    field: 'firewall.rules.*.iface',
    set: ['firewall.rules.gateway.iface="net0"'],
    runs: ['firewall'],
    sends: ['write /etc/pve/firewall/952.fw'],
  },
  {
    field: 'firewall.rules.*.enable',
    set: ['firewall.rules.gateway.enable=false'],
    runs: ['firewall'],
    sends: ['write /etc/pve/firewall/952.fw'],
  },
  {
    field: 'firewall.rules.*.comment',
    set: ['firewall.rules.gateway.comment="the gateway"'],
    runs: ['firewall'],
    sends: ['write /etc/pve/firewall/952.fw'],
  },
  {
    field: 'firewall.rules.*.group',
    set: [
      'hypervisor.firewall.groups.web={"http":{"type":"in","action":"ACCEPT","proto":"tcp","dport":"80"}}',
      'firewall.rules.more={"type":"group","group":"web"}',
    ],
    runs: ['hypervisor/firewall:group:web', 'hypervisor/firewall', 'firewall'],
    sends: [
      'write /var/lib/phx/parts/firewall/group%3Aweb',
      'systemd-run --unit=phx-restore-firewall --on-active=60s --timer-property=AccuracySec=1s --service-type=oneshot --collect sh -c cp -f /var/lib/phx/restore/firewall/0 /etc/pve/firewall/cluster.fw; pve-firewall restart',
      'write /etc/pve/firewall/cluster.fw',
      'pve-firewall restart',
      'systemctl stop phx-restore-firewall.timer',
      'write /etc/pve/firewall/952.fw',
    ],
  },
  {
    field: 'firewall.aliases.*',
    set: ['firewall.aliases.web="10.0.0.9"'],
    runs: ['firewall'],
    sends: ['write /etc/pve/firewall/952.fw'],
  },
  {
    field: 'firewall.ipsets.*',
    set: ['firewall.ipsets.admins=["10.0.0.8"]'],
    runs: ['firewall'],
    sends: ['write /etc/pve/firewall/952.fw'],
  },
  {
    field: 'snapshot',
    set: ['snapshot="safe"'],
    runs: ['snapshot:safe'],
    sends: ['pct snapshot 952 safe-1d3a47 --description phx: safe of ctid:952'],
  },
  { field: 'dependencies', set: ['dependencies=[955]'], runs: [], sends: [] },
  { field: 'tests', set: ['tests=[{"tcp":6333}]'], runs: [], sends: [] },
  { field: 'restart', set: ['restart="auto"'], runs: [], sends: [] },
  {
    field: 'rollback',
    set: ['rollback="never"'],
    runs: [],
    sends: [],
  },
  {
    field: 'safety.by',
    set: ['rollback="never"', 'safety.by="none"', 'app.params.version="1.15.5"'],
    runs: ['app', 'health'],
    sends: ['pct exec 952 (layer)'],
  },
  {
    field: 'safety.by',
    set: ['rollback="never"', 'safety.by="snapshot"', 'app.params.version="1.15.5"'],
    runs: ['app', 'health'],
    sends: ['pct snapshot 952 safety-1 (point)', 'pct exec 952 (layer)'],
  },
  {
    field: 'safety.by',
    set: ['rollback="never"', 'safety.by="backup"', 'app.params.version="1.15.5"'],
    runs: ['app', 'health'],
    sends: ['vzdump 952 (point)', 'pct exec 952 (layer)'],
  },
  { field: 'safety.keep', set: ['safety.keep=3'], runs: [], sends: [] },
  { field: 'safety.storage', set: ['safety.storage="fastData-shared-backups"'], runs: [], sends: [] },
  {
    field: 'exports.*',
    set: ['exports.port=7000'],
    runs: ['ctid:953/app', 'ctid:953/health'],
    sends: ['zfs snapshot quickOS/lxc-disks/subvol-953-disk-0@phx-safety-1', 'pct exec 953 (layer)'],
  },
  { field: 'drift', set: ['drift="report"'], runs: [], sends: [] },
  { field: 'ignore', set: ['ignore=["memory"]'], runs: ['configure'], sends: [] },
  {
    field: 'hostname',
    set: ['hostname="qdrant2"'],
    runs: ['configure', 'ctid:953/app', 'ctid:953/health', 'ctid:960/app', 'ctid:960/health'],
    sends: [
      'pct set 952 --hostname qdrant2',
      'zfs snapshot quickOS/lxc-disks/subvol-953-disk-0@phx-safety-1',
      'pct exec 953 (layer)',
      'zfs snapshot quickOS/lxc-disks/subvol-960-disk-0@phx-safety-1',
      'pct exec 960 (layer)',
    ],
  },
  { field: 'clone.from', set: ['clone.from=900'], runs: ['✗ define'], sends: [] },
  {
    field: 'template',
    set: ['template=true', 'state="stopped"', 'rollback="never"'],
    runs: ['start', 'network', 'template'],
    sends: ['pct shutdown 952 --timeout 60 --forceStop 1', 'pct template 952'],
  },
  {
    field: 'ostemplate',
    set: [
      'guests.900.ostemplate="fastData-shared-iso:vztmpl/other.tar.zst"',
      'hypervisor.templates["other.tar.zst"]={"storage":"fastData-shared-iso","url":"https://example.com/other.tar.zst"}',
    ],
    runs: ['hypervisor/template:other.tar.zst', '✗ ctid:900/define'],
    sends: [
      'curl -fL -o /fastData/shared-iso/template/cache/other.tar.zst.part https://example.com/other.tar.zst',
      'mv /fastData/shared-iso/template/cache/other.tar.zst.part /fastData/shared-iso/template/cache/other.tar.zst',
      'write /var/lib/phx/downloads/template/other.tar.zst',
    ],
  },
  { field: 'clone.full', set: ['clone.full=true'], runs: [], sends: [] },
  { field: 'unprivileged', set: everyContainer, runs: ['✗ ctid:900/define', '✗ define'], sends: [] },
  {
    field: 'rootfs.storage',
    set: ['rootfs.storage="fastData-shared-bulk-data"'],
    runs: ['✗ define'],
    sends: [],
  },
  { field: 'rootfs.size', set: ['rootfs.size=64'], runs: ['volumes'], sends: ['pct resize 952 rootfs 64G'] },
  {
    field: 'rootfs.acl',
    set: ['rootfs.acl=true'],
    runs: ['volumes'],
    sends: ['pct set 952 --rootfs quickOS-lxc-disks:subvol-952-disk-0,acl=1,size=32G'],
  },
  {
    field: 'rootfs.mountoptions',
    set: ['rootfs.mountoptions=["noatime"]'],
    runs: ['volumes'],
    sends: ['pct set 952 --rootfs quickOS-lxc-disks:subvol-952-disk-0,mountoptions=noatime,size=32G'],
  },
  { field: 'rootfs.quota', set: ['rootfs.quota=false'], runs: [], sends: [] },
  {
    field: 'rootfs.replicate',
    set: ['rootfs.replicate=false'],
    runs: ['volumes'],
    sends: ['pct set 952 --rootfs quickOS-lxc-disks:subvol-952-disk-0,replicate=0,size=32G'],
  },
  {
    field: 'rootfs.ro',
    set: ['rootfs.ro=true'],
    runs: ['volumes'],
    sends: ['pct set 952 --rootfs quickOS-lxc-disks:subvol-952-disk-0,ro=1,size=32G'],
  },
  {
    field: 'rootfs.shared',
    set: ['rootfs.shared=true'],
    runs: ['volumes'],
    sends: ['pct set 952 --rootfs quickOS-lxc-disks:subvol-952-disk-0,shared=1,size=32G'],
  },
  {
    field: 'rootfs.idmap',
    set: ['rootfs.idmap="passthrough"'],
    runs: ['volumes'],
    sends: ['pct set 952 --rootfs quickOS-lxc-disks:subvol-952-disk-0,idmap=passthrough,size=32G'],
  },
  { field: 'ostype', set: ['ostype="debian"'], runs: ['configure'], sends: ['pct set 952 --ostype debian'] },
  { field: 'arch', set: ['arch="arm64"'], runs: ['configure'], sends: ['pct set 952 --arch arm64'] },
  { field: 'swap', set: ['swap=0'], runs: ['configure'], sends: ['pct set 952 --swap 0'] },
  { field: 'cpulimit', set: ['cpulimit=1.5'], runs: ['configure'], sends: ['pct set 952 --cpulimit 1.5'] },
  { field: 'cpuunits', set: ['cpuunits=200'], runs: ['configure'], sends: ['pct set 952 --cpuunits 200'] },
  {
    field: 'timezone',
    set: ['timezone="Europe/Berlin"'],
    runs: ['configure'],
    sends: ['pct set 952 --timezone Europe/Berlin'],
  },
  { field: 'tty', set: ['tty=4'], runs: ['configure'], sends: ['pct set 952 --tty 4'] },
  { field: 'console', set: ['console=false'], runs: ['configure'], sends: ['pct set 952 --console 0'] },
  { field: 'cmode', set: ['cmode="shell"'], runs: ['configure'], sends: ['pct set 952 --cmode shell'] },
  {
    field: 'hookscript',
    set: ['hookscript="local:snippets/h.sh"'],
    runs: ['✗ configure'],
    sends: ['pct set 952 --hookscript local:snippets/h.sh'],
  },
  { field: 'debug', set: ['debug=true'], runs: ['configure'], sends: ['pct set 952 --debug 1'] },
  {
    field: 'entrypoint',
    set: ['entrypoint="/bin/app"'],
    runs: ['configure'],
    sends: ['pct set 952 --entrypoint /bin/app'],
  },
  { field: 'env.*', set: ['env.MODE="x"'], runs: ['configure'], sends: ['flock (conf)'] },
  { field: 'lxc', set: ['lxc=["lxc.cap.drop: sys_time"]'], runs: ['configure'], sends: ['flock (conf)'] },
  {
    field: 'features.nesting',
    set: ['features.nesting=false'],
    runs: ['configure'],
    sends: ['pct set 952 --features fuse=1,keyctl=1,mknod=1'],
  },
  {
    field: 'features.keyctl',
    set: ['features.keyctl=false'],
    runs: ['configure'],
    sends: ['pct set 952 --features fuse=1,mknod=1,nesting=1'],
  },
  {
    field: 'features.fuse',
    set: ['features.fuse=false'],
    runs: ['configure'],
    sends: ['pct set 952 --features keyctl=1,mknod=1,nesting=1'],
  },
  { field: 'features.mknod', set: ['features.mknod=true'], runs: [], sends: [] },
  {
    field: 'features.force_rw_sys',
    set: ['features.force_rw_sys=true'],
    runs: ['configure'],
    sends: ['pct set 952 --features force_rw_sys=1,fuse=1,keyctl=1,mknod=1,nesting=1'],
  },
  {
    field: 'features.mount',
    set: ['features.mount=["nfs"]'],
    runs: ['configure'],
    sends: ['pct set 952 --features fuse=1,keyctl=1,mknod=1,mount=nfs,nesting=1'],
  },
  {
    field: 'gpus',
    set: ['gpus=[0]'],
    runs: ['configure'],
    sends: [
      'pct set 952 --dev0 /dev/nvidiactl --dev1 /dev/nvidia-uvm --dev2 /dev/nvidia-uvm-tools --dev3 /dev/nvidia0',
    ],
  },
  {
    field: 'net0.name',
    set: ['net0.name="eth1"'],
    runs: ['configure'],
    sends: [
      'pct set 952 --net0 name=eth1,bridge=vmbr0,firewall=1,gw=10.0.0.1,hwaddr=52:54:00:67:89:B2,ip=10.0.0.152/24',
    ],
  },
  {
    field: 'net0.bridge',
    set: ['hypervisor.network.bridges.vmbr1={"ports":[]}', 'net0.bridge="vmbr1"'],
    runs: ['hypervisor/network', 'configure'],
    sends: [
      'systemd-run --unit=phx-restore-network --on-active=60s --timer-property=AccuracySec=1s --service-type=oneshot --collect sh -c cp -f /var/lib/phx/restore/network/0 /etc/network/interfaces; ifreload -a',
      'write /var/lib/phx/backup/etc/network/interfaces',
      'write /etc/network/interfaces',
      'ifreload -a',
      'systemctl stop phx-restore-network.timer',
      'pct set 952 --net0 name=eth0,bridge=vmbr1,firewall=1,gw=10.0.0.1,hwaddr=52:54:00:67:89:B2,ip=10.0.0.152/24',
    ],
  },
  {
    field: 'net0.hwaddr',
    set: ['net0.hwaddr="52:54:00:67:89:FF"'],
    runs: ['configure'],
    sends: [
      'pct set 952 --net0 name=eth0,bridge=vmbr0,firewall=1,gw=10.0.0.1,hwaddr=52:54:00:67:89:FF,ip=10.0.0.152/24',
    ],
  },
  {
    field: 'net0.ip',
    set: ['net0.ip="10.0.0.252/24"'],
    runs: ['configure', 'ctid:953/app', 'ctid:953/health', 'network', 'ctid:960/app', 'ctid:960/health'],
    sends: [
      'pct set 952 --net0 name=eth0,bridge=vmbr0,firewall=1,gw=10.0.0.1,hwaddr=52:54:00:67:89:B2,ip=10.0.0.252/24',
      'zfs snapshot quickOS/lxc-disks/subvol-953-disk-0@phx-safety-1',
      'pct exec 953 (layer)',
      'zfs snapshot quickOS/lxc-disks/subvol-960-disk-0@phx-safety-1',
      'pct exec 960 (layer)',
    ],
  },
  {
    field: 'net0.gw',
    set: ['net0.gw="10.0.0.2"'],
    runs: ['configure'],
    sends: [
      'pct set 952 --net0 name=eth0,bridge=vmbr0,firewall=1,gw=10.0.0.2,hwaddr=52:54:00:67:89:B2,ip=10.0.0.152/24',
    ],
  },
  {
    field: 'net0.ip6',
    set: ['net0.ip6="auto"'],
    runs: ['configure'],
    sends: [
      'pct set 952 --net0 name=eth0,bridge=vmbr0,firewall=1,gw=10.0.0.1,hwaddr=52:54:00:67:89:B2,ip=10.0.0.152/24,ip6=auto',
    ],
  },
  {
    field: 'net0.gw6',
    set: ['net0.ip6="fd00::2/64"', 'net0.gw6="fd00::1"'],
    runs: ['configure'],
    sends: [
      'pct set 952 --net0 name=eth0,bridge=vmbr0,firewall=1,gw=10.0.0.1,gw6=fd00::1,hwaddr=52:54:00:67:89:B2,ip=10.0.0.152/24,ip6=fd00::2/64',
    ],
  },
  {
    field: 'net0.firewall',
    set: ['net0.firewall=false'],
    runs: ['configure'],
    sends: [
      'pct set 952 --net0 name=eth0,bridge=vmbr0,gw=10.0.0.1,hwaddr=52:54:00:67:89:B2,ip=10.0.0.152/24',
    ],
  },
  {
    field: 'net0.tag',
    set: ['net0.tag=5'],
    runs: ['configure'],
    sends: [
      'pct set 952 --net0 name=eth0,bridge=vmbr0,firewall=1,gw=10.0.0.1,hwaddr=52:54:00:67:89:B2,ip=10.0.0.152/24,tag=5',
    ],
  },
  {
    field: 'net0.mtu',
    set: ['net0.mtu=1400'],
    runs: ['configure'],
    sends: [
      'pct set 952 --net0 name=eth0,bridge=vmbr0,firewall=1,gw=10.0.0.1,hwaddr=52:54:00:67:89:B2,ip=10.0.0.152/24,mtu=1400',
    ],
  },
  {
    field: 'net0.rate',
    set: ['net0.rate=10'],
    runs: ['configure'],
    sends: [
      'pct set 952 --net0 name=eth0,bridge=vmbr0,firewall=1,gw=10.0.0.1,hwaddr=52:54:00:67:89:B2,ip=10.0.0.152/24,rate=10',
    ],
  },
  {
    field: 'net0.link_down',
    set: ['net0.link_down=true'],
    runs: ['configure'],
    sends: [
      'pct set 952 --net0 name=eth0,bridge=vmbr0,firewall=1,gw=10.0.0.1,hwaddr=52:54:00:67:89:B2,ip=10.0.0.152/24,link_down=1',
    ],
  },
  {
    field: 'net0.trunks',
    set: ['net0.trunks=[7,8]'],
    runs: ['configure'],
    sends: [
      'pct set 952 --net0 name=eth0,bridge=vmbr0,firewall=1,gw=10.0.0.1,hwaddr=52:54:00:67:89:B2,ip=10.0.0.152/24,trunks=7;8',
    ],
  },
  { field: 'net0.type', set: ['net0.type="veth"'], runs: ['configure'], sends: [] },
  {
    field: 'net0.host-managed',
    set: ['net0.host-managed=true'],
    runs: ['configure'],
    sends: [
      'pct set 952 --net0 name=eth0,bridge=vmbr0,firewall=1,gw=10.0.0.1,host-managed=1,hwaddr=52:54:00:67:89:B2,ip=10.0.0.152/24',
    ],
  },
  { field: 'mp0.storage', set: ['mp0.storage="fastData-shared-bulk-data"'], runs: ['✗ volumes'], sends: [] },
  { field: 'mp0.size', set: ['mp0.size=30'], runs: ['volumes'], sends: ['pct resize 952 mp0 30G'] },
  {
    field: 'mp0.source',
    set: ['mp1={"source":"/srv/share","mp":"/share"}'],
    runs: ['volumes'],
    sends: [
      'mkdir -p /srv/share',
      'chown 100000:100000 /srv/share',
      'pct set 952 --mp1 /srv/share,mp=/share',
    ],
  },
  {
    field: 'mp0.mp',
    set: ['mp0.mp="/data"', 'app.params.data_dir="/data"'],
    runs: ['volumes', 'app', 'health'],
    sends: [
      'pct set 952 --mp0 quickOS-shared-prod-data-volumes:subvol-952-disk-0,mp=/data,backup=1,size=20G',
      'zfs snapshot quickOS/lxc-disks/subvol-952-disk-0@phx-safety-1',
      'pct exec 952 (layer)',
    ],
  },
  {
    field: 'mp0.backup',
    set: ['mp0.backup=false'],
    runs: ['volumes'],
    sends: [
      'pct set 952 --mp0 quickOS-shared-prod-data-volumes:subvol-952-disk-0,mp=/qdrant/storage,size=20G',
    ],
  },
  {
    field: 'mp0.keepattrs',
    set: ['mp0.keepattrs=true'],
    runs: ['volumes'],
    sends: [
      'pct set 952 --mp0 quickOS-shared-prod-data-volumes:subvol-952-disk-0,mp=/qdrant/storage,backup=1,keepattrs=1,size=20G',
    ],
  },
  {
    field: 'mp0.owner',
    set: ['mp1={"source":"/srv/share","mp":"/share","owner":1000}'],
    runs: ['volumes'],
    sends: [
      'mkdir -p /srv/share',
      'chown 101000:100000 /srv/share',
      'pct set 952 --mp1 /srv/share,mp=/share',
    ],
  },
  {
    field: 'mp0.group',
    set: ['mp1={"source":"/srv/share","mp":"/share","group":1000}'],
    runs: ['volumes'],
    sends: [
      'mkdir -p /srv/share',
      'chown 100000:101000 /srv/share',
      'pct set 952 --mp1 /srv/share,mp=/share',
    ],
  },
  {
    field: 'mp0.mode',
    set: ['mp1={"source":"/srv/share","mp":"/share","mode":"0750"}'],
    runs: ['volumes'],
    sends: [
      'mkdir -p /srv/share',
      'chown 100000:100000 /srv/share',
      'chmod 750 /srv/share',
      'pct set 952 --mp1 /srv/share,mp=/share',
    ],
  },
  {
    field: 'mp0.acl',
    set: ['mp0.acl=true'],
    runs: ['volumes'],
    sends: [
      'pct set 952 --mp0 quickOS-shared-prod-data-volumes:subvol-952-disk-0,mp=/qdrant/storage,acl=1,backup=1,size=20G',
    ],
  },
  {
    field: 'mp0.mountoptions',
    set: ['mp0.mountoptions=["noatime","nodev"]'],
    runs: ['volumes'],
    sends: [
      'pct set 952 --mp0 quickOS-shared-prod-data-volumes:subvol-952-disk-0,mp=/qdrant/storage,backup=1,mountoptions=noatime;nodev,size=20G',
    ],
  },
  { field: 'mp0.quota', set: ['mp0.quota=false'], runs: ['volumes'], sends: [] },
  {
    field: 'mp0.replicate',
    set: ['mp0.replicate=false'],
    runs: ['volumes'],
    sends: [
      'pct set 952 --mp0 quickOS-shared-prod-data-volumes:subvol-952-disk-0,mp=/qdrant/storage,backup=1,replicate=0,size=20G',
    ],
  },
  {
    field: 'mp0.ro',
    set: ['mp0.ro=true'],
    runs: ['volumes'],
    sends: [
      'pct set 952 --mp0 quickOS-shared-prod-data-volumes:subvol-952-disk-0,mp=/qdrant/storage,backup=1,ro=1,size=20G',
    ],
  },
  {
    field: 'mp0.shared',
    set: ['mp0.shared=true'],
    runs: ['volumes'],
    sends: [
      'pct set 952 --mp0 quickOS-shared-prod-data-volumes:subvol-952-disk-0,mp=/qdrant/storage,backup=1,shared=1,size=20G',
    ],
  },
  {
    field: 'mp0.idmap',
    set: ['mp0.idmap="passthrough"'],
    runs: ['volumes'],
    sends: [
      'pct set 952 --mp0 quickOS-shared-prod-data-volumes:subvol-952-disk-0,mp=/qdrant/storage,backup=1,idmap=passthrough,size=20G',
    ],
  },
  {
    field: 'dev0.path',
    set: ['dev0={"path":"/dev/net/tun"}'],
    runs: ['configure'],
    sends: ['pct set 952 --dev0 /dev/net/tun'],
  },
  {
    field: 'dev0.mode',
    set: ['dev0={"path":"/dev/net/tun","mode":"0660"}'],
    runs: ['configure'],
    sends: ['pct set 952 --dev0 /dev/net/tun,mode=0660'],
  },
  {
    field: 'dev0.uid',
    set: ['dev0={"path":"/dev/net/tun","uid":1000}'],
    runs: ['configure'],
    sends: ['pct set 952 --dev0 /dev/net/tun,uid=1000'],
  },
  {
    field: 'dev0.gid',
    set: ['dev0={"path":"/dev/net/tun","gid":1000}'],
    runs: ['configure'],
    sends: ['pct set 952 --dev0 /dev/net/tun,gid=1000'],
  },
  {
    field: 'dev0.deny-write',
    set: ['dev0={"path":"/dev/net/tun","deny-write":true}'],
    runs: ['configure'],
    sends: ['pct set 952 --dev0 /dev/net/tun,deny-write=1'],
  },
];
