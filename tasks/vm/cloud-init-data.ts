/** Own cloud-init data of a VM, as its step is told of it: inputs to be fingerprinted, and the data made of them in a run. */

import type { CloudInit, VirtualMachine } from '../../src/config/fleet.ts';
import { BlockedError } from '../../src/core/error.ts';
import type { Json } from '../../src/core/json.ts';
import type { TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { macOf } from '../../src/proxmox/qm-cloud-init.ts';
import { parseYaml } from '../../src/template/yaml.ts';
import { confOf } from '../guest/conf.ts';
import { incarnationOf } from '../guest/known.ts';
import { generateCloudInit } from './cloud-init.ts';
import { reveal } from './cloud-init-secrets.ts';
import { type CloudInitData, type CloudInitSubject, type Kind, kinds } from './cloud-init-subject.ts';

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

export function byKind(of: (kind: Kind, at: number) => string): Record<Kind, string> {
  return Object.fromEntries(kinds.map((kind, at) => [kind, of(kind, at)])) as Record<Kind, string>;
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
  const place = { secretAt: (path: string) => context.secret(path), macs, incarnation };
  const subject = subjectOf(vm, custom, config, texts, place);
  return generateCloudInit({ ...subject, ...(instance === undefined ? {} : { instance }) });
}

/** From what the step declared, or would. */
export function subjectOf(
  vm: VirtualMachine,
  custom: Custom,
  config: Readonly<Record<string, Json>>,
  texts: Readonly<Record<string, string>>,
  {
    secretAt,
    macs,
    incarnation,
  }: Pick<CloudInitSubject, 'macs' | 'incarnation'> & {
    readonly secretAt: (path: string) => string;
  },
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

export function macsIn({ id, nets }: VirtualMachine, facts: Facts): Record<string, string> | undefined {
  const guest = facts.guests.get(id);
  const keys = guest && new Map([...confOf(guest).keys, ...confOf(guest).pending.keys]);
  const macs = Object.keys(nets).map((name) => [name, macOf(keys?.get(name) ?? '')] as const);
  const known = macs.filter((entry): entry is readonly [string, string] => entry[1] !== undefined);
  return known.length === macs.length ? Object.fromEntries(known) : undefined;
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

function noMac({ id, nets }: VirtualMachine): BlockedError {
  return new BlockedError({
    title: `An interface of VM ${id} is not there yet`,
    facts: [['interfaces', Object.keys(nets).join(', ')]],
    hint: 'Cloud-init finds them by their MAC addresses, which Proxmox gives them: let its step configure run.',
    command: `phx run vmid:${id}/configure`,
  });
}
