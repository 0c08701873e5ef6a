/** What a phoenixfile says of its nodes, checked: how each is reached. Pure. */

import { isSecretRef } from '../config/secrets.ts';
import { didYouMean } from '../core/suggest.ts';

type Given = Readonly<Record<string, unknown>>;

/** What phx cannot work with of one of `nodes`. */
export function oddNode(name: string, node: unknown): string | undefined {
  if (!/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/i.test(name) || ['twin', 'local', 'cluster'].includes(name))
    return `nodes: "${name}" cannot be the name of a node`;
  if (node === 'local') return undefined;
  const { ssh, config, api, ...more } = given(node);
  const texts = [ssh ?? 'x', config ?? ''].every((text) => typeof text === 'string');
  const reached = ssh !== undefined || (api !== undefined && config === undefined);
  const whole = texts && /^[^\s-]\S*$/.test(String(ssh ?? 'x')) && Object.keys(more).length === 0;
  if (!whole || !reached)
    return `nodes.${name} is 'local' or { ssh: 'root@address' }, with config and api beside; or api alone, to be looked at`;
  return api === undefined ? undefined : oddApi(`nodes.${name}.api`, api);
}

/** Where a token was written into the file itself: shows nothing of it. */
export function heldToken(nodes: unknown): string | undefined {
  const [name] =
    Object.entries(given(nodes)).find(
      ([, node]) => tokenOf(node) !== undefined && !isSecretRef(tokenOf(node)),
    ) ?? [];
  return name === undefined
    ? undefined
    : `nodes.${name}.api.token is { secret: 'env:PHX_API' }: the token itself belongs into no file of a project`;
}

function tokenOf(node: unknown): unknown {
  return given(given(node).api).token;
}

function oddApi(at: string, api: unknown): string | undefined {
  const known = ['url', 'token', 'fingerprint'];
  const { url, token, fingerprint } = given(api);
  const unknown = Object.keys(given(api)).find((key) => !known.includes(key));
  if (unknown !== undefined)
    return `${at} has no key "${unknown}": ${didYouMean(unknown, known) ?? known.join(', ')}`;
  if (!isAddress(url)) return `${at}.url is the address of the node's API, 'https://10.0.0.11:8006'`;
  if (!isSecretRef(token))
    return `${at}.token is { secret: 'env:PHX_API' }, and what is there user@realm!name=uuid`;
  if (fingerprint !== undefined && !/^[0-9a-f]{2}(:[0-9a-f]{2}){31}$/i.test(String(fingerprint)))
    return `${at}.fingerprint is SHA-256 of the node's certificate, 'AB:CD:…' with 32 pairs, as pvenode cert info tells it`;
  return undefined;
}

/** Encrypted, and nothing but the machine: no user, no path. */
function isAddress(url: unknown): boolean {
  if (typeof url !== 'string' || !URL.canParse(url)) return false;
  const { protocol, username, password, pathname, search, hash } = new URL(url);
  return protocol === 'https:' && `${username}${password}${search}${hash}` === '' && pathname === '/';
}

function given(value: unknown): Given {
  return typeof value === 'object' && value !== null ? (value as Given) : {};
}
