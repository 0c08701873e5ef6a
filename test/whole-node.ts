/** The sample fleet with every section that a node's configuration can have, for tests that want all steps at once. */

import type { Fleet } from '../src/config/fleet.ts';
import { sampleFleet } from './bench.ts';

const more: Readonly<Record<string, unknown>> = {
  hostname: 'pve1',
  locale: 'de_DE.UTF-8',
  ntp: ['ntp1.example.org', 'ntp2.example.org'],
  upgrade: '2026-11-24',
  'network.domain': 'lab.example',
  'network.hosts': { nas: '10.0.0.9' },
  dns: { domain: 'lab.example', upstream: ['9.9.9.9'], records: { printer: '10.0.0.77' } },
  vfio: { ids: ['1002:164e'], cmdline: ['iommu=pt', 'amd_iommu=on'] },
  'apparmor.homeDirs': ['/quickOS/home/'],
  'certificates.trusted': { lab: 'test/fixtures/node/ca.crt' },
  'users.backup': {
    sshKeys: ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExample backup'],
    groups: ['users'],
    sudo: 'nopasswd',
  },
  access: {
    users: { 'monitor@pve': { comment: 'reads', email: 'a@example.org', groups: ['watchers'] } },
    groups: { watchers: { comment: 'look only' } },
    roles: { Starter: ['VM.Audit', 'VM.PowerMgmt'] },
    acl: { '/vms': { '@watchers': ['PVEAuditor'], 'monitor@pve!grafana': ['Starter'] } },
    tokens: { 'monitor@pve!grafana': { comment: 'graphs', privsep: true } },
  },
  'backups.nightly': {
    ...{ schedule: '02:30', storage: 'fastData-shared-backups', guests: 'all', exclude: [955] },
    ...{ mode: 'stop', compress: 'gzip', enabled: false },
    keep: {
      ...{ 'keep-all': 0, 'keep-last': 3, 'keep-hourly': 2, 'keep-daily': 7 },
      ...{ 'keep-weekly': 4, 'keep-monthly': 6, 'keep-yearly': 1 },
    },
    comment: 'everything',
  },
  'firewall.aliases': { gateway: '10.0.0.1' },
  'firewall.ipsets': { management: ['10.0.0.0/24'], printers: ['10.0.0.77'] },
  'firewall.groups': { web: { http: { type: 'in', action: 'ACCEPT', proto: 'tcp', dport: '80' } } },
  'firewall.node.rules': {
    metrics: { type: 'in', action: 'ACCEPT', source: '10.0.0.0/24', proto: 'tcp', dport: '9100' },
  },
  'certificates.renew': { script: 'test/fixtures/node/renew.sh', calendar: 'hourly' },
};

/** Also as `--set` arguments, with what a test adds. */
export function wholeNode(set: readonly string[] = []): Promise<Fleet> {
  const all = Object.entries(more).map(([path, value]) => `hypervisor.${path}=${JSON.stringify(value)}`);
  return sampleFleet([...all, ...set]);
}
