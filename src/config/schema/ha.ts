/** What the HA manager of a cluster keeps, and where, as `ha-manager` takes it. It knows no other key. */
import { configId, guestId, pattern, singleLine, whole } from './scalar.ts';
import { z } from './z.ts';

/** Of a guest. */
export const ha = z
  .strictObject({
    state: z.exactOptional(
      z.enum(['started', 'stopped', 'ignored']).meta({
        description: "Without it, what the guest's own `state` says; ignored: the manager leaves it alone.",
      }),
    ),
    max_restart: z.exactOptional(
      whole(0).meta({ description: 'Tries to start it again on the same node; 1 without it.' }),
    ),
    max_relocate: z.exactOptional(
      whole(0).meta({ description: 'Tries on another node after that; 1 without it.' }),
    ),
    failback: z.exactOptional(
      z.boolean().meta({ description: 'Whether it goes back to the node that a rule prefers (PVE 9.2).' }),
    ),
    comment: z.exactOptional(singleLine.max(4000)),
  })
  .meta({
    description:
      'Of a cluster: the HA manager starts it, keeps it running, and takes it over when its node is lost.',
  });

const rule = {
  resources: z.array(guestId).min(1).meta({ description: 'Ids of guests that have ha.' }),
  disable: z.exactOptional(z.boolean()),
  comment: z.exactOptional(singleLine.max(4000)),
};
const withPriority = pattern(
  /^[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(:\d{1,4})?$/,
  'a node, or one with its priority such as pve1:2',
);

/** Of the cluster. */
export const haRules = z
  .record(
    configId,
    z.discriminatedUnion('type', [
      z.strictObject({
        type: z.literal('node-affinity'),
        ...rule,
        nodes: z
          .array(withPriority)
          .min(1)
          .meta({ description: 'Nodes; with priorities (pve1:2) the highest one counts that is there.' }),
        strict: z.exactOptional(z.boolean().meta({ description: 'On no other node at all.' })),
      }),
      z.strictObject({
        type: z.literal('resource-affinity'),
        ...rule,
        affinity: z.enum(['positive', 'negative']).meta({ description: 'Kept together, or apart.' }),
      }),
    ]),
  )
  .meta({ description: 'Where guests may run that the HA manager keeps, by name of the rule (PVE 9).' });
