/**
 * Files that are both read and printed: what is printed is read as the same, over every text that a recorded Proxmox VE
 * wrote and over random ones; and the normal form of a key is its own normal form.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { emptyConf, emptySection, type GuestConf, parseConf, printConf } from '../../src/proxmox/conf.ts';
import { normalKey } from '../../src/proxmox/ct-keys.ts';
import { type FirewallFile, parseFirewall, printFirewall } from '../../src/proxmox/firewall-file.ts';
import { parseSections } from '../../src/proxmox/sections.ts';
import { parseSmbConf, printShare } from '../../src/proxmox/smb-conf.ts';
import { normalVmKey } from '../../src/proxmox/vm-keys.ts';
import { parseStorageCfg, printStorageCfg } from '../../src/twin/storage-cfg.ts';
import { parseUserCfg, printUserCfg } from '../../src/twin/user-cfg.ts';
import { recordingsIn, type Step } from '../conformance/recording.ts';
import { everything, seed } from '../faults/seed.ts';

const runs = { numRuns: everything ? 5000 : 300, seed };

/** Every recorded text of files of that name, and whether Proxmox wrote it: not an editor, in any step before. */
function recorded(name: RegExp): { readonly text: string; readonly own: boolean; readonly told: string }[] {
  const folder = fileURLToPath(new URL('../fixtures/pve', import.meta.url));
  return recordingsIn(folder).flatMap(({ scenario, steps }) => {
    const edited = new Set<string>();
    return steps.flatMap((step, at) => {
      for (const path of editedBy(step)) edited.add(path);
      return Object.entries(step.after ?? {}).flatMap(([path, text]) =>
        name.test(path) && typeof text === 'string'
          ? [{ text, own: !edited.has(path), told: `${scenario}, step ${at}, ${path}` }]
          : [],
      );
    });
  });
}

