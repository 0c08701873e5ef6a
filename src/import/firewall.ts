/** Firewall rules of the old files, those of the node and those of guests: a list there, by name here. */

import type { Json } from '../core/json.ts';
import type { Draft } from './draft.ts';
import { addRule, isSame } from './firewall-rule.ts';
import { isObject, type Old } from './ledger.ts';
import { dropAll } from './node-storage.ts';
import { flag, read } from './values.ts';
import type { Guest, Work } from './work.ts';

/** `firewall` of the hypervisor file, which stood inside of `shared_volumes` by mistake. */
export function nodeFirewall(work: Work, old: Old | undefined, isMisplaced: boolean): void {
  const { hypervisor } = work;
  if (old === undefined) return;
  const place = ['firewall'];
  const enabled = read<boolean>(old.at('enabled'), flag) ?? false;
  const on = hypervisor.set([...place, 'enabled'], enabled);
  if (isMisplaced && enabled)
    old
      .at('enabled')
      ?.doubt(
        on,
        'In the old file the firewall stood inside of shared_volumes, where not every version read it: it may have been off.',
      );
  else old.at('enabled')?.carry(on);
  for (const [from, to] of [
    ['default_input_policy', 'policyIn'],
    ['default_output_policy', 'policyOut'],
  ] as const) {
    const said = old.at(from);
    const policy = String(said?.value ?? '').toUpperCase();
    if (['ACCEPT', 'DROP', 'REJECT'].includes(policy)) said?.carry(hypervisor.set([...place, to], policy));
    else said?.drop('a policy is ACCEPT, DROP or REJECT');
  }
  for (const rule of old.at('global_firewall_rules')?.items() ?? [])
    addRule(rule, hypervisor, [...place, 'rules']);
  for (const rule of old.at('rules')?.items() ?? []) addRule(rule, hypervisor, [...place, 'rules']);
  if (enabled && hypervisor.get([...place, 'policyIn']) !== 'ACCEPT') ownServices(work);
}

/** Without these, the first thing that a firewall does is to keep everybody out. */
function ownServices(work: Work): void {
  const bridge = work
    .section('network', 'bridges')
    .map(([, value]) => value)
    .find((value) => isObject(value) && value.address);
  const source = isObject(bridge) ? subnetOf(String(bridge.address)) : undefined;
  const rule = (name: string, proto: string, dport: string | undefined, why: string) => {
    const value = {
      type: 'in',
      action: 'ACCEPT',
      ...(source ? { source } : {}),
      proto,
      ...(dport ? { dport } : {}),
    };
    if (!work.section('firewall', 'rules').some(([, other]) => isSame(other, value)))
      work.add(work.hypervisor, ['firewall', 'rules', name], value, why);
  };
  const why = 'the old file had no rule that lets anybody in';
  rule('ssh', 'tcp', '22', why);
  rule('web-interface', 'tcp', '8006', why);
  if (work.section('nfs', 'exports').length > 0) {
    rule('nfs', 'tcp', '111,2049', 'the node exports directories');
    rule('nfs-udp', 'udp', '111', 'the node exports directories');
  }
  if (work.section('samba', 'shares').length > 0) {
    rule('samba', 'tcp', '139,445', 'the node has shares');
    rule('samba-udp', 'udp', '137,138', 'the node has shares');
  }
  if (work.hypervisor.has(['dns'])) {
    rule('dns', 'udp', '53', 'the node is a name server');
    rule('dns-tcp', 'tcp', '53', 'the node is a name server');
  }
  rule('ping', 'icmp', undefined, why);
}

/** The network that an address with its prefix length lies in. */
export function subnetOf(cidr: string): string {
  const [address = '', length = '24'] = cidr.split('/');
  const size = 2 ** (32 - Number(length));
  const base =
    Math.floor(address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0) / size) * size;
  return `${[24, 16, 8, 0].map((shift) => Math.floor(base / 2 ** shift) % 256).join('.')}/${length}`;
}

/** `firewall` of a guest. Neither generation of the old system ever made such rules count. */
export function guestRules(work: Work, guest: Guest, old: Old | undefined): void {
  const { draft } = guest;
  if (old === undefined) return;
  const rules = old.at('rules');
  const enabled = read<boolean>(old.at('enabled'), flag) ?? false;
  // It stands first.
  if (enabled || rules?.isEmpty === false) draft.set(['firewall', 'enabled'], enabled);
  for (const rule of rules?.items() ?? []) if (!rule.isEmpty) addRule(rule, draft, ['firewall', 'rules']);
  if (rules?.isEmpty) rules.drop('an empty list');
  if (!enabled && rules?.isEmpty !== false) {
    dropAll(old, 'a firewall that is off and has no rules');
    return;
  }
  settleFirewall(work, guest, enabled, old.at('enabled'));
}

/** Switches the firewall of a guest on, where it then lets somebody in. */
export function settleFirewall(work: Work, guest: Guest, enabled: boolean, said: Old | undefined): void {
  const { draft } = guest;
  if (enabled && !hasWayIn(draft)) gatewayRule(work, guest);
  const works = enabled && hasWayIn(draft);
  const on = draft.set(['firewall', 'enabled'], works);
  if (works) draft.set(['net0', 'firewall'], true);
  if (enabled && !works)
    said?.doubt(
      on,
      'The old file switched the firewall on without a rule that lets anything in: nobody would reach the guest. Name rules, then say true.',
    );
  else if (works)
    said?.doubt(
      on,
      'The old system never made the rules of guests count. Here they do: look whether they name all who come.',
    );
  else said?.carry(on);
}

function hasWayIn(draft: Draft): boolean {
  const rules = Object.values((draft.get(['firewall', 'rules']) ?? {}) as Record<string, Json>);
  return rules.some((rule) => isObject(rule) && rule.type === 'in' && rule.action === 'ACCEPT');
}

/** The gateway is there for everybody. */
function gatewayRule(work: Work, guest: Guest): void {
  const app = guest.draft.get(['app']);
  const address = guest.draft.get(['net0', 'ip']);
  const name = isObject(app) ? app.name : app;
  if (name !== 'nginx-gateway' || typeof address !== 'string' || !address.includes('/')) return;
  const rule = { type: 'in', action: 'ACCEPT', source: subnetOf(address), proto: 'tcp', dport: '80,443' };
  work.guess(
    guest.draft,
    ['firewall', 'rules', 'clients'],
    rule,
    'the old file switched the firewall on without any rule, which would have dropped everything',
  );
}
