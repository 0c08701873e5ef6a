/**
 * What some edits of the sample's files lead to, written down by hand from the rules of docs/design.md, sections 4 to 6:
 * each kind of thing that a project holds at least once. What follows from a mutation that is not here is checked by rule.
 */

export interface Row {
  /** Below config/ without .json5, or below templates/. */
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly from: string;
  readonly to: string;
  /** Ids of the tasks that run, in any order; `✗ ` before one that is blocked; `invalid: ` before what is told. */
  readonly leads: readonly string[];
}

const containers = [
  ...[900, 901, 902, 903, 910, 920, 921, 941, 950, 951, 952, 953, 954, 955, 956, 957, 960],
] as const;
const services = [910, 941, 950, 951, 952, 953, 954, 955, 956, 957, 960] as const;
const ofEach = (ids: readonly number[], ...steps: readonly string[]) =>
  ids.flatMap((id) => steps.map((step) => `ctid:${id}/${step}`));
const node = (...steps: readonly string[]) => steps.map((step) => `hypervisor/${step}`);
/** What the gateway and the monitoring make of the guests' exports. */
const gateway = ofEach([953], 'app', 'health');
const monitoring = ofEach([960], 'app', 'health');

const ofNode: readonly Omit<Row, 'file'>[] = [
  { from: "'jq', ", to: "'jq', 'htop', ", leads: node('packages') },
  { from: "suite: 'trixie'", to: "suite: 'forky'", leads: node('repos') },
  { from: "ceph: 'squid'", to: "ceph: 'tentacle'", leads: node('repos') },
  { from: "timezone: 'America/New_York'", to: "timezone: 'UTC'", leads: node('timezone') },
  { from: '10.0.0.13/24', to: '10.0.0.13/23', leads: node('network') },
  // Cloud-init hands the VM the servers that the node asks.
  { from: "'8.8.8.8'", to: "'9.9.9.9'", leads: [...node('resolver'), 'vmid:8001/cloud-init'] },
  { from: 'arcMax: 32', to: 'arcMax: 16', leads: node('zfs/arc') },
  // A pool cannot become another one; what stands on it goes on.
  { from: "raid: 'mirror'", to: "raid: 'stripe'", leads: ['✗ hypervisor/zfs:quickOS'] },
  { from: '4TB_S7U8NJ0Y402334Y', to: '4TB_OTHER', leads: ['✗ hypervisor/zfs:fastData'] },
  { from: "quota: '600G'", to: "quota: '500G'", leads: node('zfs:quickOS/lxc-disks') },
  { from: "compression: 'zstd'", to: "compression: 'gzip'", leads: node('zfs:fastData/shared-backups') },
  { from: "mode: '2775'", to: "mode: '2770'", leads: node('directory:/fastData/shared-bulk-data') },
  {
    from: "content: ['backup']",
    to: "content: ['backup', 'iso']",
    leads: node('storage:fastData-shared-backups'),
  },
  {
    from: "type: 'zfspool', pool: 'quickOS/vm-disks'",
    to: "type: 'zfspool', pool: 'quickOS/lxc-disks'",
    leads: ['✗ hypervisor/storage:quickOS-vm-disks'],
  },
  { from: "'sun 02:00'", to: "'sat 02:00'", leads: node('backup:weekly') },
  { from: '[910, 952, ', to: '[910, ', leads: node('backup:weekly') },
  { from: 'noble/current', to: 'noble/20261101', leads: node('image:noble') },
  // The driver waits for those who use it. Each guest with a layer for it has that layer anew, and what requires it; the
  // application on vllm stays, since vllm comes out of it as it was.
  {
    from: "version: '580.76.05'",
    to: "version: '580.82.09'",
    leads: [
      '✗ hypervisor/nvidia:driver',
      ...ofEach([901], 'feature:nvidia', 'health', 'snapshot:sealed'),
      ...ofEach([920, 921], 'feature:nvidia', 'feature:vllm', 'health', 'snapshot:sealed'),
      ...ofEach([955], 'feature:nvidia', 'health'),
      ...ofEach([957], 'feature:nvidia', 'app', 'health'),
    ],
  },
  {
    from: 'phoenix_admin: { sudo: true',
    to: 'phoenix_admin: { sudo: false',
    leads: node('user:phoenix_admin'),
  },
  { from: 'heads: { sudo', to: "heads: { shell: '/bin/sh', sudo", leads: node('user:heads') },
  { from: "'rw', 'sync'", to: "'ro', 'sync'", leads: node('nfs:/fastData/shared-bulk-data', 'nfs') },
  { from: "'WORKGROUP'", to: "'LAB'", leads: node('samba') },
  {
    from: "path: '/fastData/shared-bulk-data', validUsers: ['heads'], writable: true",
    to: "path: '/fastData/shared-bulk-data', validUsers: ['heads'], writable: false",
    leads: node('samba:shared-bulk-data', 'samba'),
  },
  { from: "dport: '8006'", to: "dport: '8007'", leads: node('firewall:rule:web-interface', 'firewall') },
  // Proxmox itself lets the local network in to its web interface, but not to a port that is dropped by name.
  {
    from: "'web-interface': { type: 'in', action: 'ACCEPT'",
    to: "'web-interface': { type: 'in', action: 'DROP'",
    leads: ['✗ hypervisor/firewall:options'],
  },
  {
    from: "dport: '137,138'",
    to: "dport: '137'",
    leads: node('firewall:rule:samba-udp', 'firewall'),
  },
  { from: "policyOut: 'ACCEPT'", to: "policyOut: 'REJECT'", leads: node('firewall:options', 'firewall') },
  // Told by checks alone, and by none of the steps.
  { from: 'cores: 16', to: 'cores: 32', leads: [] },
  { from: '// What the machine has.', to: '// What this machine has.', leads: [] },
  {
    from: "recordsize: '16K', compression: 'lz4', sync: 'standard'",
    to: "recordsize: '17K', compression: 'lz4', sync: 'standard'",
    leads: [
      'invalid: config/hypervisor.json5:43:42 zfs.datasets.quickOS/lxc-disks.recordsize must be a power of two',
    ],
  },
];

