/** The snippets of a VM on the node: their texts with phx's mark, who may read them, what may be told of them. */

import { digest } from '../../src/core/digest.ts';
import type { Json } from '../../src/core/json.ts';
import type { TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { secretNote } from '../../src/proxmox/withheld.ts';
import { parseYaml } from '../../src/template/yaml.ts';
import { fileScope, isManaged, keepCopy, managedMark } from '../guest/managed.ts';
import { head } from './cloud-init.ts';
import { type CloudInitData, type Kind, kinds } from './cloud-init-subject.ts';

/** Whoever reads it knows that a password, or what leads to one, stands in it. */
const secretMark = `${managedMark} ${secretNote}`;

/** The texts by kind. The mark is a comment: behind the first line where cloud-init takes data by it. */
export function snippetTexts(data: CloudInitData, secret: boolean): Record<Kind, string> {
  const marked = (text: string, mark: string) =>
    text.startsWith(`${head}\n`) ? `${head}\n${mark}\n${text.slice(head.length + 1)}` : `${mark}\n${text}`;
  return {
    user: marked(data.userData, secret ? secretMark : managedMark),
    network: marked(data.networkConfig, managedMark),
    meta: marked(data.metaData, managedMark),
    vendor: marked(data.vendorData, managedMark),
  };
}

const isSecret = (text: string | undefined): boolean => text?.includes(`\n${secretMark}\n`) === true;

/** Writes those that differ, and answers which. */
export async function writeSnippets(
  context: TaskContext<Facts>,
  paths: Readonly<Record<Kind, string>>,
  texts: Readonly<Record<Kind, string>>,
): Promise<Kind[]> {
  const scopes = Object.values(paths).map(fileScope);
  const { files } = await context.refresh(scopes);
  const differing = kinds.filter((kind) => files.get(paths[kind]) !== texts[kind]);
  for (const kind of differing) {
    const [path, present, text] = [paths[kind], files.get(paths[kind]), texts[kind]];
    await keepCopy(context, path, present);
    // Only root reads snippets: qm, when it makes the drive. What has held a secret is in no journal, either.
    const hidden = isSecret(text) || isSecret(present);
    await context.writeFile(path, text, {
      mode: isSecret(text) ? 0o600 : 0o644,
      ...(hidden ? { hidden } : {}),
    });
  }
  if (differing.length > 0) await context.refresh(scopes);
  return differing;
}

/** Takes away what phx wrote; a person's own file stays. */
export async function removeSnippets(context: TaskContext<Facts>, paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const present = await context.readFile(path);
    if (present === undefined || !isManaged(present)) continue;
    await context.removeFile(path, isSecret(present) ? { scratch: true } : {});
  }
}

/** What is recorded of a snippet. A digest of a secret could be guessed from a record, so secrets are no part of it. */
export function snippetDigest(
  text: string | undefined,
  secretFiles: ReadonlySet<string>,
): string | undefined {
  if (text === undefined || !isSecret(text)) return text === undefined ? undefined : digest(text);
  try {
    return digest(JSON.stringify(withoutSecrets(parseYaml(text), secretFiles)));
  } catch {
    return 'unreadable';
  }
}

function withoutSecrets(data: Json, secretFiles: ReadonlySet<string>): Json {
  const { password, users, write_files, ...rest } = data as Record<string, Json>;
  const without = (items: Json | undefined, key: string, holds: (item: Record<string, Json>) => boolean) =>
    Array.isArray(items)
      ? items.map((item: Json) => {
          if (item === null || typeof item !== 'object' || Array.isArray(item)) return item;
          const members = item as Record<string, Json>;
          return holds(members) ? { ...members, [key]: '' } : members;
        })
      : (items ?? null);
  return {
    ...rest,
    password: password === undefined ? null : '',
    users: without(users, 'hashed_passwd', (user) => 'hashed_passwd' in user),
    write_files: without(write_files, 'content', (file) => secretFiles.has(String(file.path))),
  };
}
