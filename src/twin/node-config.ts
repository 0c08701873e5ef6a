/** What /etc/pve/nodes/N/config says, and `pvenode config` (B161; the rest is from the source of Proxmox VE 8.4). */

import { sha1 } from '../core/digest.ts';
import { decodeText, encodeText, sorted, splitList } from '../proxmox/conf.ts';
import { type Call, type Program, refuse } from './call.ts';
import type { Spec } from './formats.ts';
import { nodeFile, writeNodeFile } from './node-files.ts';
import { type Given, readOptions, type Verb } from './options.ts';
import type { DataRow } from './tables.ts';

const domain: Spec = {
  props: {
    alias: { pattern: /^[a-z0-9_][a-z0-9_-]*(\.[a-z0-9_][a-z0-9_-]*)+$/i },
    domain: { format: 'pve-acme-domain', required: true },
    plugin: { format: 'pve-configid' },
  },
  defaultKey: 'domain',
};

const keys: Readonly<Record<string, Spec>> = {
  acme: { props: { account: { format: 'pve-configid' }, domains: {} } },
  ...Object.fromEntries([0, 1, 2, 3, 4, 5].map((n) => [`acmedomain${n}`, domain])),
  'ballooning-target': { type: 'integer', min: 0, max: 100 },
  description: { maxLength: 64 * 1024 },
  'startall-onboot-delay': { type: 'integer', min: 0, max: 300 },
  wakeonlan: {
    props: {
      'bind-interface': { format: 'pve-iface' },
      'broadcast-address': { format: 'ipv4' },
      mac: { format: 'mac-addr', required: true },
    },
    defaultKey: 'mac',
  },
};
export const nodeConfigGet: Readonly<Record<string, Spec>> = {
  property: { values: sorted(Object.keys(keys)) },
};
export const nodeConfigSet: Readonly<Record<string, Spec>> = {
  ...keys,
  delete: { format: 'pve-configid-list' },
  digest: { maxLength: 64 },
};

function fileOf({ state }: Call): string {
  return `/etc/pve/nodes/${state.hardware.node}/config`;
}

/** Nothing at all where there is no file. */
function read(call: Call): Map<string, string> {
  const text = nodeFile(call.state, fileOf(call));
  const config = new Map<string, string>();
  if (!text) return config;
  config.set('description', '');
  for (const line of text.split('\n').map((one) => one.trim())) {
    const note = /^#(.*)$/.exec(line)?.[1] ?? /^description:\s*(.*\S)$/.exec(line)?.[1];
    const [, key = '', value = ''] = /^(\S+?):\s*(.*)$/.exec(line) ?? [];
    if (note !== undefined) config.set('description', `${config.get('description')}${decodeText(note)}\n`);
    else if (Object.hasOwn(keys, key)) config.set(key, value);
    else if (key !== '')
      call.err(
        `parse error in '${fileOf(call)}' - '${key}': property is not defined in schema and the schema does not allow additional properties\n`,
      );
    else if (line !== '') call.err(`ignore config line: ${line}\n`);
  }
  return config;
}

function textOf(config: ReadonlyMap<string, string>): string {
  const notes = (config.get('description') ?? '').replace(/\n+$/, '');
  const comment =
    notes === ''
      ? ''
      : notes
          .split('\n')
          .map((line) => `#${encodeText(line)}\n`)
          .join('');
  const lines = sorted(config.keys()).filter((key) => key !== 'description');
  return comment + lines.map((key) => `${key}: ${config.get(key)}\n`).join('');
}

/** As the interface answers it: all of it, or one of its values. */
export function nodeConfig(call: Call, { values }: Given): DataRow {
  const config = read(call);
  const wanted = values.get('property');
  if (wanted !== undefined) return config.has(wanted) ? { [wanted]: config.get(wanted) } : {};
  if (config.size === 0) return {};
  return { ...Object.fromEntries(config), digest: sha1(nodeFile(call.state, fileOf(call)) ?? '') };
}

export function setNodeConfig(call: Call, { values }: Given): undefined {
  const config = read(call);
  const digest = values.get('digest');
  if (digest && config.size > 0 && digest !== sha1(nodeFile(call.state, fileOf(call)) ?? ''))
    refuse('detected modified configuration - file changed by other user? Try again.');
  for (const key of Object.keys(keys)) {
    const value = values.get(key);
    if (value !== undefined) config.set(key, value);
  }
  // What is not known is deleted without a word.
  for (const key of splitList(values.get('delete') ?? '')) config.delete(key);
  for (const [key, value] of config)
    if (key !== 'description' && value.includes('\n'))
      refuse(`detected invalid newline inside property '${key}'`);
  writeNodeFile(call.state, fileOf(call), textOf(config), 0o640);
}

const verbs: Readonly<Record<string, Verb>> = {
  get: { args: {}, options: nodeConfigGet },
  set: { args: {}, options: nodeConfigSet },
};

export const pvenode: Program = (call) => {
  const [topic = '', verb = '', ...rest] = call.args;
  const spec = topic === 'config' && Object.hasOwn(verbs, verb) ? verbs[verb] : undefined;
  if (!spec) {
    const words = [topic, verb].filter(Boolean).join(' ');
    const said = words === '' ? 'no command specified' : `unknown command 'pvenode ${words}'`;
    return refuse(`ERROR: ${said}\nUSAGE: pvenode <COMMAND> [ARGS] [OPTIONS]`);
  }
  const given = readOptions('pvenode config', verb, spec, rest);
  if (verb === 'set') return setNodeConfig(call, given);
  const { digest: _, ...config } = nodeConfig(call, given);
  call.out(textOf(new Map(Object.entries(config).map(([key, value]) => [key, String(value)]))));
  return undefined;
};
