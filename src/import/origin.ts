/** What containers of the old file are made from: a template, or another container. */

import type { Json } from '../core/json.ts';
import type { Guest, Work } from './work.ts';

/** From a template, or a clone. */
export function origin(work: Work, guest: Guest): void {
  const { draft, old, source } = guest;
  const [from, template] = [old.at('clone_from_ctid'), old.at('template')];
  if (source !== undefined) {
    const target = draft.set(['clone'], { from: source.id });
    if (typeof from?.value === 'number') from.carry(target);
    else from?.repair(target, 'an id is a number');
    template?.drop('a clone has the template of its source');
    return;
  }
  const said = String(template?.value ?? '').replace(/^.*[/:]/, '');
  const isFile = /^[A-Za-z0-9][\w.:+~@-]*\.tar\.(zst|gz|xz)$/.test(said);
  const file = isFile ? said : (firstTemplate(work) ?? 'ubuntu-24.04-standard_24.04-2_amd64.tar.zst');
  const storage = templateStorage(work, String(template?.value ?? ''));
  const target = draft.set(['ostemplate'], `${storage}:vztmpl/${file}`);
  if (!work.hypervisor.has(['templates', file]))
    work.add(work.hypervisor, ['templates', file], { storage }, 'downloaded by the name that pveam knows');
  if (isFile) template?.repair(target, 'a file of a storage, which phx downloads');
  else template?.drop('it is no template of containers');
  const gone = from === undefined || String(from.value).trim() === '' ? undefined : String(from.value);
  if (gone !== undefined) from?.drop(`there is no container ${gone} that it could be cloned from`);
  else from?.drop('it says nothing');
  if (gone !== undefined || !isFile)
    work.ledger.guess(
      target,
      gone === undefined
        ? 'The old file names no template.'
        : `It was cloned from ${gone}, which is in no file: made from the template instead.`,
    );
}

function firstTemplate(work: Work): string | undefined {
  return work.section('templates')[0]?.[0];
}

/** Where templates of containers are kept: the storage that the path lies on, or the first one that takes them. */
export function templateStorage(work: Work, path: string): string {
  const takes = work
    .section('storage')
    .filter(([, value]) => ((value as Record<string, Json>).content as Json[]).includes('vztmpl'));
  const own = takes.find(([, value]) => path.startsWith(`${String((value as Record<string, Json>).path)}/`));
  const found = (own ?? takes[0])?.[0];
  if (found !== undefined) return found;
  const local = { type: 'dir', path: '/var/lib/vz', content: ['iso', 'vztmpl', 'snippets'] };
  work.guess(
    work.hypervisor,
    ['storage', 'local'],
    local,
    'The old file has no storage for templates of containers.',
  );
  return 'local';
}
