/**
 * Step `network`: the node's bridges in /etc/network/interfaces, staged as one text and applied once, on trial. Stanzas
 * that the configuration does not name stay as they are.
 */

import type { Bridge, Hypervisor } from '../../src/config/fleet.ts';
import type { PhxTask } from '../../src/config/project.ts';
import { BlockedError } from '../../src/core/error.ts';
import type { Json } from '../../src/core/json.ts';
import type { TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { networkTask } from '../guest/names.ts';
import { fileScope, lookAt } from './files.ts';
import { applyOnTrial, settleTrial } from './trial.ts';

const path = '/etc/network/interfaces';
/** Where Proxmox keeps what was changed in its web interface and not applied yet (B136). */
const pendingPath = '/etc/network/interfaces.new';
/** Proxmox keeps comments at the end of a stanza, and shows them with the bridge (B136). */
const stanzaMark = '#managed by phx';

export function networkStep({ network, commitConfirm }: Hypervisor): PhxTask {
  const names = Object.keys(network.bridges);
  return {
    id: networkTask,
    target: 'hypervisor',
    title: 'bridges of the node',
    revision: '3',
    config: { bridges: network.bridges as unknown as Json },
    initial: { commitConfirm },
    dependencies: [],
    outputs: Object.fromEntries(
      names.map((name) => [
        name,
        (facts) => (facts.host.bridges.has(name) ? stanzaOf(facts.files.get(path) ?? '', name) : undefined),
      ]),
    ),
    pools: ['network:host'],
    touches: ['host', fileScope(path)],
    putBack: async (context, files) => {
      await settleTrial(context, 'network');
      await applyOnTrial(context, {
        name: 'network',
        seconds: commitConfirm,
        files,
        reload: ['ifreload', '-a'],
      });
    },
    run: async (context) => {
      await settleTrial(context, 'network');
      const bridges = context.config.bridges as unknown as Readonly<Record<string, Bridge>>;
      const present = (await lookAt(context, path)) ?? '';
      const wanted = withBridges(present, bridges);
      const { host } = await context.refresh(['host']);
      if (wanted === present && Object.keys(bridges).every((name) => host.bridges.has(name)))
        return undefined;
      await refusePending(context);
      await applyOnTrial(context, {
        name: 'network',
        seconds: Number(context.initial.commitConfirm),
        files: new Map([[path, wanted]]),
        reload: ['ifreload', '-a'],
        check: await stillAnswers(context, bridges),
      });
      return undefined;
    },
  };
}

/** What was staged in the web interface would be lost by ours, or ours by it (B140). */
async function refusePending(context: TaskContext<Facts>): Promise<void> {
  const pending = await context.readFile(pendingPath);
  if (pending === undefined || pending === (await context.readFile(path))) return;
  throw new BlockedError({
    title: 'Network changes of the web interface wait to be applied',
    facts: [['file', pendingPath]],
    hint: 'Apply or revert them there first (System, Network); then run again.',
    command: `rm ${pendingPath}`,
  });
}

/** Gateways that answer before the change must answer after it. */
async function stillAnswers(
  context: TaskContext<Facts>,
  bridges: Readonly<Record<string, Bridge>>,
): Promise<() => Promise<string | undefined>> {
  const answers = async (gateway: string) =>
    (await context.ask(['ping', '-c', '1', '-W', '2', gateway])).exit === 0;
  const before: string[] = [];
  for (const { gateway } of Object.values(bridges))
    if (gateway && (await answers(gateway))) before.push(gateway);
  return async () => {
    for (const gateway of before) {
      const look = async () =>
        (await answers(gateway)) ? { answer: true } : { seen: `${gateway} does not answer` };
      await context.until({ what: `gateway ${gateway}`, deadline: 15_000, interval: 1000, look });
    }
    return undefined;
  };
}

/**
 * The text with each bridge's stanza as wanted; one that says the same in another layout is left alone. Options that the
 * configuration cannot say (mtu, post-up …) stay in their stanza.
 */
export function withBridges(text: string, bridges: Readonly<Record<string, Bridge>>): string {
  let result = text;
  for (const [name, bridge] of Object.entries(bridges)) {
    const present = findStanza(result, name);
    const others = present ? optionsOf(present.text).filter((line) => !isOurs(line)) : [];
    const wanted = printBridge(name, bridge, others);
    const listed = new RegExp(`^auto\\b.*\\s${quoted(name)}(\\s|$)`, 'm').test(result);
    const auto = listed ? '' : `auto ${name}\n`;
    if (!present) result = `${result.replace(/\n*$/, '\n')}\n${auto}${wanted}`;
    else if (auto !== '' || normal(present.text) !== normal(wanted))
      result = result.slice(0, present.start) + auto + wanted + result.slice(present.end);
  }
  return result;
}

/** Options that a bridge of the configuration decides on. */
function isOurs(line: string): boolean {
  return /^(address|netmask|gateway|bridge[-_](ports|stp|fd|vlan[-_]aware|vids))\b/.test(line);
}

function printBridge(
  name: string,
  { address, gateway, ports, vlanAware }: Bridge,
  others: readonly string[],
): string {
  const lines = [
    `iface ${name} inet ${address ? 'static' : 'manual'}`,
    ...(address ? [`address ${address}`] : []),
    ...(gateway ? [`gateway ${gateway}`] : []),
    `bridge-ports ${ports.length > 0 ? ports.join(' ') : 'none'}`,
    'bridge-stp off',
    'bridge-fd 0',
    ...(vlanAware ? ['bridge-vlan-aware yes', 'bridge-vids 2-4094'] : []),
    ...others,
  ];
  return `${lines.join('\n\t')}\n${stanzaMark}\n`;
}

/** A stanza of interfaces(5): from its head to the last option before the next stanza, indented or not. */
function findStanza(text: string, name: string): { start: number; end: number; text: string } | undefined {
  const start = new RegExp(`^[ \\t]*iface ${quoted(name)} inet .*$`, 'm').exec(text)?.index;
  if (start === undefined) return undefined;
  let end = text.indexOf('\n', start) + 1 || text.length;
  for (let at = end; at < text.length; ) {
    const next = text.indexOf('\n', at) + 1 || text.length;
    const line = text.slice(at, next).trim();
    if (/^(iface|auto|allow-\S+|mapping|source(-directory)?|rename|no-auto-down|no-scripts)\b/.test(line))
      break;
    if (line !== '' && (!line.startsWith('#') || line === stanzaMark)) end = next;
    at = next;
  }
  return { start, end, text: text.slice(start, end) };
}

/** The options of a stanza, one blank between words, without comments. */
function optionsOf(stanza: string): string[] {
  return stanza
    .split('\n')
    .slice(1)
    .map((line) => line.trim().replace(/\s+/g, ' '))
    .filter((line) => line !== '' && !line.startsWith('#'));
}

function quoted(name: string): string {
  return name.replace(/[.]/g, '\\.');
}

/** A stanza whatever its indentation and the order of its options. */
function normal(stanza: string): string {
  const head = (stanza.split('\n')[0] ?? '').trim().replace(/\s+/g, ' ');
  return [head, ...optionsOf(stanza).sort()].join('\n');
}

/** What we decide on of a stanza: the rest of it is a person's. */
function stanzaOf(text: string, name: string): string | undefined {
  const stanza = findStanza(text, name);
  if (!stanza) return undefined;
  const [head = '', ...options] = normal(stanza.text).split('\n');
  return [head, ...options.filter(isOurs)].join('\n');
}
