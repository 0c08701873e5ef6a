/** What random guests of both kinds have: the keys that they share, and small values of them. It knows no schema. */

import fc from 'fast-check';

/** A guest as its file has it. */
export type GuestText = Readonly<Record<string, unknown>>;

/** Keys that are said or not, and true or false where they are. */
export function switches<K extends string>(...names: readonly K[]): Record<K, fc.Arbitrary<boolean>> {
  return Object.fromEntries(names.map((name) => [name, fc.boolean()])) as Record<K, fc.Arbitrary<boolean>>;
}

/** The hardware address of the card of that number, in any case. */
export function mac(at: number): fc.Arbitrary<string> {
  const last = at.toString(16).padStart(2, '0');
  return fc.constantFrom(
    `52:54:00:AB:CD:${last.toUpperCase()}`,
    `52:54:00:ab:cd:${last}`,
    `BC:24:11:00:00:${last}`,
  );
}

/** Notes, with whatever a person may type. */
const notes = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 12 }),
      fc.constantFrom(
        '',
        '100%',
        '#x',
        'a: b',
        '[snap]',
        '  indented',
        'back\\slash',
        '%0A',
        'tab\there',
        'ü漢',
      ),
    ),
    { maxLength: 4 },
  )
  .map((lines) => lines.join('\n'));

const rule = fc.record(
  {
    type: fc.constantFrom('in', 'out'),
    action: fc.constantFrom('ACCEPT', 'DROP', 'REJECT'),
    source: fc.constantFrom('10.0.0.0/24', '+admins', 'lan'),
    proto: fc.constant('tcp'),
    dport: fc.constantFrom('22', '80,443', '5900:5999'),
    log: fc.constantFrom('nolog', 'info'),
    comment: fc.constantFrom('x', 'with # hash | and ä'),
    ...switches('enable'),
  },
  { requiredKeys: ['type', 'action', 'proto'], noNullPrototype: true },
);

const firewall = fc
  .record(
    {
      enabled: fc.boolean(),
      policyIn: fc.constantFrom('ACCEPT', 'DROP', 'REJECT'),
      policyOut: fc.constantFrom('ACCEPT', 'DROP', 'REJECT'),
      rules: fc.dictionary(fc.constantFrom('a', 'b-1', 'c.d'), rule, { noNullPrototype: true }),
    },
    { requiredKeys: ['enabled'], noNullPrototype: true },
  )
  .map((own) => ({ ...own, aliases: { lan: '10.0.0.0/16' }, ipsets: { admins: ['10.0.0.8', '!10.0.0.9'] } }));

/** Of both kinds. */
export const common = {
  memory: fc.integer({ min: 16, max: 8192 }),
  cores: fc.integer({ min: 1, max: 8 }),
  tags: fc.array(fc.stringMatching(/^[a-z0-9_][a-z0-9_.+-]{0,5}$/), { maxLength: 4 }),
  description: notes,
  startup: fc.record(
    { order: fc.nat(99), up: fc.nat(99), down: fc.nat(99) },
    { requiredKeys: [], noNullPrototype: true },
  ),
  nameserver: fc.uniqueArray(fc.constantFrom('10.0.0.1', '9.9.9.9', 'fd00::1'), { maxLength: 3 }),
  searchdomain: fc.constantFrom('lan', 'lan.example.org'),
  state: fc.constantFrom('running', 'stopped'),
  restart: fc.constant('auto'),
  firewall,
  ...switches('onboot', 'protection'),
} as const;

/** Of a guest that exists, only a part can be otherwise: sizes grow, and drives of a protected one stay as they are. */
export function reachable(before: GuestText, { protection, ...wanted }: GuestText): GuestText {
  const free = before.protection === true ? {} : { protection };
  return Object.fromEntries(
    Object.entries({ ...wanted, ...(free.protection === undefined ? {} : free) }).map(([key, value]) => {
      const former = before[key];
      if (!isObject(value) || !isObject(former)) return [key, value];
      const size = Math.max(Number(value.size), Number(former.size));
      return [key, Number.isNaN(size) ? value : { ...value, size }];
    }),
  );
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
