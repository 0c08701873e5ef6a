/** The keys that containers and VMs share, as the merged configuration has them. It knows no file and no other guest. */
import type { HealthCheck } from '../fleet.ts';
import { guestFirewall } from './firewall.ts';
import { ha } from './ha.ts';
import {
  absolutePath,
  anyAddress,
  configId,
  guestId,
  hostName,
  nodeName,
  pattern,
  projectFile,
  singleLine,
  storageId,
  templateName,
  whole,
} from './scalar.ts';
import { z } from './z.ts';

const params = z
  .record(z.string(), z.unknown())
  .default({})
  .meta({ description: 'Values that the template may read.' });

/** Also the words for the written form, in which a bare name does. */
export const layerRef = z.strictObject({ name: templateName, params }, 'a name, or { name, params }');

const check = z
  .strictObject({
    http: z.exactOptional(
      z.url({ protocol: /^https?$/, error: 'a URL such as http://localhost:8000/health' }),
    ),
    tcp: z.exactOptional(
      z.union(
        [whole(1, 65535), z.string().regex(/^[^\s:]+:\d{1,5}$/)],
        "a port, or 'host:port' as seen from the node",
      ),
    ),
    unit: z.exactOptional(pattern(/^[A-Za-z0-9:_.@\\][A-Za-z0-9:_.@\\-]*$/, 'the name of a unit')),
    file: z.exactOptional(absolutePath),
    exec: z.exactOptional(z.array(z.string()).min(1)),
    script: z.exactOptional(
      projectFile.meta({ description: 'A bash script of the project; exit 0 is well.' }),
    ),
    args: z.exactOptional(z.array(z.string()).meta({ description: 'Arguments of the script.' })),
    from: z.exactOptional(
      z.enum(['guest', 'node']).meta({ description: 'Where the check runs; in the guest without this.' }),
    ),
  })
  .refine(
    (value) =>
      ['http', 'tcp', 'unit', 'file', 'exec', 'script'].filter((key) => key in value).length === 1 &&
      (value.args === undefined || value.script !== undefined),
    'a health check has exactly one of http, tcp, unit, file, exec, script (args only beside script)',
  )
  .refine(
    (value) => value.from !== 'node' || (value.unit ?? value.file) === undefined,
    'unit and file are looked at inside the guest',
  )
  // The refinement says what the type of the union says; a union of five would say it in five unreadable ways.
  .meta({
    description: 'One check: exactly one of http, tcp, unit, file, exec, script.',
  }) as unknown as z.ZodType<HealthCheck>;

export const health = z.strictObject({
  checks: z.array(check).min(1),
  retries: whole(0).default(30).meta({ description: 'Further tries after the first.' }),
  interval: whole(1).default(5).meta({ description: 'Seconds between two tries.' }),
  deadline: whole(1).default(300).meta({ description: 'Seconds for all tries together.' }),
});

export const cloneSource = z
  .strictObject({
    from: guestId.meta({ description: 'Id of the guest to clone.' }),
    full: z.exactOptional(
      z.boolean().meta({
        description: 'A full copy, or a linked clone of a template; without it, what the storage can do.',
      }),
    ),
  })
  .meta({ description: 'Made by cloning this guest.' });

export const adopted = z.literal(true).meta({
  description:
    'It stood before phx knew of it (`phx adopt`): what it was made of is not known, and it cannot be made anew.',
});

/** Versions by layer and parameter, as `phx update` writes them. */
export const pins = z
  .record(
    z.string().regex(/^(feature|app):[a-z0-9][a-z0-9_-]*$/, 'a layer such as app:qdrant'),
    z.record(z.string(), singleLine.min(1)),
  )
  .meta({
    description:
      'Versions that `phx update` chose. A version that the parameters of the layer name counts before it.',
  });

