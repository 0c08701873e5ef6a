/**
 * `phx import legacy`: the JSON files of the bash system that phx replaces, as files of a configuration and an account of
 * what became of every value. It is handed texts and answers texts: it reads and writes nothing.
 */

import { container } from './container.ts';
import { eachOnce, type Imported, reported } from './entries.ts';
import { nodeFirewall } from './firewall.ts';
import { json5Of } from './json5.ts';
import { isObject, Ledger, Old } from './ledger.ts';
import { restOfShared } from './mounts.ts';
import { node } from './node.ts';
import { dropAll } from './node-storage.ts';
import type { LegacyFile } from './read.ts';
import { enroll } from './roster.ts';
import { stack } from './stacks.ts';
import { gpusOfNode, nameFiles, once, seals, share } from './together.ts';
import { vm } from './vm.ts';
import { type Known, Work } from './work.ts';

export type { Imported, ReportEntry } from './entries.ts';

const words = (text: string): string[] => text.split(' ');
const order = words(
  'id kind hostname name tags clone ostemplate image template cores memory swap state onboot startup dependencies ' +
    'unprivileged rootfs disk net0 ipconfig0 nameserver searchdomain ciuser cipassword sshkeys agent cloudInit gpus ' +
    'features lxc mp0 mp1 mp2 layers app health tests snapshot firewall exports',
);
const nodeOrder = words(
  'hostname timezone network zfs directories storage templates images nvidia users nfs samba dns firewall',
);

/** Converts the files. `known` says which templates and check scripts there are. */
export function importLegacy(files: readonly LegacyFile[], known: Known): Imported {
  const ledger = new Ledger();
  const work = new Work(ledger, known);
  const roots = files.map(({ name, value }) => new Old(ledger, name, [], value));
  const root = (name: string) => roots.find(({ file }) => file === name);
  const [hypervisor, lxc, vms] = ['hypervisor_config', 'lxc_configs', 'vm_configs'].map((name) =>
    root(`phoenix_${name}.json`),
  );
  for (const { name, duplicates } of files)
    for (const { path, first, second } of duplicates)
      ledger.lost(
        name,
        path,
        `it stands twice, in lines ${first} and ${second}: the second one counts, as it did for jq`,
      );

  if (hypervisor) node(work, hypervisor);
  guests(work, hypervisor, lxc, vms);
  for (const old of roots) {
    const name = /^stacks\/([^/]+)\/phoenix\.json$/.exec(old.file)?.[1];
    if (name !== undefined) stack(work, name, old);
  }
  if (hypervisor) {
    const shared = hypervisor.at('shared_volumes');
    restOfShared(work, shared);
    nodeFirewall(
      work,
      hypervisor.at('firewall') ?? shared?.at('firewall'),
      hypervisor.at('firewall') === undefined,
    );
  }
  once(work);
  seals(work);
  gpusOfNode(work, ledger);
  share(work);
  nameFiles(work.guests.values());
  for (const old of roots) rest(old);
  return finished(work, roots);
}

function guests(work: Work, hypervisor: Old | undefined, lxc: Old | undefined, vms: Old | undefined): void {
  const network = hypervisor?.at('network');
  const nodeDefaults = hypervisor?.at('vm_defaults');
  const sharedVolumes = hypervisor?.at('shared_volumes');
  for (const guest of enroll(work, lxc?.at('lxc_configs'), vms?.at('vms'))) {
    if (guest.kind === 'ct') container(work, guest, { network, sharedVolumes });
    else
      vm(work, guest, {
        defaults: vms?.at('vm_defaults') ?? nodeDefaults,
        release: nodeDefaults?.at('ubuntu_release'),
        network,
        domain: hypervisor?.at('domain_name'),
      });
  }
  lxc?.at('$schema')?.drop('phx has schemas of its own: config/schema');
  const driver = work.hypervisor.get(['nvidia']);
  for (const [key, own] of [
    ['nvidia_driver_version', 'version'],
    ['nvidia_runfile_url', 'runfile'],
  ] as const) {
    const old = lxc?.at(key);
    const value = isObject(driver) ? driver[own] : undefined;
    if (value === old?.value)
      old?.carry(work.hypervisor.at(['nvidia', own]), 'the node and its guests have the same one');
    else
      old?.drop(
        value === undefined
          ? 'no driver is installed on the node'
          : `the driver of the node is ${String(value)}, and its guests have to have the same`,
      );
  }
  lxc?.at('nvidia_repo_url')?.drop('the layer nvidia has this as its parameter cuda_repo');
  for (const key of ['template', 'ubuntu_release'])
    vms?.at('vm_defaults')?.at(key)?.drop('nothing in the old system ever read it');
  dropAll(vms?.at('vm_defaults'), 'no VM needs it: each says its own');
  dropAll(nodeDefaults, 'no VM needs it: each says its own');
  for (const [key, what] of [
    ['portainer_server_port', 'is the server'],
    ['portainer_agent_port', 'has the agent'],
  ] as const) {
    const port = network?.at(key);
    if (port?.isSettled === false) port.drop(`no guest ${what} of Portainer`);
  }
}

/** What nobody has said anything of: keys that are unknown here, and were in the old system. */
function rest(old: Old): void {
  dropAll(old, 'an unknown key: nothing here reads it');
}

function finished(work: Work, roots: readonly Old[]): Imported {
  const files = new Map<string, string>();
  files.set(work.hypervisor.file, json5Of(work.hypervisor, nodeOrder));
  if (Object.keys(work.defaults.root).length > 0) files.set(work.defaults.file, json5Of(work.defaults));
  for (const { draft } of [...work.guests.values()].sort((a, b) => a.id - b.id))
    files.set(draft.file, json5Of(draft, order));
  for (const [path, text] of work.extra) files.set(path, text);
  const entries = eachOnce(work.ledger.entries(roots).map((entry) => reported(work, entry)));
  return { files, entries, secrets: work.secrets, guests: work.guests.size };
}
