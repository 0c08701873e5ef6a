/** Firewalls of the data centre, the node and guests. It knows no file of Proxmox. */
import { bridgeName, pattern, singleLine } from './scalar.ts';
import { z } from './z.ts';

const policy = z.enum(['ACCEPT', 'DROP', 'REJECT']);
const log = z.enum(['nolog', 'emerg', 'alert', 'crit', 'err', 'warning', 'notice', 'info', 'debug']);
// Names as Proxmox takes them: of sets and aliases up to 64 characters, of groups up to 18.
const setName = pattern(
  /^[A-Za-z][A-Za-z0-9_-]{1,63}$/,
  'a name of 2 to 64 letters, digits, - and _, beginning with a letter',
);
const groupName = pattern(
  /^[A-Za-z][A-Za-z0-9_-]{1,17}$/,
  'a name of 2 to 18 letters, digits, - and _, beginning with a letter',
);
const ruleName = pattern(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, 'a name of letters, digits, ., - and _');
const ports = pattern(
  /^[a-z0-9-]+(:\d+)?(,[a-z0-9-]+(:\d+)?)*$/,
  "ports as text, such as '443', '80,443' or '5900:5999'",
);
const place = pattern(/^\S+$/, "an address, a network, a range, an alias or '+ipset'");

const shared = {
  iface: z.exactOptional(bridgeName),
  enable: z.exactOptional(z.boolean()),
  // A line break would become a rule of its own in the firewall file (B143).
  comment: z.exactOptional(singleLine),
};

const firewallRule = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.enum(['in', 'out']),
    action: policy,
    macro: z.exactOptional(
      pattern(/^[A-Za-z0-9-]+$/, 'a macro of Proxmox such as SSH').meta({
        description: 'A macro of Proxmox; it stands for protocol and ports.',
      }),
    ),
    source: z.exactOptional(place),
    dest: z.exactOptional(place),
    proto: z.exactOptional(pattern(/^[a-z0-9-]+$/, 'a protocol such as tcp, udp or icmp')),
    dport: z.exactOptional(ports),
    sport: z.exactOptional(ports),
    icmpType: z.exactOptional(pattern(/^[a-z0-9/-]+$/, 'an ICMP type such as echo-request')),
    log: z.exactOptional(log),
    ...shared,
  }),
  z.strictObject({
    type: z.literal('group'),
    group: groupName.meta({ description: 'A security group of hypervisor.firewall.groups.' }),
    ...shared,
  }),
]);

const rules = z
  .record(ruleName, firewallRule)
  .meta({ description: 'Rules by name, in the order in which they are written.' });
const aliases = z.record(setName, place).meta({ description: 'Names for one address or network.' });
const ipsets = z
  .record(setName, z.array(pattern(/^!?\s?\S+$/, 'an address, a network or an alias')))
  .meta({ description: "Sets of addresses; '!' before a member takes it out again." });

export const firewall = z.strictObject({
  enabled: z.boolean(),
  policyIn: policy,
  policyOut: policy,
  rules,
  aliases,
  ipsets,
  groups: z.record(groupName, rules).meta({ description: 'Security groups: rules under one name.' }),
  node: z
    .strictObject({ rules, logIn: z.exactOptional(log), logOut: z.exactOptional(log) })
    .meta({ description: 'Rules of this node alone; they come before those of the data centre.' }),
});

export const guestFirewall = z
  .strictObject({
    enabled: z.boolean(),
    policyIn: z.exactOptional(policy),
    policyOut: z.exactOptional(policy),
    rules: rules.default({}),
    aliases: z.exactOptional(aliases),
    ipsets: z.exactOptional(ipsets),
  })
  .meta({ description: "The guest's own rules; they act on interfaces that have `firewall: true`." });
