/** Names of aliases, IP sets and groups, and what aliases and sets stand for. It knows no rule. */
import type { KnownNames } from '../../proxmox/firewall-problems.ts';
import { hasHostBits, parseNetwork, printIp } from '../../proxmox/ip.ts';
import { nearest, type Path } from '../path.ts';
import { entries } from './subject.ts';

/** Says what is wrong with a thing of one place; `path` is that below its `firewall`. */
export type Say = (path: Path, what: string, problem: string, hint?: string, end?: 'key') => void;

/** The parts of a firewall that have names. */
export interface Named {
  readonly aliases?: Readonly<Record<string, string | undefined>>;
  readonly ipsets?: Readonly<Record<string, readonly string[] | undefined>>;
  readonly groups?: Readonly<Record<string, unknown>>;
}

export function namesProblems({ aliases, ipsets, groups }: Named, known: KnownNames, say: Say): void {
  for (const [kind, word, named] of [
    ['ipsets', 'IP set', ipsets],
    ['groups', 'group', groups],
  ] as const) {
    for (const name of Object.keys(named ?? {})) {
      const lower = name.toLowerCase();
      if (name !== lower)
        say([kind, name], `${word} ${name}`, 'Proxmox keeps its name in lower case', `write ${lower}`, 'key');
    }
  }
  const first = new Map<string, string>();
  for (const [name, address] of entries(aliases)) {
    const what = `alias ${name}`;
    const problem = networkProblem(address);
    if (problem !== undefined) say(['aliases', name], what, problem);
    const other = first.get(name.toLowerCase());
    if (other === undefined) first.set(name.toLowerCase(), name);
    else
      say(['aliases', name], what, `Proxmox takes it for ${other}: only the case differs`, undefined, 'key');
  }
  for (const [name, members] of entries(ipsets)) {
    for (const [index, member] of members.entries()) {
      const { problem, hint } = memberProblem(member, known);
      if (problem !== undefined) say(['ipsets', name, index], `IP set ${name}`, problem, hint);
    }
  }
}

function memberProblem(member: string, known: KnownNames): { problem?: string | undefined; hint?: string } {
  const plain = member.replace(/^!\s*/, '');
  const alias = /^(?:dc\/|guest\/)?([A-Za-z][A-Za-z0-9_-]+)$/.exec(plain)?.[1];
  if (alias === undefined || parseNetwork(plain)) {
    // Recorded (B146): an entry for all addresses is refused.
    if (/\/0+$/.test(plain)) return { problem: `${plain} is every address; a set cannot hold that` };
    return { problem: networkProblem(plain) };
  }
  const names = [...known.aliases];
  if (names.some((name) => name.toLowerCase() === alias.toLowerCase())) return {};
  const meant = nearest(alias, names);
  return {
    problem: `there is no alias ${alias}`,
    ...(meant === undefined ? {} : { hint: `did you mean '${meant}'?` }),
  };
}

function networkProblem(text: string): string | undefined {
  const network = parseNetwork(text);
  if (!network) return `${JSON.stringify(text)} is no address and no network`;
  if (!hasHostBits(text)) return undefined;
  const start = printIp({ version: network.version, value: network.first });
  return `${text} is an address of a network, write ${start}/${text.split('/')[1]}`;
}
