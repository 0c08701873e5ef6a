/**
 * The four documents that a VM's cloud-init drive carries, out of plain data: templates are laid under the configuration,
 * and the library prints what comes of it. Pure; secrets reach it as values, and it knows no node.
 */

import { canonical, digest } from '../../src/core/digest.ts';
import { PhxError } from '../../src/core/error.ts';
import type { Json } from '../../src/core/json.ts';
import { parseYaml, printYaml } from '../../src/template/yaml.ts';
import { type Document, layOver, withVendor } from './cloud-init-merge.ts';
import { networkFields } from './cloud-init-network.ts';
import { type CloudInitData, type CloudInitSubject, type Kind, kinds } from './cloud-init-subject.ts';
import { userFields } from './cloud-init-user.ts';

/** The only first line by which cloud-init takes data for what it is. */
export const head = '#cloud-config';

/** The documents, each in the form in which a guest reads it. */
export function generateCloudInit(subject: CloudInitSubject): CloudInitData {
  const [base, network, meta, vendor] = kinds.map((kind) => read(kind, subject.templates[kind]));
  const user = withVendor(layOver(base ?? {}, userFields(subject)), vendor ?? {});
  const { network: own = {} } = subject.cloudInit;
  const net = layOver(network ?? {}, networkFields({ ...subject, network: own as Interfaces }));
  const what = digest(canonical([user, net, vendor ?? {}]));
  const data = {
    userData: `${head}\n${printYaml(user)}`,
    networkConfig: printYaml(net),
    metaData: printYaml({ ...meta, 'instance-id': instanceOf(subject, what) }),
    vendorData: `${head}\n${printYaml(vendor ?? {})}`,
  };
  checkSizes(data);
  return data;
}

type Interfaces = Parameters<typeof networkFields>[0]['network'];

function read(kind: Kind, text: string): Document {
  const wrong = (why: string) =>
    new PhxError('config', {
      title: `The template of the ${kind} data is no YAML document of cloud-init`,
      facts: [['why', why]],
      hint: 'Templates lie in templates/cloud-init/ of the project; those shipped with phx stand behind them.',
    });
  let value: Json;
  try {
    value = parseYaml(text);
  } catch (error) {
    throw wrong(error instanceof Error ? error.message : String(error));
  }
  if (value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) throw wrong('it is no mapping');
  return value as Document;
}

/**
 * The instance is this incarnation of the VM, whatever its data says: a guest does once an instance what may not be done
 * twice. With `newInstance` the data is part of it; without it again, the one in place stays.
 */
function instanceOf({ incarnation, instance, cloudInit }: CloudInitSubject, data: string): string {
  const own = `phx-${incarnation}`;
  if (cloudInit.newInstance === true) return `${own}-${data}`;
  return instance !== undefined && (instance === own || instance.startsWith(`${own}-`)) ? instance : own;
}

const mebibyte = 1024 * 1024;
/** What Proxmox puts onto a drive (F20). */
const [largest, allTogether] = [mebibyte, 3 * mebibyte];

function checkSizes({ userData, networkConfig, metaData, vendorData }: CloudInitData): void {
  const texts = { user: userData, network: networkConfig, meta: metaData, vendor: vendorData };
  const sizes = Object.entries(texts).map(([kind, text]) => [kind, Buffer.byteLength(text)] as const);
  const sum = sizes.reduce((all, [, size]) => all + size, 0);
  const large = sizes.filter(([, size]) => size > largest);
  if (large.length === 0 && sum <= allTogether) return;
  throw new PhxError('config', {
    title:
      large.length > 0
        ? `The ${large.map(([kind]) => kind).join(' and ')} data is too large for a cloud-init drive`
        : 'The data of cloud-init is too large for its drive',
    facts: [
      ...sizes.map(([kind, size]) => [kind, `${size} bytes`] as const),
      ['limit', `${largest} bytes each, ${allTogether} together`],
    ],
    hint: 'Let the guest fetch large files itself, with runcmd, say.',
  });
}
