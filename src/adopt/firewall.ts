/** A guest's firewall file as its `firewall` section, where phx would write the same again. Pure. */

import type { Json } from '../core/json.ts';
import { parseFirewall } from '../proxmox/firewall-file.ts';

/** Undefined where a file of the configuration cannot say the same: rules have names there, which stand in their comments. */
export function readFirewall(text: string): Json | undefined {
  const { options, aliases, ipsets, rules, groups, unknown } = parseFirewall(text);
  const { enable, policy_in: policyIn, policy_out: policyOut, ...others } = options;
  const odd = unknown.length + Object.keys(groups).length + Object.keys(others).length > 0;
  if (odd || (enable !== '0' && enable !== '1')) return undefined;
  const named = new Map<string, Json>();
  for (const rule of rules) {
    if (typeof rule === 'string') return undefined;
    const { comment = '', ...rest } = rule;
    const [, name = '', more] = /^([A-Za-z0-9][A-Za-z0-9_.-]*)(?:: (.+))?$/.exec(comment) ?? [];
    // A name of digits alone would lose its place among the others.
    if (!/\D/.test(name) || named.has(name)) return undefined;
    const type = 'group' in rest ? { type: 'group' } : {};
    const said = Object.entries({ ...type, ...rest, ...(more === undefined ? {} : { comment: more }) });
    named.set(name, Object.fromEntries(said.filter(([, value]) => value !== undefined)) as Json);
  }
  const spoken = [...Object.values(aliases), ...Object.values(ipsets)].some(({ comment }) => comment);
  const members = Object.values(ipsets).flatMap(({ entries }) => entries);
  if (spoken || members.some((entry) => typeof entry !== 'string')) return undefined;
  const sets = Object.entries(ipsets).map(([name, { entries }]) => [name, entries as readonly string[]]);
  return {
    enabled: enable === '1',
    ...(policyIn === undefined ? {} : { policyIn }),
    ...(policyOut === undefined ? {} : { policyOut }),
    rules: Object.fromEntries(named),
    ...(Object.keys(aliases).length > 0
      ? { aliases: Object.fromEntries(Object.entries(aliases).map(([name, { cidr }]) => [name, cidr])) }
      : {}),
    ...(sets.length > 0 ? { ipsets: Object.fromEntries(sets) as Json } : {}),
  };
}
