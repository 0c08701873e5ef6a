/**
 * The files as people write them: every key optional and deletable by null, interfaces and mounts at top level, a layer
 * by its bare name. Derived from the schemas of the merged configuration, so the two cannot drift apart.
 */
import { families, gathered } from '../families.ts';
import { container, containerNet, device, mount } from './container.ts';
import { layerRef, pins } from './guest.ts';
import { hypervisor } from './hypervisor.ts';
import { partial } from './partial.ts';
import { guestId } from './scalar.ts';
import { members, vm } from './vm.ts';
import { z } from './z.ts';

const schemaKey = z.string().meta({ description: 'The JSON Schema that editors check this file with.' });
const profileName = z.string().min(1);
const extended = z
  .union([profileName, z.array(profileName)], "a profile's name or a list of them")
  .meta({ description: 'Profiles that this one rests on, lowest first: config/profiles/<name>.json5.' });

const named = z.union([z.string().min(1), layerRef], 'a name, or { name, params }');
const written = {
  layers: z
    .array(named)
    .meta({ description: 'Feature scripts (templates/features), in order: a name, or { name, params }.' }),
  app: named.meta({ description: 'Application script (templates/apps): a name, or { name, params }.' }),
};

/** net0 … net31 and the like, all of one schema. */
function numbered(
  kind: 'ct' | 'vm',
  schemas: Readonly<Record<string, z.ZodType>>,
): Record<string, z.ZodType> {
  return Object.fromEntries(
    Object.entries(schemas).flatMap(([name, schema]) => {
      const one = partial(schema);
      const { last = 0 } = families[kind][name] ?? {};
      return Array.from({ length: last + 1 }, (_, n) => [`${name}${n}`, one] as const);
    }),
  );
}

function writtenForm(shape: Record<string, z.ZodType>): Record<string, z.ZodType> {
  const elsewhere = new Set([...gathered, 'id', 'kind']);
  const keys = Object.entries({ ...shape, ...written }).filter(([key]) => !elsewhere.has(key));
  return Object.fromEntries(keys.map(([key, schema]) => [key, partial(schema)]));
}

const ct = {
  ...writtenForm(container.shape),
  ...numbered('ct', { net: containerNet, mp: mount, dev: device }),
};
const vmKeys = { ...writtenForm(vm.shape), ...numbered('vm', members) };
const optional = (shape: Record<string, z.ZodType>): Record<string, z.ZodType> =>
  Object.fromEntries(Object.entries(shape).map(([key, schema]) => [key, schema.optional()]));

const head = { $schema: schemaKey.optional() };
const guestHead = { ...head, id: guestId.optional(), extends: extended.optional() };

/** config/guests/<id>-<name>.json5 of a container. */
export const containerFile = z.strictObject({
  ...guestHead,
  kind: z.literal('ct').optional(),
  ...optional(ct),
});
/** config/guests/<id>-<name>.json5 of a VM. */
export const vmFile = z.strictObject({ ...guestHead, kind: z.literal('vm').optional(), ...optional(vmKeys) });

/** Either kind's keys: where both have one of the same name, either form. */
const both = Object.fromEntries(
  [...new Set([...Object.keys(ct), ...Object.keys(vmKeys)])].map((key) => {
    const [one, other] = [ct[key], vmKeys[key]];
    return [
      key,
      one && other && /^(net\d+|arch|ostype|cpulimit|cpuunits)$/.test(key)
        ? z.union([one, other])
        : (one ?? other ?? z.never()),
    ];
  }),
);

/** config/profiles/<name>.json5. */
export const profileFile = z.strictObject({ ...head, extends: extended.optional(), ...optional(both) });
/** config/defaults.json5. */
export const defaultsFile = z.strictObject({
  ...head,
  ct: z.strictObject(optional(ct)).optional().meta({ description: 'Every container starts from these.' }),
  vm: z.strictObject(optional(vmKeys)).optional().meta({ description: 'Every VM starts from these.' }),
});
/** config/pins.json5: versions by guest, written by `phx update`. */
export const pinsFile = z.record(
  z.string().regex(/^[1-9]\d*$/, 'the id of a guest'),
  z.strictObject({ pins }),
);
/** config/hypervisor.json5, and config/nodes/<name>.json5 for what of it is another thing there. */
export const hypervisorFile = z.strictObject({
  ...head,
  ...optional(
    Object.fromEntries(Object.entries(hypervisor.shape).map(([key, schema]) => [key, partial(schema)])),
  ),
});
