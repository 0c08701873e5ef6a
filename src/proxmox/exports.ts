/** The NFS exports of /etc/exports: print, parse, and what exportfs would refuse. It knows no service and no disk. */

import { hasHostBits, parseIp, parseNetwork } from './ip.ts';

/** Whether an option takes a value: `must` = always, `may` = or stands alone, `no` = never. */
const optionTable: ReadonlyMap<string, 'must' | 'may' | 'no'> = new Map([
  ...`secure insecure rw ro sync async wdelay no_wdelay hide nohide crossmnt nocrossmnt subtree_check no_subtree_check
  auth_nlm no_auth_nlm secure_locks insecure_locks acl no_acl root_squash no_root_squash all_squash no_all_squash
  pnfs no_pnfs security_label nordirplus`
    .split(/\s+/)
    .map((name) => [name, 'no'] as const),
  ...['anonuid', 'anongid', 'fsid', 'sec', 'xprtsec', 'refer', 'replicas'].map(
    (name) => [name, 'must'] as const,
  ),
  ...['mountpoint', 'mp'].map((name) => [name, 'may'] as const),
]);

/** Options of which one takes back the other. */
const opposites: readonly (readonly [string, string])[] = [
  ['rw', 'ro'],
  ['sync', 'async'],
  ['secure', 'insecure'],
  ['wdelay', 'no_wdelay'],
  ['hide', 'nohide'],
  ['crossmnt', 'nocrossmnt'],
  ['subtree_check', 'no_subtree_check'],
  ['auth_nlm', 'no_auth_nlm'],
  ['secure_locks', 'insecure_locks'],
  ['acl', 'no_acl'],
  ['root_squash', 'no_root_squash'],
  ['all_squash', 'no_all_squash'],
  ['pnfs', 'no_pnfs'],
];

const values: Readonly<Record<string, RegExp>> = {
  anonuid: /^-?\d+$/,
  anongid: /^-?\d+$/,
  fsid: /^(\d+|root|[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12})$/i,
  sec: /^(sys|none|krb5[ip]?)(:(sys|none|krb5[ip]?))*$/,
  xprtsec: /^(none|m?tls)(:(none|m?tls))*$/,
  refer: /^\/\S*@\S+$/,
  replicas: /^\/\S*@\S+$/,
  mountpoint: /^\//,
  mp: /^\//,
};

/** One line: `PATH client(options) client(options)`. Blanks and other odd characters of the path become `\040`. */
export function printExport(path: string, clients: readonly string[], options: readonly string[]): string {
  const list = options.length > 0 ? `(${options.join(',')})` : '';
  return [escapePath(path), ...clients.map((client) => `${client}${list}`)].join(' ');
}

function escapePath(path: string): string {
  const octal = (character: string) => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`;
  return path.replace(/[\0-\x20"#\\\x7f]/g, octal);
}

/** Empty: exportfs takes it. A host name is not looked up. */
export function exportProblems(
  path: string,
  clients: readonly string[],
  options: readonly string[],
): string[] {
  const twice = clients.filter((client, at) => clients.indexOf(client) < at);
  return [
    ...pathProblems(path),
    ...(clients.length > 0
      ? []
      : ['no client: an export without one is for everybody; say * if that is meant']),
    ...clients.flatMap(clientProblems),
    ...twice.map((client) => `the client ${client} stands there twice`),
    ...options.flatMap(optionProblems),
    ...opposites
      .filter((pair) => pair.every((option) => options.includes(option)))
      .map(([one, other]) => `${one} and ${other} contradict each other`),
  ];
}

function pathProblems(path: string): string[] {
  if (!path.startsWith('/')) return [`the path ${JSON.stringify(path)} does not begin with /`];
  return path.split('/').some((part) => part === '..' || part === '.')
    ? [`the path ${path} has a . or .. in it`]
    : [];
}

function clientProblems(client: string): string[] {
  const told = JSON.stringify(client);
  if (client === '' || /[\s(),"#\\]/.test(client)) return [`${told} is no client`];
  if (client.startsWith('gss/')) return [`the client ${client} is an old form: use sec=krb5 as an option`];
  if (client.startsWith('-')) return [`${told} is no client: it begins with -`];
  if (client.startsWith('@')) return /^@[\w.-]+$/.test(client) ? [] : [`${told} is no netgroup`];
  if (client.includes('/')) return networkProblems(client);
  if (client.includes(':')) return parseIp(client) ? [] : [`${told} is no IPv6 address`];
  if (/^[\d.]+$/.test(client)) return parseIp(client) ? [] : [`${told} is no IPv4 address`];
  return /^[\w.*?[\]-]+$/.test(client) ? [] : [`${told} is no host name`];
}

function networkProblems(client: string): string[] {
  const [address = '', mask = ''] = client.split('/');
  const four = parseIp(address)?.version === 4;
  if (four && parseIp(mask)?.version === 4 && client.split('/').length === 2) return [];
  if (!parseNetwork(client)) return [`${JSON.stringify(client)} is no network`];
  return hasHostBits(client) ? [`${client} is an address of a network, not the network`] : [];
}

function optionProblems(option: string): string[] {
  const [name = '', ...rest] = option.split('=');
  const value = rest.length > 0 ? rest.join('=') : undefined;
  const takes = optionTable.get(name);
  if (!takes) return [`there is no option ${JSON.stringify(option)}`];
  if (takes === 'no') return value === undefined ? [] : [`the option ${name} takes no value`];
  if (value === undefined) return takes === 'must' ? [`the option ${name} needs a value: ${name}=…`] : [];
  // What would end the list, or the line.
  if (!values[name]?.test(value) || /[\s(),"#\\]/.test(value))
    return [`the option ${name} cannot be ${JSON.stringify(value)}`];
  return [];
}

export interface ExportClient {
  /** `*` is everybody, also where the file names no client. */
  readonly client: string;
  readonly options: readonly string[];
}

/** What a file exports: path → clients. Lines of one path add up. Never throws. */
export function parseExports(text: string): ReadonlyMap<string, readonly ExportClient[]> {
  const found = new Map<string, ExportClient[]>();
  for (const line of text.replace(/\\\n/g, ' ').split('\n')) {
    const [path, ...words] = wordsOf(line);
    if (path === undefined) continue;
    const clients = found.get(path) ?? [];
    let common: readonly string[] = [];
    let named = false;
    for (const word of words) {
      if (word.startsWith('-')) {
        common = splitOptions(word.slice(1));
        continue;
      }
      const [, client = '', list = ''] = /^([^(]*)(?:\(([^)]*)\)?)?$/.exec(word) ?? [];
      clients.push({ client: client || '*', options: [...common, ...splitOptions(list)] });
      named = true;
    }
    if (!named) clients.push({ client: '*', options: common });
    found.set(path, clients);
  }
  return found;
}

function splitOptions(list: string): string[] {
  return list.split(',').filter((option) => option !== '');
}

/** The words of a line without its comment: quotes keep blanks, a backslash with three octal digits is a character. */
function wordsOf(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  const token = /\\([0-7]{3})|"([^"]*)"?|(#.*)|(\s+)|([^\s"#\\]+|\\)/g;
  for (const [, octal, quoted, comment, blank, plain] of line.matchAll(token)) {
    if (comment !== undefined) break;
    if (blank !== undefined) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else
      word =
        (word ?? '') + (octal ? String.fromCharCode(Number.parseInt(octal, 8)) : (quoted ?? plain ?? ''));
  }
  return word === undefined ? words : [...words, word];
}
