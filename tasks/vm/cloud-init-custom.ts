/** What a VM's own cloud-init data is made of, gathered before anything runs: templates, files of the project, secrets by name. */

import type { CloudInit, VirtualMachine } from '../../src/config/fleet.ts';
import type { PluginInput } from '../../src/config/project.ts';
import { snippetFolder, snippetStorageOf } from '../../src/config/snippets.ts';
import { PhxError } from '../../src/core/error.ts';
import { snippetFile } from '../../src/proxmox/qm-cloud-init.ts';
import { generateCloudInit } from './cloud-init.ts';
import { byKind, type Custom, macsIn, sliceOf, subjectOf } from './cloud-init-data.ts';
import { secretsIn } from './cloud-init-secrets.ts';
import {
  type CloudInitScript,
  type CloudInitSubject,
  hostNames,
  type Kind,
  kinds,
} from './cloud-init-subject.ts';

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
  const { texts } = custom;
  const place = { secretAt: () => '$6$salt$hash', macs: placeholders(vm), incarnation: 'x' };
  generateCloudInit(withoutPasswords(subjectOf(vm, custom, sliceOf(vm, custom), texts, place)));
  return custom;
}

const templates: Readonly<Record<Kind, string>> = {
  user: 'cloud-init/user-data.yaml',
  network: 'cloud-init/network-config.yaml',
  meta: 'cloud-init/meta-data.yaml',
  vendor: 'cloud-init/vendor-data.yaml',
};

function hasAgent(agent: boolean | { readonly enabled: boolean }): boolean {
  return typeof agent === 'boolean' ? agent : agent.enabled;
}

function placeholders({ nets }: VirtualMachine): Record<string, string> {
  return Object.fromEntries(Object.keys(nets).map((name) => [name, '02:00:00:00:00:00']));
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

/** Hashing one takes longer than all else together. */
function withoutPasswords({ cipassword: _, ...subject }: CloudInitSubject): CloudInitSubject {
  const { users } = subject.cloudInit;
  if (users === undefined) return subject;
  const hashed = users.map((user) => {
    if (typeof user === 'string' || user.password === undefined) return user;
    const { password: hashed_passwd, ...rest } = user;
    return { ...rest, hashed_passwd };
  });
  return { ...subject, cloudInit: { ...subject.cloudInit, users: hashed } };
}
