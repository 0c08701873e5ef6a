/** Own cloud-init data of a VM, as its step is told of it: inputs to be fingerprinted, and the data made of them in a run. */

import type { CloudInit, VirtualMachine } from '../../src/config/fleet.ts';
import type { PluginInput } from '../../src/config/project.ts';
import { snippetFolder, snippetStorageOf } from '../../src/config/snippets.ts';
import { BlockedError, PhxError } from '../../src/core/error.ts';
import type { Json } from '../../src/core/json.ts';
import type { TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { macOf, snippetFile } from '../../src/proxmox/qm-cloud-init.ts';
import { parseYaml } from '../../src/template/yaml.ts';
import { confOf } from '../guest/conf.ts';
import { incarnationOf } from '../guest/known.ts';
import {
  type CloudInitData,
  type CloudInitScript,
  type CloudInitSubject,
  generateCloudInit,
  hostNames,
  type Kind,
  kinds,
} from './cloud-init.ts';
import { reveal, secretsIn } from './cloud-init-secrets.ts';

export interface Custom {
  /** Where the snippets lie: storage, and the path of each. */
  readonly storage: string;
  readonly paths: Readonly<Record<Kind, string>>;
  /** Rendered templates by kind, files of the project by `file:<path>`, scripts by `script:<path>`. */
  readonly texts: Readonly<Record<string, string>>;
  /** References by the path in `cloudInit` (or `cipassword`). */
  readonly secrets: Readonly<Record<string, string>>;
  /** Paths of files in the guest whose content is a secret. */
  readonly secretFiles: ReadonlySet<string>;
  readonly scripts: readonly string[];
  readonly nameservers: readonly string[];
  /** MAC address of each interface; undefined while one has none. */
  readonly macsIn: (facts: Facts) => Record<string, string> | undefined;
}

export async function customOf(
  vm: VirtualMachine,
  cloudInit: CloudInit,
  { fleet, document, text }: Pick<PluginInput, 'fleet' | 'document' | 'text'>,
  scripts: readonly CloudInitScript[],
): Promise<Custom> {
  const storages = fleet.hypervisor.storage;
  const storage = snippetStorageOf(cloudInit.storage, storages) ?? '';
  const definition = storages[storage];
  const folder = definition && snippetFolder(storage, definition);
  if (folder === undefined) throw noPlace(vm, storage);
  const values = {
    id: vm.id,
    agent: hasAgent(vm.agent),
    ...hostNames(vm.name, cloudInit.fqdn, vm.searchdomain),
  };
  const rendered = await Promise.all(kinds.map((kind) => document(templates[kind], values)));
  const files = [
    ...(cloudInit.write_files ?? []).flatMap(({ file }) => file ?? []),
    ...(cloudInit.ca_certs?.trusted ?? []),
  ];
  const custom: Custom = {
    storage,
    paths: byKind((kind) => `${folder}/${snippetFile(vm.id, kind)}`),
    texts: {
      ...byKind((_, at) => rendered[at] ?? ''),
      ...Object.fromEntries(files.map((path) => [`file:${path}`, readable(path, text(path))])),
      ...Object.fromEntries(scripts.map(({ path, script }) => [`script:${path}`, script])),
    },
    secrets: {
      ...secretsIn(cloudInit),
      ...(vm.cipassword ? { cipassword: vm.cipassword.secret } : {}),
    },
    secretFiles: new Set(
      (cloudInit.write_files ?? []).flatMap(({ path, content }) =>
        typeof content === 'object' ? [path] : [],
      ),
    ),
    scripts: scripts.map(({ path }) => path),
    nameservers: vm.nameserver ?? fleet.hypervisor.network.nameservers,
    macsIn: (facts) => macsIn(vm, facts),
  };
  // With any word in the place of a secret: what is too large, or no document, is told before anything runs.
  const { texts, secrets } = custom;
  const word = (path: string) => (path.endsWith('hashed_passwd') ? '$6$s$h' : secrets[path] ? 'x' : '');
  generateCloudInit(subjectOf(vm, custom, sliceOf(vm, custom), texts, word, placeholders(vm), 'x'));
  return custom;
}

const templates: Readonly<Record<Kind, string>> = {
  user: 'cloud-init/user-data.yaml',
  network: 'cloud-init/network-config.yaml',
  meta: 'cloud-init/meta-data.yaml',
  vendor: 'cloud-init/vendor-data.yaml',
};

function byKind(of: (kind: Kind, at: number) => string): Record<Kind, string> {
  return Object.fromEntries(kinds.map((kind, at) => [kind, of(kind, at)])) as Record<Kind, string>;
}

function hasAgent(agent: boolean | { readonly enabled: boolean }): boolean {
  return typeof agent === 'boolean' ? agent : agent.enabled;
}

/** What the step declares that it reads. */
export function sliceOf(vm: VirtualMachine, custom: Custom): Record<string, Json> {
  const { name, ciuser, sshkeys, ciupgrade, ipconfig, searchdomain, cloudInit } = vm;
  const slice = { name, ciuser, sshkeys, ciupgrade, ipconfig, searchdomain, cloudInit };
  return {
    ...(Object.fromEntries(Object.entries(slice).filter(([, value]) => value !== undefined)) as Record<
      string,
      Json
    >),
    ...{ nameservers: custom.nameservers, scripts: custom.scripts, storage: custom.storage },
    nets: Object.keys(vm.nets),
  };
}

/** The documents as they have to be now. */
export function dataOf(
  vm: VirtualMachine,
  custom: Custom,
  context: TaskContext<Facts>,
  instance: string | undefined,
): CloudInitData {
  const facts = context.facts();
  const macs = custom.macsIn(facts);
  if (macs === undefined) throw noMac(vm);
  const incarnation = incarnationOf(facts, vm.id) ?? String(vm.id);
  const { config, texts } = context;
  const subject = subjectOf(vm, custom, config, texts, (path) => context.secret(path), macs, incarnation);
  return generateCloudInit({ ...subject, ...(instance === undefined ? {} : { instance }) });
}

function subjectOf(
  vm: VirtualMachine,
  custom: Custom,
  config: Readonly<Record<string, Json>>,
  texts: Readonly<Record<string, string>>,
  secretAt: (path: string) => string,
  macs: Readonly<Record<string, string>>,
  incarnation: string,
): CloudInitSubject {
  const slice = { ...config } as unknown as Pick<
    VirtualMachine,
    'name' | 'ciuser' | 'sshkeys' | 'ciupgrade' | 'ipconfig' | 'searchdomain'
  > & { readonly cloudInit: CloudInit; readonly nameservers: readonly string[] };
  const { name, ciuser, sshkeys, ciupgrade, ipconfig, searchdomain, cloudInit, nameservers } = slice;
  const files = Object.keys(custom.texts).filter((key) => key.startsWith('file:'));
  return {
    ...{ name, ipconfig, nameservers, macs, incarnation },
    ...(ciuser === undefined ? {} : { ciuser }),
    ...(sshkeys === undefined ? {} : { sshkeys }),
    ...(ciupgrade === undefined ? {} : { ciupgrade }),
    ...(searchdomain === undefined ? {} : { searchdomain }),
    ...(vm.cipassword ? { cipassword: secretAt('cipassword') } : {}),
    cloudInit: reveal(cloudInit, secretAt),
    files: Object.fromEntries(files.map((key) => [key.slice(5), texts[key] ?? ''])),
    scripts: custom.scripts.map((path) => ({ path, script: texts[`script:${path}`] ?? '' })),
    templates: byKind((kind) => texts[kind] ?? ''),
  };
}

function macsIn({ id, nets }: VirtualMachine, facts: Facts): Record<string, string> | undefined {
  const guest = facts.guests.get(id);
  const keys = guest && new Map([...confOf(guest).keys, ...confOf(guest).pending.keys]);
  const macs = Object.keys(nets).map((name) => [name, macOf(keys?.get(name) ?? '')] as const);
  const known = macs.filter((entry): entry is readonly [string, string] => entry[1] !== undefined);
  return known.length === macs.length ? Object.fromEntries(known) : undefined;
}

function placeholders({ nets }: VirtualMachine): Record<string, string> {
  return Object.fromEntries(Object.keys(nets).map((name) => [name, '02:00:00:00:00:00']));
}

/** The instance that meta data names. */
export function instanceIn(meta: string | undefined): string | undefined {
  if (meta === undefined) return undefined;
  try {
    const id = (parseYaml(meta) as Record<string, Json> | null)?.['instance-id'];
    return typeof id === 'string' ? id : undefined;
  } catch {
    return undefined;
  }
}

function readable(path: string, text: string): string {
  if (!text.includes('\uFFFD')) return text;
  throw new PhxError('config', {
    title: `A file for a guest is no text in UTF-8: ${path}`,
    hint: 'Let the guest fetch it, with runcmd say.',
  });
}

function noPlace({ id }: VirtualMachine, storage: string): PhxError {
  return new PhxError('config', {
    title: `There is no place for the cloud-init data of VM ${id}`,
    facts: [['storage', storage || '(none takes snippets)']],
    hint: "Add 'snippets' to the content of a storage that lies in a directory.",
    command: 'phx config hypervisor',
  });
}

function noMac({ id, nets }: VirtualMachine): BlockedError {
  return new BlockedError({
    title: `An interface of VM ${id} is not there yet`,
    facts: [['interfaces', Object.keys(nets).join(', ')]],
    hint: 'Cloud-init finds them by their MAC addresses, which Proxmox gives them: let its step configure run.',
    command: `phx run vmid:${id}/configure`,
  });
}
