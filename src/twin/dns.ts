/** Names and dnsmasq on the node: built from the manuals of dnsmasq and getent; nothing was recorded. */

import { type Call, type Program, refuse } from './call.ts';
import { isDir, isFile, namesIn } from './files.ts';
import { nodeFile } from './node-files.ts';
import type { TwinState } from './state.ts';

export interface FoundName {
  readonly address: string;
  readonly names: readonly string[];
}

/** What the node's resolver says: /etc/hosts, then the records of a running dnsmasq. */
export function resolveName(state: TwinState, name: string): FoundName | undefined {
  const lines = (nodeFile(state, '/etc/hosts') ?? '').split('\n');
  for (const line of lines) {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (names.includes(name) || (address === name && name !== '')) return { address, names };
  }
  if (/^\d+\.\d+\.\d+\.\d+$/.test(name)) return undefined;
  return state.units.dnsmasq?.active ? fromDnsmasq(state, name) : undefined;
}

function fromDnsmasq(state: TwinState, name: string): FoundName | undefined {
  for (const { key, value } of configured(state, '/etc/dnsmasq.conf')) {
    const record = value.split(/[,/]/).filter((part) => part !== '');
    const address = record.at(-1) ?? '';
    const names = record.slice(0, -1);
    const below = names.some((one) => name === one || name.endsWith(`.${one}`));
    if (key === 'address' && below) return { address, names: [name] };
    if (key === 'host-record' && names.includes(name)) return { address, names: [name] };
  }
  return undefined;
}

interface Option {
  readonly key: string;
  readonly value: string;
  readonly file: string;
  readonly line: number;
}

/** Options of a file and of those that it takes in; `conf-dir` of Debian's own start is there always. */
function configured(state: TwinState, file: string): Option[] {
  const options = (nodeFile(state, file) ?? '').split('\n').flatMap((text, at) => {
    const [, key = '', value = ''] = /^\s*([^=\s#]+)\s*(?:=\s*(.*?))?\s*(?:\s#.*)?$/.exec(text) ?? [];
    return key === '' ? [] : [{ key: key.replace(/^--/, ''), value, file, line: at + 1 }];
  });
  const dirs = options.filter((one) => one.key === 'conf-dir').map((one) => one.value.split(',')[0] ?? '');
  if (file === '/etc/dnsmasq.conf') dirs.push('/etc/dnsmasq.d');
  const more = options.filter((one) => one.key === 'conf-file').map((one) => one.value);
  for (const dir of new Set(dirs))
    if (isDir(state.files, dir))
      more.push(
        ...namesIn(state.files, dir)
          .filter((one) => !/^\.|~$|^#|\.dpkg-/.test(one))
          .map((one) => `${dir}/${one}`),
      );
  return [...options, ...more.flatMap((one) => (isFile(state.files, one) ? configured(state, one) : []))];
}

const withValue = [
  ...['address', 'server', 'local', 'host-record', 'cname', 'domain', 'listen-address', 'interface'],
  ...[
    'dhcp-range',
    'dhcp-host',
    'dhcp-option',
    'port',
    'conf-dir',
    'conf-file',
    'addn-hosts',
    'user',
    'group',
  ],
  ...['resolv-file', 'except-interface', 'txt-record', 'srv-host', 'mx-host', 'ptr-record', 'auth-zone'],
  ...['rebind-domain-ok', 'log-facility', 'dhcp-leasefile', 'dhcp-boot', 'no-dhcp-interface', 'neg-ttl'],
  ...[
    'min-cache-ttl',
    'max-cache-ttl',
    'dns-forward-max',
    'trust-anchor',
    'hostsdir',
    'servers-file',
    'rev-server',
  ],
];
const either = [
  'cache-size',
  'local-ttl',
  'edns-packet-max',
  'log-queries',
  'log-async',
  'max-ttl',
  'quiet-dhcp',
];
const plain = [
  ...['domain-needed', 'bogus-priv', 'no-resolv', 'no-poll', 'no-hosts', 'expand-hosts', 'bind-interfaces'],
  ...['bind-dynamic', 'strict-order', 'all-servers', 'no-negcache', 'dnssec', 'dnssec-check-unsigned'],
  ...['stop-dns-rebind', 'rebind-localhost-ok', 'localise-queries', 'filterwin2k', 'dhcp-authoritative'],
  ...['log-dhcp', 'no-daemon', 'keep-in-foreground', 'local-service', 'dns-loop-detect', 'enable-ra'],
];

/** Units whose start reads a configuration fail on a bad one: what dnsmasq says, or undefined. */
export function dnsmasqProblem(state: TwinState, file = '/etc/dnsmasq.conf'): string | undefined {
  if (!isFile(state.files, file)) return `dnsmasq: cannot read ${file}: No such file or directory`;
  for (const { key, value, file: where, line } of configured(state, file)) {
    const place = `at line ${line} of ${where}`;
    if (plain.includes(key)) {
      if (value !== '') return `dnsmasq: extraneous parameter ${place}`;
    } else if (withValue.includes(key)) {
      if (value === '') return `dnsmasq: missing parameter ${place}`;
    } else if (!either.includes(key)) return `dnsmasq: bad option ${place}`;
    if (/^(address|host-record)$/.test(key) && !/[/,]/.test(value)) return `dnsmasq: bad ${place}`;
  }
  return undefined;
}

/** `dnsmasq --test [-C FILE]`; without `--test` it would run as a service. */
export const dnsmasq: Program = (call: Call) => {
  const at = call.args.findIndex((arg) => arg === '-C' || arg === '--conf-file');
  const joined = call.args.find((arg) => /^--conf-file=|^-C./.test(arg))?.replace(/^(--conf-file=|-C)/, '');
  const file = joined ?? (at < 0 ? undefined : call.args[at + 1]);
  const problem = dnsmasqProblem(call.state, file);
  if (problem) refuse(problem, problem.includes('cannot read') ? 3 : 1);
  if (call.args.includes('--test')) call.err('dnsmasq: syntax check OK.\n');
  return undefined;
};
