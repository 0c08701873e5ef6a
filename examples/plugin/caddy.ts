/**
 * A plugin as somebody else would write it: Caddy in a container as the one way in to what the fleet exports. It brings along
 * the layer that installs Caddy, and a task that keeps its routes.
 */

import {
  addressOf,
  type Fleet,
  feature,
  guestTasks,
  nameOf,
  type PhxTask,
  plugin,
  refuse,
  task,
} from 'phoenix-orchestrator';

export interface CaddySettings {
  /** Id of the container that Caddy is in. */
  readonly guest: number;
  /** Each guest that exports a port is there as `<its name>.<domain>`. */
  readonly domain: string;
  /** Folder on the node that the container mounts at /etc/caddy/fleet. */
  readonly folder: string;
}

/** Guests name it in their layers: `{ name: 'caddy', params: { port: 8080 } }`. */
const caddyLayer = feature('caddy', {
  description: 'Caddy, with the routes of the fleet.',
  params: {
    port: { type: 'integer', format: 'port', default: 80, description: 'port that it listens on' },
  },
  provides: ['package caddy', 'unit caddy', 'port {{port}}'],
  verify: ['package:caddy', 'unit:caddy', 'port:{{port}}'],
  script: `
{{> base}}
{{> apt}}
{{> unit}}

apt_install caddy
{{#file "/etc/caddy/Caddyfile"}}
{
  auto_https off
  http_port {{port}}
}
import /etc/caddy/fleet/*.caddy
{{/file}}
settle_unit caddy /etc/caddy/Caddyfile
`,
});

export const caddy = plugin<CaddySettings>({
  name: 'caddy',
  settings: {
    guest: (value) => (Number.isInteger(value) ? undefined : 'the id of a container, such as 104'),
    domain: (value) =>
      typeof value === 'string' && /^[a-z0-9-]+(\.[a-z0-9-]+)*$/.test(value)
        ? undefined
        : "a domain, such as 'home.example'",
    folder: (value) =>
      typeof value === 'string' && value.startsWith('/')
        ? undefined
        : "an absolute path, such as '/srv/caddy'",
  },
  features: [caddyLayer],
  tasks: ({ guest, domain, folder }, { fleet }) => {
    const container = fleet.guests[guest];
    if (container?.kind !== 'ct' || !container.layers.some(({ name }) => name === 'caddy'))
      throw refuse({
        title: `caddy() in phoenixfile.ts names guest ${guest}, which is no container with the layer caddy`,
        hint: `Write layers: ['caddy'] into its file, and mount ${folder} at /etc/caddy/fleet.`,
      });
    // In a cluster they are done on the node that the guest lives on.
    return guestTasks(guest, fleet, [routesTask(guest, folder, routesOf(fleet, domain))]);
  },
});

/** Host name → where it leads to. */
function routesOf(fleet: Fleet, domain: string): Readonly<Record<string, string>> {
  const routes = Object.values(fleet.guests).flatMap((guest) => {
    const { port } = guest.exports ?? {};
    if (port === undefined) return [];
    const address = addressOf(guest);
    if (address === '')
      throw refuse({
        title: `Guest ${guest.id} exports port ${port}, and has no address of its own`,
        hint: 'Caddy has to find it: give it a static address instead of dhcp.',
      });
    return [[`${nameOf(guest)}.${domain}`.toLowerCase(), `${address}:${port}`] as const];
  });
  return Object.fromEntries(routes.sort());
}

function routesTask(guest: number, folder: string, routes: Readonly<Record<string, string>>): PhxTask {
  const path = `${folder}/fleet.caddy`;
  return task({
    id: `ctid:${guest}/caddy:routes`,
    title: 'routes of the fleet',
    // An edit of one route makes the task stale, and says which one.
    config: { routes },
    after: [`hypervisor/directory:${folder}`, `ctid:${guest}/feature:caddy`],
    // Looked at in every run: a file that was edited or removed by hand is put right.
    outputs: { routes: (facts) => facts.files.get(path) },
    touches: [`file:${path}`],
    pools: [`guest:${guest}`],
    run: async (context) => {
      const text = textOf(context.config.routes);
      const differs = context.facts().files.get(path) !== text;
      if (differs) await context.writeFile(path, text);
      // Whoever died between the two lines left a file that Caddy has not read.
      if (!(differs || context.unsettled()) || !context.facts().guests.get(guest)?.running) return undefined;
      // Caddy looks at them first: what it does not take fails here, and it goes on with those that it has.
      await context.run(['pct', 'exec', String(guest), '--', 'systemctl', 'reload', 'caddy'], {
        undo: 'again',
      });
      return undefined;
    },
  });
}

function textOf(routes: Readonly<Record<string, string>>): string {
  const sites = Object.entries(routes).map(([name, to]) => `http://${name} {\n  reverse_proxy ${to}\n}\n`);
  return `# Written by phx: edits are lost.\n${sites.join('')}`;
}