/** Keys of both kinds. */
export const guestFields = {
  id: guestId.meta({ description: 'The VMID; the file is named <id>-<name>.json5.' }),
  tags: z.exactOptional(
    z.array(z.string().regex(/^[a-z0-9_][a-z0-9_.+-]*$/, 'a lower-case tag')).meta({
      description: 'Tags of Proxmox; `phx run tag:<name>` names all guests that carry one.',
    }),
  ),
  description: z.exactOptional(
    z.string().max(8000).meta({ description: 'Notes shown in the web interface.' }),
  ),
  node: z.exactOptional(
    nodeName.meta({
      description:
        'Of a cluster, the node that it is made on (a clone: where a storage is shared); where it lives later is observed.',
    }),
  ),
  place: z.exactOptional(
    z
      .strictObject({
        by: z.enum(['memory', 'disk']).meta({ description: 'What the chosen node has most left of.' }),
        among: z.array(nodeName).min(1),
      })
      .meta({ description: 'Of a cluster: it is made on the one of these nodes that has most left.' }),
  ),
  migrate: z.exactOptional(
    z.enum(['offline', 'online']).meta({
      description:
        'Whether it is moved to `node` when it lives elsewhere, stopped or while it runs (a container restarts); without it, it stays.',
    }),
  ),
  cores: z.exactOptional(whole(1, 8192).meta({ description: 'Hardware threads the guest may use.' })),
  memory: whole(16).meta({ description: 'Memory in MiB.' }),
  onboot: z.exactOptional(z.boolean().meta({ description: 'Started with the node.' })),
  startup: z.exactOptional(
    z
      .strictObject({
        order: z.exactOptional(whole(0)),
        up: z.exactOptional(whole(0).meta({ description: 'Seconds to wait after the start.' })),
        down: z.exactOptional(whole(0).meta({ description: 'Seconds to wait for the shutdown.' })),
      })
      .meta({ description: 'Order and delays of start and shutdown with the node.' }),
  ),
  protection: z.exactOptional(z.boolean().meta({ description: 'Proxmox refuses to remove the guest.' })),
  nameserver: z.exactOptional(
    z.array(anyAddress).meta({ description: "DNS servers; the node's own without this." }),
  ),
  searchdomain: z.exactOptional(hostName),
  state: z.enum(['running', 'stopped']).meta({
    description: 'What the guest is kept as once built. Clone sources are stopped.',
  }),
  layers: z.array(layerRef).meta({ description: 'Feature scripts (templates/features), in order.' }),
  app: z.exactOptional(layerRef),
  pins: z.exactOptional(pins),
  health: z.exactOptional(health.meta({ description: 'How one sees that the guest does its work.' })),
  firewall: z.exactOptional(guestFirewall),
  snapshot: z.exactOptional(
    configId.meta({ description: 'Snapshot taken after health; what clones are made from.' }),
  ),
  dependencies: z.array(guestId).meta({
    description: "Guests whose health this one's features and application wait for at first build.",
  }),
  tests: z.exactOptional(
    z.array(check).min(1).meta({ description: 'Slower checks, for `phx check --integration` only.' }),
  ),
  restart: z.enum(['auto', 'manual']).meta({
    description:
      'Whether a change that waits for a restart gets it, or is only reported (--restart does it).',
  }),
  rollback: z.enum(['on-failure', 'never']).meta({
    description:
      'Whether a layer that was applied anew and leaves the guest unwell is taken back (see safety), or a person decides.',
  }),
  safety: z
    .strictObject({
      by: z.enum(['snapshot', 'dataset', 'backup', 'none']),
      keep: whole(1).meta({ description: 'How many of these stay.' }),
      storage: z.exactOptional(
        storageId.meta({ description: 'Where backups go; else the first storage that takes them.' }),
      ),
    })
    .meta({
      description:
        'What is taken before a layer that stands is applied anew: a snapshot of the guest, one of the ZFS dataset or volume of its root alone (its data beside that stays in the present), or a backup.',
    }),
  ha: z.exactOptional(ha),
  exports: z.exactOptional(
    z.record(z.string(), z.union([z.string(), z.number()])).meta({
      description: "Values that other guests' templates may read, such as { port: 8000 }.",
    }),
  ),
  drift: z.enum(['mend', 'ask', 'report']).meta({ description: 'What to do about changes made by hand.' }),
  ignore: z.array(z.string()).meta({ description: 'Keys that phx leaves as it finds them.' }),
};
