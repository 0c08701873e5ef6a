/** Step `network`: the node's bridges in /etc/network/interfaces; stanzas that the configuration does not name stay. */

import type { Bridge, Hypervisor } from '../../src/config/fleet.ts';
import type { PhxTask } from '../../src/config/project.ts';
import type { Json } from '../../src/core/json.ts';
import { networkTask } from '../guest/names.ts';
import { fileScope, keepFile } from './files.ts';

const path = '/etc/network/interfaces';

export function networkStep({ network }: Hypervisor): PhxTask {
  const names = Object.keys(network.bridges);
  return {
    id: networkTask,
    target: 'hypervisor',
    title: 'bridges of the node',
    revision: '2',
    config: { bridges: network.bridges as unknown as Json },
    dependencies: [],
    outputs: Object.fromEntries(
      names.map((name) => [
        name,
        (facts) => (facts.host.bridges.has(name) ? stanzaOf(facts.files.get(path) ?? '', name) : undefined),
      ]),
    ),
    pools: ['network:host'],
    touches: ['host', fileScope(path)],
    run: async (context) => {
      const bridges = context.config.bridges as unknown as Readonly<Record<string, Bridge>>;
      const present = context.facts().files.get(path) ?? '';
      const wrote = await keepFile(context, path, withBridges(present, bridges));
      const down = Object.keys(bridges).some((name) => !context.facts().host.bridges.has(name));
      if (wrote || down) await context.run(['ifreload', '-a'], { deadline: 120_000 });
      return undefined;
    },
  };
}

/** The text with each bridge's stanza as wanted; one that says the same in another layout is left alone. */
export function withBridges(text: string, bridges: Readonly<Record<string, Bridge>>): string {
  let result = text;
  for (const [name, bridge] of Object.entries(bridges)) {
    const wanted = printBridge(name, bridge);
    const present = findStanza(result, name);
    if (!present) result = `${result.replace(/\n*$/, '\n')}\nauto ${name}\n${wanted}`;
    else if (normal(present.text) !== normal(wanted)) {
      result = result.slice(0, present.start) + wanted + result.slice(present.end);
    }
  }
  return result;
}

function printBridge(name: string, { address, gateway, ports, vlanAware }: Bridge): string {
  const lines = [
    `iface ${name} inet ${address ? 'static' : 'manual'}`,
    ...(address ? [`address ${address}`] : []),
    ...(gateway ? [`gateway ${gateway}`] : []),
    `bridge-ports ${ports.length > 0 ? ports.join(' ') : 'none'}`,
    'bridge-stp off',
    'bridge-fd 0',
    ...(vlanAware ? ['bridge-vlan-aware yes', 'bridge-vids 2-4094'] : []),
  ];
  return `${lines.join('\n\t')}\n`;
}

function findStanza(text: string, name: string): { start: number; end: number; text: string } | undefined {
  const head = new RegExp(`^iface ${name.replace(/[.]/g, '\\.')} inet .*\\n(?:[ \\t]+\\S.*\\n?)*`, 'm').exec(
    text,
  );
  return head ? { start: head.index, end: head.index + head[0].length, text: head[0] } : undefined;
}

/** A stanza whatever its indentation and the order of its options. */
function normal(stanza: string): string {
  const [head = '', ...options] = stanza.split('\n').map((line) => line.trim().replace(/\s+/g, ' '));
  return [head, ...options.filter((line) => line !== '').sort()].join('\n');
}

function stanzaOf(text: string, name: string): string | undefined {
  const stanza = findStanza(text, name);
  return stanza && normal(stanza.text);
}