const ofShared: readonly Row[] = [
  // Each guest says its own; 953 alone says its swap.
  { file: 'defaults', from: 'memory: 2048', to: 'memory: 4096', leads: [] },
  {
    file: 'defaults',
    from: 'swap: 512',
    to: 'swap: 1024',
    leads: ofEach(
      containers.filter((id) => id !== 953),
      'configure',
    ),
  },
  {
    file: 'defaults',
    from: 'size: 32',
    to: 'size: 40',
    leads: ofEach([900, 901, 902, 903, 910, 952, 953, 954, 956], 'volumes'),
  },
  {
    file: 'defaults',
    from: 'unprivileged: true',
    to: 'unprivileged: false',
    leads: containers.map((id) => `✗ ctid:${id}/define`),
  },
  {
    file: 'profiles/service',
    from: 'up: 5',
    to: 'up: 6',
    leads: ofEach(services, 'configure'),
  },
  { file: 'profiles/service', from: '[953]', to: '[]', leads: [] },
  {
    file: 'profiles/docker',
    from: 'keyctl: true',
    to: 'keyctl: false',
    leads: ofEach([902, 903, 910, 952, 954, 956, 960], 'configure'),
  },
  { file: 'profiles/docker', from: "args: ['fuse-overlayfs']", to: "args: ['vfs']", leads: [] },
  {
    file: 'profiles/source',
    from: "tags: ['source']",
    to: "tags: ['origin']",
    leads: ofEach([900, 901, 902, 903, 920, 921], 'configure'),
  },
  {
    file: 'profiles/vllm',
    from: 'retries: 120',
    to: 'retries: 121',
    leads: ofEach([920, 921, 941, 950, 951], 'health'),
  },
  {
    file: 'profiles/vllm',
    from: "dtype: 'auto'",
    to: "dtype: 'half'",
    leads: [
      ...ofEach([920, 921], 'app', 'health', 'snapshot:sealed'),
      ...ofEach([941, 950, 951], 'app', 'health'),
    ],
  },
];

