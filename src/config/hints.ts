/** Ways out for keys that people bring along from older configurations. It knows no file and no schema object. */

const guestHints: Readonly<Record<string, string>> = {
  memory_mb: "it is called 'memory' here (MiB)",
  swap_mb: "it is called 'swap' here (MiB)",
  storage_pool: 'write rootfs: { storage, size } (disk: { storage, size } for a VM)',
  storage_size_gb: 'write rootfs: { storage, size }, in GiB',
  disk_size_gb: 'write disk: { storage, size }, in GiB',
  network_config: "write net0: { name, bridge, ip, gw } (a VM's address: ipconfig0: { ip, gw })",
  network_bridge: 'write net0: { model, bridge }',
  mac_address: 'write it as net0.hwaddr (net0.macaddr for a VM)',
  gpu_assignment: "it is called 'gpus' here, a list of indices such as [0, 1]",
  clone_from_ctid: 'write clone: { from: <id> }',
  clone_from_vmid: 'write clone: { from: <id> }',
  start_at_boot: "it is called 'onboot' here",
  boot_order: 'write startup: { order, up, down }',
  boot_delay: 'write startup: { order, up, down }',
  pct_options: 'write features: { nesting: true, keyctl: true }',
  lxc_options: "write lxc: ['lxc.key: value'], or better features, gpus, dev0 and mounts",
  apparmor_profile: "write lxc: ['lxc.apparmor.profile: name'] beside hypervisor.apparmor.profiles",
  apparmor_manages_nesting: 'write features: { nesting: true }',
  template_snapshot_name: "it is called 'snapshot' here, and is taken after health",
  enable_lifecycle_snapshots: "name the one snapshot with 'snapshot'",
  zfs_volumes: 'write mp0: { storage, size, mp }',
  volumes: 'write mp0: { storage, size, mp }',
  mount_points: 'write mp0: { source, mp }',
  mounts: 'write mp0: {…}, mp1: {…} at top level, as pct does',
  nets: 'write net0: {…}, net1: {…} at top level, as pct does',
  ipconfig: 'write ipconfig0: {…} at top level, as qm does',
  application_script: "it is called 'app' here: the name of templates/apps/<name>.sh.hbs",
  health_check: 'write health: { checks: [{ http | tcp | unit | file | exec | script }] }',
  health_checks: 'write health: { checks: [{ http | tcp | unit | file | exec | script }] }',
  vmid: "it is called 'id' here",
  is_template: "it is called 'template' here",
  template_image: "it is called 'image' here: a key of hypervisor.images",
  user_config: 'write ciuser, sshkeys and cipassword',
  ports: 'a container has its own address, so there are no ports to map; see exports',
  vllm_engine_config: "write app: { name: 'vllm', params: {…} }",
};

const hypervisorHints: Readonly<Record<string, string>> = {
  arc_max_gb: "it is called 'arcMax' here (GiB)",
  raid_level: "it is called 'raid' here",
  nvidia_driver: "it is called 'nvidia' here: { version, runfile, gpus }",
  runfile_url: "it is called 'runfile' here",
  proxmox_storage_ids: "storages are named in 'storage', by their id",
  interfaces: 'write network.bridges: { vmbr0: { address, gateway, ports } }',
  dns_nameservers: 'write network.nameservers: […]',
  shared_volumes: "write a mount in the guest's file: mp0: {…}",
  core_paths: 'there are no paths to state: files are found by where they lie',
  proxmox_defaults: 'defaults of guests go to config/defaults.json5',
  vm_defaults: 'defaults of guests go to config/defaults.json5',
  valid_users: "it is called 'validUsers' here",
  sudo_access: "it is called 'sudo' here",
  ssh_public_key: "it is called 'sshKeys' here, a list",
  password_hash: "write password: { secret: 'env:NAME' }",
  admin_password: "write a reference: { secret: 'env:NAME' }",
  default_input_policy: "it is called 'policyIn' here",
  default_output_policy: "it is called 'policyOut' here",
};

/** The way out for an unknown key of an older configuration. */
export function legacyHint(kind: 'hypervisor' | 'ct' | 'vm' | 'guest', key: string): string | undefined {
  const table = kind === 'hypervisor' ? hypervisorHints : guestHints;
  if (Object.hasOwn(table, key)) return table[key];
  if (kind === 'hypervisor') return undefined;
  if (key === 'name' && kind === 'ct') return "a container's name is called 'hostname' here, as pct does";
  if (key === 'hostname' && kind === 'vm') return "a VM's name is called 'name' here, as qm does";
  if (key === 'rootfs' && kind === 'vm') return 'a VM has disk: { storage, size }';
  if (key === 'disk' && kind === 'ct') return 'a container has rootfs: { storage, size }';
  if (key.startsWith('vllm_')) return "write app: { name: 'vllm', params: {…} }";
  return undefined;
}

/** The way out for a value of the wrong kind. */
export function shapeHint(key: string, value: unknown): string | undefined {
  if (key === 'features' && Array.isArray(value)) {
    return "features are pct's flags here ({ nesting: true }); feature scripts go to layers";
  }
  if (key === 'gpus' && typeof value === 'string') return 'a list of indices: [0, 1]; [] for none';
  if (key === 'template' && typeof value === 'string')
    return "a template volume is called 'ostemplate' here, as pct does: 'storage:vztmpl/file'";
  if (key === 'ostemplate' && typeof value === 'string') return "a path is not enough: 'storage:vztmpl/file'";
  if (['memory', 'swap'].includes(key) && typeof value === 'string') return 'a plain number of MiB: 2048';
  if (['size', 'arcMax'].includes(key) && typeof value === 'string') return 'a plain number of GiB: 32';
  if (key === 'dependencies') return 'a list of ids as numbers: [953]';
  return undefined;
}
