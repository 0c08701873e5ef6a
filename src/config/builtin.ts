/** The lowest layer: what holds when no file says anything. It knows no file. */
import type { Json } from '../core/json.ts';

const guest = {
  state: 'running',
  layers: [],
  dependencies: [],
  drift: 'mend',
  ignore: [],
  restart: 'manual',
  rollback: 'never',
  safety: { by: 'snapshot', keep: 1 },
} as const;

/** Built-in defaults, in the form in which files are written. */
export const builtin: { readonly hypervisor: Json; readonly ct: Json; readonly vm: Json } = {
  hypervisor: {
    ntp: [],
    packages: [],
    network: { bridges: {}, nameservers: [], hosts: {} },
    commitConfirm: 60,
    zfs: { pools: {}, datasets: {} },
    directories: {},
    storage: {},
    templates: {},
    images: {},
    backups: {},
    ha: { rules: {} },
    external: {},
    users: {},
    access: { users: {}, groups: {}, roles: {}, acl: {}, tokens: {} },
    apparmor: { profiles: {}, homeDirs: [] },
    nfs: { exports: {} },
    certificates: { trusted: {} },
    firewall: {
      enabled: false,
      policyIn: 'DROP',
      policyOut: 'ACCEPT',
      rules: {},
      aliases: {},
      ipsets: {},
      groups: {},
      node: { rules: {} },
    },
  },
  ct: { ...guest, unprivileged: true, swap: 512, gpus: [] },
  // What a cloud image wants: its console is the serial one, its disk controller has a thread a disk.
  vm: {
    ...guest,
    agent: true,
    ostype: 'l26',
    scsihw: 'virtio-scsi-single',
    serial0: 'socket',
    vga: 'serial0',
  },
};
