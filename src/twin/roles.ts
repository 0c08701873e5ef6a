/** Privileges and built-in roles of Proxmox VE 8.4, as `pveum role list` printed them. Data only; it knows no command. */

function family(name: string, ...parts: readonly string[]): string[] {
  return parts.map((part) => `${name}.${part}`);
}

const storage = family('Datastore', 'Allocate', 'AllocateSpace', 'AllocateTemplate', 'Audit');
const mapping = family('Mapping', 'Audit', 'Modify', 'Use');
const pool = family('Pool', 'Allocate', 'Audit');
const network = family('SDN', 'Allocate', 'Audit', 'Use');
const console = family('Sys', 'Audit', 'Console', 'Syslog');
const users = ['Group.Allocate', 'Realm.AllocateUser', 'User.Modify'];
const guests = [
  ...family('VM', 'Allocate', 'Audit', 'Backup', 'Clone'),
  ...family('VM.Config', 'CDROM', 'CPU', 'Cloudinit', 'Disk', 'HWType', 'Memory', 'Network', 'Options'),
  ...family('VM', 'Console', 'Migrate', 'Monitor', 'PowerMgmt', 'Snapshot', 'Snapshot.Rollback'),
];
const admin = [
  ...storage,
  ...users,
  'Mapping.Audit',
  'Mapping.Use',
  ...pool,
  ...network,
  ...console,
  ...guests,
];
const everything = [
  ...admin,
  ...['Mapping.Modify', 'Permissions.Modify', 'Realm.Allocate'],
  ...family('Sys', 'AccessNetwork', 'Incoming', 'Modify', 'PowerMgmt'),
];

/** Every privilege. */
export const privileges: ReadonlySet<string> = new Set(everything);

/** Built-in roles, which cannot be changed or deleted (B125). */
export const builtInRoles: Readonly<Record<string, readonly string[]>> = {
  Administrator: everything,
  NoAccess: [],
  PVEAdmin: admin,
  PVEAuditor: ['Datastore', 'Mapping', 'Pool', 'SDN', 'Sys', 'VM'].map((name) => `${name}.Audit`),
  PVEDatastoreAdmin: storage,
  PVEDatastoreUser: family('Datastore', 'AllocateSpace', 'Audit'),
  PVEMappingAdmin: mapping,
  PVEMappingUser: family('Mapping', 'Audit', 'Use'),
  PVEPoolAdmin: pool,
  PVEPoolUser: family('Pool', 'Audit'),
  PVESDNAdmin: network,
  PVESDNUser: family('SDN', 'Audit', 'Use'),
  PVESysAdmin: console,
  PVETemplateUser: family('VM', 'Audit', 'Clone'),
  PVEUserAdmin: users,
  PVEVMAdmin: guests,
  PVEVMUser: family('VM', 'Audit', 'Backup', 'Config.CDROM', 'Config.Cloudinit', 'Console', 'PowerMgmt'),
};
