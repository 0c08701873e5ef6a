/**
 * Whether a firewall rule catches a new TCP connection to the node. Three answers: what nobody can know here (which
 * interface, which port of the sender, a name that resolves to nothing) is `maybe`, and the caller chooses the safe side.
 */

import type { FilterRule } from './firewall-rule.ts';
import { type MacroLine, macroName, macros } from './firewall-words.ts';
import { type Ip, inRange, parseNetwork, parseRange } from './ip.ts';

export type Answer = 'yes' | 'no' | 'maybe';

/** A new TCP connection to the node. */
export interface Connection {
  readonly source: Ip;
  readonly port: number;
  /** The interface it comes in by, where that is known. */
  readonly iface?: string | undefined;
}

/** What names in rules stand for, by name. */
export interface Names {
  readonly aliases: ReadonlyMap<string, string>;
  /** Entries as in the file: addresses, networks, aliases; `!` before one excludes it. */
  readonly ipsets: ReadonlyMap<string, readonly string[]>;
}

/** `no` if one says no, `maybe` if one is in doubt. */
export function every(answers: readonly Answer[]): Answer {
  if (answers.includes('no')) return 'no';
  return answers.includes('maybe') ? 'maybe' : 'yes';
}

function some(answers: readonly Answer[]): Answer {
  if (answers.includes('yes')) return 'yes';
  return answers.includes('maybe') ? 'maybe' : 'no';
}

/** Whether an incoming rule catches the connection. Where it goes to on the node is not known: any `dest` is `maybe`. */
export function matches(rule: FilterRule, connection: Connection, names: Names): Answer {
  return every([
    rule.type === 'in' ? 'yes' : 'no',
    matchesIface(rule.iface, connection),
    rule.source ? matchesSource(rule.source, connection.source, names) : 'yes',
    rule.dest ? 'maybe' : 'yes',
    matchesPorts(rule, connection.port),
  ]);
}

export function matchesIface(iface: string | undefined, connection: Connection): Answer {
  if (!iface) return 'yes';
  if (connection.iface === undefined) return 'maybe';
  return iface === connection.iface ? 'yes' : 'no';
}

function matchesPorts(rule: FilterRule, port: number): Answer {
  const name = rule.macro && macroName(rule.macro);
  if (rule.macro && !name) return 'maybe';
  const lines: readonly MacroLine[] = name ? (macros.get(name) ?? []) : [{ proto: rule.proto ?? '' }];
  return some(
    lines.map((line) => {
      if (!['', 'tcp', '6'].includes(line.proto)) return 'no';
      const sender = (line.sport ?? rule.sport) ? 'maybe' : 'yes';
      return every([inPorts(line.dport ?? rule.dport, port), sender]);
    }),
  );
}

/** Names of ports that matter for the node itself; another name may be any port. */
const services: ReadonlyMap<string, number> = new Map([
  ['ssh', 22],
  ['domain', 53],
  ['http', 80],
  ['sunrpc', 111],
  ['ntp', 123],
  ['https', 443],
  ['microsoft-ds', 445],
  ['nfs', 2049],
]);

function inPorts(list: string | undefined, port: number): Answer {
  if (!list) return 'yes';
  return some(
    list.split(',').map((item) => {
      const [, from, to = from] = /^(\d+)(?::(\d+))?$/.exec(item) ?? [];
      const first = from === undefined ? services.get(item) : Number(from);
      if (first === undefined) return 'maybe';
      return first <= port && port <= (to === undefined ? first : Number(to)) ? 'yes' : 'no';
    }),
  );
}

/** Whether an address is among the sources of a rule. */
export function matchesSource(list: string, source: Ip, names: Names): Answer {
  const set = /^\+(?:\w+\/)?(.+)$/.exec(list)?.[1];
  if (set) return inSet(lookUp(names.ipsets, set), source, names);
  return some(list.split(',').map((item) => inItem(item, source, names)));
}

function inItem(item: string, source: Ip, names: Names): Answer {
  const range = parseRange(resolve(item, names));
  if (!range) return 'maybe';
  return inRange(source, range) ? 'yes' : 'no';
}

function resolve(item: string, { aliases }: Names): string {
  const alias = /^(?:dc\/|guest\/)?([A-Za-z][A-Za-z0-9_-]+)$/.exec(item)?.[1];
  return (alias && lookUp(aliases, alias)) ?? item;
}

function lookUp<T>(map: ReadonlyMap<string, T>, name: string): T | undefined {
  const lower = name.toLowerCase();
  return [...map].find(([key]) => key.toLowerCase() === lower)?.[1];
}

/** The kernel takes the narrowest network that holds the address; `!` there means that it is not in the set. */
export function inSet(entries: readonly string[] | undefined, source: Ip, names: Names): Answer {
  if (!entries) return 'maybe';
  let width: bigint | undefined;
  let found: Answer = 'no';
  for (const entry of entries) {
    const [, not, item = ''] = /^(!?)\s*(.*)$/.exec(entry) ?? [];
    // Proxmox leaves out an entry for all addresses (B146).
    if (/\/0+$/.test(item)) continue;
    const network = parseNetwork(resolve(item, names));
    if (!network) return 'maybe';
    const size = network.last - network.first;
    if (!inRange(source, network) || (width !== undefined && size > width)) continue;
    width = size;
    found = not ? 'no' : 'yes';
  }
  return found;
}