const qdrant = 'guests/952-qdrant-vscoderag';
const ofContainers: readonly Row[] = [
  { file: qdrant, from: 'memory: 2048', to: 'memory: 4096', leads: ofEach([952], 'configure') },
  { file: qdrant, from: 'memory: 2048,', to: 'memory: 2048, cores: 3,', leads: ofEach([952], 'configure') },
  { file: qdrant, from: 'order: 3', to: 'order: 4', leads: ofEach([952], 'configure') },
  { file: qdrant, from: "tags: ['docker']", to: "tags: ['vectors']", leads: ofEach([952], 'configure') },
  { file: qdrant, from: 'mknod: true', to: 'mknod: false', leads: ofEach([952], 'configure') },
  {
    file: qdrant,
    from: "hostname: 'qdrant-VSCodeRag'",
    to: "hostname: 'qdrant2'",
    leads: [...ofEach([952], 'configure'), ...gateway, ...monitoring],
  },
  {
    file: qdrant,
    from: '10.0.0.152/24',
    to: '10.0.0.252/24',
    leads: [...ofEach([952], 'configure', 'network'), ...gateway, ...monitoring],
  },
  { file: qdrant, from: '52:54:00:67:89:B2', to: '52:54:00:67:89:FF', leads: ofEach([952], 'configure') },
  {
    file: qdrant,
    from: '52:54:00:67:89:B2',
    to: '52:54:00:67:89:B3',
    leads: [
      'invalid: config/guests/953-nginx-vscoderag.json5:14:19 MAC address 52:54:00:67:89:B3 of container 953 is also that of container 952',
    ],
  },
  { file: qdrant, from: 'size: 20', to: 'size: 25', leads: ofEach([952], 'volumes') },
  { file: qdrant, from: 'size: 20', to: 'size: 10', leads: ['✗ ctid:952/volumes'] },
  {
    file: qdrant,
    from: 'mp0: {',
    to: "mp1: { storage: 'fastData-shared-bulk-data', size: 5, mp: '/more' },\n  mp0: {",
    leads: ofEach([952], 'volumes'),
  },
  {
    file: qdrant,
    from: 'grpc_port: 6334',
    to: 'grpc_port: 6336',
    leads: ofEach([952], 'app', 'health'),
  },
  { file: qdrant, from: 'interval: 5', to: 'interval: 6', leads: ofEach([952], 'health') },
  { file: qdrant, from: "dport: '6333'", to: "dport: '6334'", leads: ofEach([952], 'firewall') },
  { file: qdrant, from: 'metrics: 6333', to: 'metrics: 6334', leads: monitoring },
  { file: qdrant, from: "path: '/qdrant/'", to: "path: '/vectors/'", leads: gateway },
  { file: qdrant, from: 'from: 902', to: 'from: 903', leads: ['✗ ctid:952/define'] },
  {
    file: qdrant,
    from: 'memory: 2048,',
    to: "memory: 2048, rootfs: { storage: 'fastData-shared-bulk-data' },",
    leads: ['✗ ctid:952/define'],
  },
  {
    file: qdrant,
    from: 'memory: 2048,',
    to: 'memory: 2048, protection: true,',
    leads: ofEach([952], 'volumes'),
  },
  {
    file: qdrant,
    from: 'memory: 2048,',
    to: "memory: 2048, state: 'stopped',",
    leads: ofEach([952], 'start', 'network'),
  },
  {
    file: qdrant,
    from: 'id: 952',
    to: 'id: 953',
    leads: ["invalid: config/guests/952-qdrant-vscoderag.json5:3:7 id is 953, but the file's name says 952"],
  },
  { file: 'guests/956-openwebui-phoenix', from: '[953, 955]', to: '[953]', leads: [] },
  {
    file: 'guests/956-openwebui-phoenix',
    from: '[953, 955]',
    to: '[953, 999]',
    leads: [
      'invalid: config/guests/956-openwebui-phoenix.json5:11:23 container 956 depends on guest 999, which does not exist',
    ],
  },
  // A clone of it says gpu: false itself.
  {
    file: 'guests/903-template-docker-gpu',
    from: 'gpu: true',
    to: 'gpu: false',
    leads: ofEach([903], 'feature:docker', 'health', 'snapshot:sealed'),
  },
  {
    file: 'guests/900-template-base',
    from: 'standard_24.04-2',
    to: 'standard_24.04-3',
    leads: ['invalid: config/guests/900-template-base.json5:9:15'],
  },
  { file: 'guests/953-nginx-vscoderag', from: "'/v1/models'", to: "'/v1/'", leads: [] },
];

