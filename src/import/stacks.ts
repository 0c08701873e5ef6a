/** Manifests of Docker stacks, beside the three files: their firewall rules go to the VMs that had them; the rest is told. */

import { settleFirewall } from './firewall.ts';
import { addRule } from './firewall-rule.ts';
import { isObject, type Old } from './ledger.ts';
import { dropAll } from './node-storage.ts';
import type { Work } from './work.ts';

/** `stacks/<name>/phoenix.json`. */
export function stack(work: Work, name: string, old: Old): void {
  const users = [...work.guests.values()].filter((guest) =>
    guest.old
      .at('docker_stacks')
      ?.items()
      .some(({ value }) => value === name || (isObject(value) && value.name === name)),
  );
  for (const [environment, one] of old.at('environments')?.each() ?? []) {
    const rules = one.at('firewall_rules');
    for (const rule of rules?.isEmpty === false ? rules.items() : []) {
      if (environment !== 'production' || users.length === 0) {
        dropAll(
          rule,
          environment === 'production'
            ? `no VM has the stack ${name}`
            : 'only the rules of production counted',
        );
        continue;
      }
      for (const guest of users) {
        addRule(rule, guest.draft, ['firewall', 'rules']);
        if (!guest.draft.has(['firewall', 'enabled'])) settleFirewall(work, guest, true, undefined);
      }
    }
  }
  dropAll(
    old,
    `make the stack an application of your own, with its docker-compose.yml in it: templates/apps/${name.toLowerCase()}.sh.hbs`,
  );
}
