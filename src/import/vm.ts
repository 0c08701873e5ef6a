/** VMs of the old file. */

import { application } from './apps.ts';
import { checks } from './checks.ts';
import { guestRules } from './firewall.ts';
import { dependencies, size, snapshot, start, state, unreadKeys } from './guest.ts';
import { features, setLayers, together } from './layers.ts';
import { isObject } from './ledger.ts';
import { record } from './node.ts';
import { dropAll } from './node-storage.ts';
import { asHost, move } from './values.ts';
import { disk, origin } from './vm-disk.ts';
import { type ForVms, network, snippets, user, volumes } from './vm-first-boot.ts';
import type { Guest, Work } from './work.ts';

/** One VM; the one that it is cloned from came before. */
export function vm(work: Work, guest: Guest, others: ForVms): void {
  const { draft, old } = guest;
  if (move(old.at('name'), draft, ['name'], asHost) === undefined)
    work.guess(draft, ['name'], `vm${guest.id}`, 'The old file names it nothing that is a name of a host.');
  size(work, guest, others.defaults);
  start(guest);
  origin(work, guest, others.release);
  disk(work, guest, others.defaults);
  network(work, guest, others);
  user(work, guest);
  work.add(
    draft,
    ['agent'],
    true,
    'features and health of a VM are reached through its agent, which its image brings or cloud-init installs',
  );
  if (draft.get(['template']) !== true)
    work.add(
      draft,
      ['cloudInit'],
      {},
      'the old system put the agent into the image: cloud-init installs it at the first boot',
    );
  volumes(work, guest);
  snippets(work);
  const wanted = features(work, guest, old.at('features'));
  setLayers(work, guest, together(wanted, application(work, guest, others.network, wanted)));
  stacks(guest);
  for (const one of old.at('dns_records')?.items() ?? [])
    if (one.isEmpty) one.drop('an empty list');
    else record(work, one, String(one.at('hostname')?.value ?? ''), String(one.at('ip')?.value ?? ''));
  for (const key of ['portainer_environment_name', 'portainer_agent_hostname'])
    old.at(key)?.drop('phx makes no environments inside Portainer: its page adds them');
  dropAll(
    old.at('qm_options'),
    'nothing in the old system ever read it; keys of qm have the same names here',
  );
  dependencies(work, guest);
  guestRules(work, guest, old.at('firewall'));
  snapshot(work, guest);
  checks(work, guest);
  state(work, guest);
  unreadKeys(guest);
}

/** `docker_stacks`: names, or objects with a name and an environment. */
function stacks({ old, draft }: Guest): void {
  const list = old.at('docker_stacks');
  for (const one of list?.isEmpty === false ? list.items() : []) {
    const name = isObject(one.value) ? String(one.value.name ?? '') : String(one.value);
    const why = `the stack ${name} was deployed through Portainer: make its docker-compose.yml an application of your own, app:${name.toLowerCase().replace(/[^a-z0-9_-]+/g, '-')}`;
    one.drop(why);
    draft.note(['app'], `Not carried: ${why}.`);
  }
  if (list?.isEmpty) list.drop('an empty list');
}