const docker = 'guests/8001-docker-vm-01';
const vm = (...steps: readonly string[]) => steps.map((step) => `vmid:8001/${step}`);
const noAgent = ['layers', 'health'].map(
  (key, at) =>
    `invalid: config/guests/8001-docker-vm-01.json5:${18 + at}:3 VM 8001 has ${key}, but no agent through which phx could work in it`,
);
const ofVms: readonly Row[] = [
  { file: docker, from: 'memory: 8192', to: 'memory: 4096', leads: vm('configure') },
  { file: docker, from: 'memory: 8192,', to: 'memory: 8192, cores: 2,', leads: vm('configure') },
  { file: docker, from: 'memory: 8192,', to: 'memory: 8192, disk: { size: 120 },', leads: vm('volumes') },
  {
    file: docker,
    from: 'memory: 8192,',
    to: "memory: 8192, net0: { model: 'e1000' },",
    // The drive of cloud-init belongs to a network of one kind: its data are written anew.
    leads: vm('configure', 'cloud-init'),
  },
  {
    file: docker,
    from: 'memory: 8192,',
    to: "memory: 8192, boot: ['scsi0', 'net0'],",
    leads: vm('configure'),
  },
  { file: docker, from: "'nfs-common'", to: "'nfs-common', 'jq'", leads: vm('cloud-init') },
  { file: docker, from: "'Europe/Berlin'", to: "'UTC'", leads: vm('cloud-init') },
  {
    file: docker,
    from: "'overlay2'",
    to: "'vfs'",
    leads: vm('feature:docker', 'health', 'snapshot:initial'),
  },
  { file: docker, from: 'retries: 12', to: 'retries: 13', leads: vm('health') },
  { file: docker, from: 'memory: 8192,', to: 'memory: 8192, agent: false,', leads: noAgent },
  {
    file: 'guests/8000-ubuntu-2404-cloud-template',
    from: 'memory: 8192',
    to: 'memory: 4096',
    leads: ['vmid:8000/configure'],
  },
];

const ofTemplates: readonly Row[] = [
  // 954 has Docker from its source, and is outdated for it: told, not done.
  {
    file: 'templates/features/docker.sh.hbs',
    from: '\n{{> base}}\n',
    to: '\n{{> base}}\n: changed\n',
    leads: [
      ...ofEach([902, 903], 'feature:docker', 'health', 'snapshot:sealed'),
      ...ofEach([910, 952, 956, 960], 'feature:docker', 'app', 'health'),
      ...vm('feature:docker', 'health', 'snapshot:initial'),
    ],
  },
  {
    file: 'templates/features/docker.sh.hbs',
    from: 'Docker engine with',
    to: 'The Docker engine with',
    leads: [],
  },
  {
    file: 'templates/apps/qdrant.sh.hbs',
    from: 'settle_container qdrant',
    to: ': changed\nsettle_container qdrant',
    leads: ofEach([952], 'app', 'health'),
  },
  {
    file: 'templates/partials/container.sh.hbs',
    from: "wait_for 60 'the docker service'",
    to: "wait_for 90 'the docker service'",
    leads: ofEach([910, 952, 954, 956, 960], 'app', 'health'),
  },
  { file: 'templates/checks/docker-hello.sh', from: 'set -', to: ': changed\nset -', leads: [] },
  {
    file: 'templates/cloud-init/user-data.yaml.hbs',
    from: 'manage_etc_hosts: true',
    to: 'manage_etc_hosts: false',
    leads: vm('cloud-init'),
  },
  {
    file: 'templates/apparmor/phx-lxc-docker',
    from: 'profile phx-lxc-docker',
    to: '# changed\nprofile phx-lxc-docker',
    leads: node('apparmor:phx-lxc-docker'),
  },
];

export const rows: readonly Row[] = [
  ...ofNode.map((row) => ({ file: 'hypervisor', ...row })),
  ...ofShared,
  ...ofContainers,
  ...ofVms,
  ...ofTemplates,
];