function editedBy({ do: what, path = '' }: Step): string[] {
  return what === 'write' || what === 'append' ? [path.replace(/^\/etc\/pve\//, '')] : [];
}

function proveRecorded<T>(
  name: RegExp,
  least: number,
  parse: (text: string) => T,
  print: (value: T) => string,
  asWritten: (text: string) => boolean = () => true,
): void {
  const texts = recorded(name);
  assert.ok(texts.length >= least, `${texts.length} of ${name}`);
  for (const { text, own, told } of texts) {
    const parsed = parse(text);
    const printed = print(parsed);
    assert.deepEqual(parse(printed), parsed, told);
    assert.equal(print(parse(printed)), printed, told);
    if (own && asWritten(text)) assert.equal(printed, text, told);
  }
}

test('every recorded conf of a guest is read, printed and read again as the same', () => {
  const without = (conf: GuestConf): GuestConf => ({ ...conf, unknown: [] });
  // Proxmox puts one blank more behind an empty value when it writes them for the second time (B56).
  for (const [name, kind] of [
    [/^lxc\//, 'ct'],
    [/^qemu-server\//, 'vm'],
  ] as const)
    proveRecorded(
      name,
      80,
      (text) => without(parseConf(text, kind)),
      printConf,
      (text) => !/^\w+: $/m.test(text),
    );
});

test('every recorded storage.cfg, user.cfg and firewall file is read, printed and read again as the same', () => {
  proveRecorded(/^storage\.cfg$/, 30, parseStorageCfg, printStorageCfg, () => false);
  // What names a role that is gone stands in the file until its next write.
  const dead = (text: string) => {
    const told: string[] = [];
    parseUserCfg(text, (line) => told.push(line));
    return told.length > 0;
  };
  proveRecorded(
    /^user\.cfg$/,
    50,
    (text) => parseUserCfg(text, () => {}),
    printUserCfg,
    (text) => !dead(text),
  );
  const said = ({ head: _, unknown: __, ...rest }: ReturnType<typeof parseFirewall>): FirewallFile => rest;
  // Proxmox writes options in random order (B141).
  proveRecorded(
    /\.fw$/,
    60,
    (text) => said(parseFirewall(text)),
    (file) => printFirewall(file),
    () => false,
  );
});

test('the normal form of every recorded value of a guest is its own normal form', () => {
  for (const { text, told } of recorded(/^(lxc|qemu-server)\//)) {
    const kind = told.includes('lxc/') ? 'ct' : 'vm';
    const normal = (key: string, value: string) =>
      kind === 'ct' ? normalKey(key, value) : normalVmKey(key, value, value);
    const { keys, pending, snapshots } = parseConf(text, kind);
    for (const section of [keys, pending.keys, ...[...snapshots.values()].map((one) => one.keys)])
      for (const [key, value] of section) {
        const once = normal(key, value);
        if (once !== undefined) assert.equal(normal(key, once), once, `${key}: ${value}`);
      }
  }
});

const keyName = fc
  .stringMatching(/^[a-z][a-z_-]{0,6}\d{0,2}$/)
  .filter((key) => !['description', 'delete'].includes(key));
const lineText = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
  .map((text) => text.replace(/\s+/g, ' ').trim() || 'x');
const section = fc
  .record({
    description: fc.array(
      fc.string({ unit: 'binary', maxLength: 8 }).map((line) => line.replaceAll('\n', '')),
      { maxLength: 3 },
    ),
    keys: fc.array(fc.tuple(keyName, lineText), { maxLength: 4 }),
    lxc: fc.array(fc.record({ key: fc.stringMatching(/^lxc\.[a-z][a-z0-9_.-]{0,6}$/), value: lineText }), {
      maxLength: 2,
    }),
  })
  .map(({ description, keys, lxc }) => ({
    // An empty line at the end is not kept.
    description: description.length === 0 ? '' : `${description.join('\n').replace(/\n+$/, '')}\n`,
    keys: new Map(keys),
    lxc: lxc.map((line) => ({ ...line })),
  }));
const bare = section.map(({ keys }) => ({ ...emptySection(), keys }));
const snapshots = fc
  .array(
    fc.tuple(
      fc.stringMatching(/^[a-z][a-z0-9_-]{1,8}$/).filter((name) => name !== 'pending'),
      section,
    ),
    { maxLength: 2 },
  )
  .map((all) => new Map(all));
const confs: fc.Arbitrary<GuestConf> = fc
  .record({
    kind: fc.constantFrom('ct', 'vm'),
    ...{ section, pending: bare, snapshots, cloudinit: bare },
    pendingDelete: fc.array(keyName, { maxLength: 2 }),
  })
  .map(({ kind, section: own, cloudinit, ...rest }) => ({
    ...{ ...emptyConf(), ...own, ...rest },
    ...(kind === 'vm' ? { kind, ...(cloudinit.keys.size > 0 ? { cloudinit } : {}) } : {}),
  }));

test('a random conf of a guest is printed and read as the same', () => {
  fc.assert(
    fc.property(confs, (conf) => {
      const text = printConf(conf);
      assert.deepEqual(parseConf(text, conf.kind), conf, text);
      assert.equal(printConf(parseConf(text, conf.kind)), text);
    }),
    runs,
  );
});

const storages = fc.uniqueArray(
  fc.record(
    {
      type: fc.constantFrom('dir', 'zfspool', 'nfs', 'lvmthin', 'cifs'),
      id: fc.stringMatching(/^[a-z][a-z0-9_.-]{0,8}[a-z0-9]$/),
      options: fc
        .dictionary(fc.stringMatching(/^[a-z][a-z-]{0,8}$/), fc.stringMatching(/^\S(.{0,6}\S)?$/), {
          maxKeys: 4,
        })
        // Either it is there, or it is not.
        .map(({ disable, ...rest }) => ({ ...rest, ...(disable === undefined ? {} : { disable: '1' }) })),
    },
    { noNullPrototype: true },
  ),
  { maxLength: 4, selector: ({ id }) => id },
);

test('a random storage.cfg is printed by the twin, and read as the same by it and by phx', () => {
  fc.assert(
    fc.property(storages, (all) => {
      const text = printStorageCfg(all);
      assert.deepEqual(parseStorageCfg(text), all);
      const read = [...parseSections(text).values()].map(({ options, ...rest }) => ({
        ...rest,
        options: Object.fromEntries(options),
      }));
      assert.deepEqual(read, all);
    }),
    runs,
  );
});

const comment = fc.option(fc.constantFrom('x', 'with # hash', 'ä: [RULES]'), { nil: undefined });
const withComment = <T extends object>(value: fc.Arbitrary<T>) =>
  fc.tuple(value, comment).map(([own, said]) => (said === undefined ? own : { ...own, comment: said }));
const name = fc.stringMatching(/^[a-z][a-z0-9_-]{1,8}$/);
const rule = withComment(
  fc.record(
    {
      ...{ type: fc.constantFrom('in', 'out'), action: fc.constantFrom('ACCEPT', 'DROP') },
      ...{
        source: fc.constantFrom('10.0.0.0/24', '+admins'),
        proto: fc.constant('tcp'),
        dport: fc.constantFrom('22', '80,443'),
      },
      enable: fc.constant(false as const),
    },
    { requiredKeys: ['type', 'action'], noNullPrototype: true },
  ),
);
const files = fc.record(
  {
    options: fc.dictionary(
      fc.constantFrom('enable', 'policy_in', 'log_level_in', 'ebtables'),
      fc.constantFrom('0', '1'),
      { noNullPrototype: true },
    ),
    aliases: fc.dictionary(
      name,
      withComment(fc.record({ cidr: fc.constantFrom('10.0.0.1', 'fd00::/8') }, { noNullPrototype: true })),
      { maxKeys: 2, noNullPrototype: true },
    ),
    ipsets: fc.dictionary(
      name,
      withComment(
        fc.record(
          { entries: fc.array(fc.constantFrom('10.0.0.1', '!10.0.0.2', 'lan', 'dc/lan'), { maxLength: 3 }) },
          { noNullPrototype: true },
        ),
      ),
      { maxKeys: 2, noNullPrototype: true },
    ),
    rules: fc.array(rule, { maxLength: 3 }),
    groups: fc.dictionary(
      name,
      withComment(fc.record({ rules: fc.array(rule, { maxLength: 2 }) }, { noNullPrototype: true })),
      { maxKeys: 2, noNullPrototype: true },
    ),
  },
  { noNullPrototype: true },
);

test('a random firewall file is printed and read as the same', () => {
  fc.assert(
    fc.property(
      files,
      fc.option(fc.constantFrom('Managed by phx', 'a\nb'), { nil: undefined }),
      (file, head) => {
        const text = printFirewall(file as FirewallFile, head);
        const { head: told, unknown, ...read } = parseFirewall(text);
        assert.deepEqual([read, unknown], [file, []], text);
        assert.deepEqual(told, head === undefined ? [] : [head.replace('\n', ' ')]);
      },
    ),
    runs,
  );
});

test('a random share is read from its section as it was said', () => {
  const text = fc
    .string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 12 })
    .map((one) => one.replace(/[^\w ./-]/g, '').trim() || 'x');
  fc.assert(
    fc.property(
      text,
      text,
      fc.boolean(),
      fc.array(fc.constantFrom('ann', '@ops'), { maxLength: 2 }),
      (path, said, flag, users) => {
        const share = {
          path: `/${path}`,
          comment: said,
          validUsers: [...new Set(users)],
          browseable: flag,
          writable: !flag,
        };
        const read = parseSmbConf(printShare('data', share as Parameters<typeof printShare>[1])).get('data');
        assert.equal(read?.get('path'), share.path);
        assert.equal(read?.get('comment'), said);
        assert.equal(read?.get('browseable'), flag ? 'yes' : 'no');
        assert.equal(
          read?.get('valid users'),
          share.validUsers.length > 0 ? share.validUsers.join(' ') : undefined,
        );
      },
    ),
    runs,
  );
});
