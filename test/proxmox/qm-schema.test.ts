/**
 * Every qm command of the cases, of the build of VMs and of an edit of each field, and every key of `qm` 8.4 and 9.2, held against the option schemas of Proxmox VE: the
 * commands are such as the tool takes, and the keys are keys of the configuration, or named here with the reason why not.
 * The schemas lie in the folder that PHX_PVE names; scripts/test.mjs leaves this out where there is none.
 */

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { families } from '../../src/config/families.ts';
import { files } from '../../src/config/schema/index.ts';
import { keysAt } from '../../src/config/schema/keys.ts';
import { Bench, tasksOf } from '../bench.ts';
import { richVm } from '../property/rich-vm.ts';
import { edits } from '../property/vm-fields.ts';
import { readCases } from '../tasks/cases.ts';
import { type Option, schemasOf, wrongWith } from './tool-schema.ts';

const schemas = schemasOf('qm');

/** What 8.4 does not know. */
const since92 = /(^|[ ,])(--allow-ksm|--intel-tdx|host-tunnel=|guest-phys-bits=|level=|aw-bits=|driver=keep)/;

test('the commands of all cases', () => {
  const names = readdirSync(new URL('../tasks/cases/', import.meta.url)).map((name) =>
    name.replace('.json', ''),
  );
  const lines = names.flatMap(readCases).flatMap(({ commands, asks = [] }) => [...commands, ...asks]);
  const own = lines
    .map((line) => (typeof line === 'string' ? line.split(' ') : line))
    .filter(([program]) => program === 'qm');
  assert.ok(own.length > 50, String(own.length));
  for (const argv of own) {
    for (const [pve, schema] of Object.entries(schemas)) {
      if (pve === '8.4' && since92.test(argv.join(' '))) continue;
      assert.deepEqual(wrongWith(argv, schema), [], `${pve}: ${argv.join(' ')}`);
    }
  }
});

test('what the build of a VM with all kinds of things sends, and the edit of each of its fields', async () => {
  const fleet = await richVm();
  const secrets = { digest: () => 'hmac:1', reveal: () => 'secret' };
  const { events } = await Bench.fresh(fleet).run(await tasksOf(fleet), ['vmid:*'], { terms: { secrets } });
  const built = events.flatMap((event) => (event.type === 'done' ? event.commands : []));
  // Descriptions and the words of snapshots have blanks; the build has them as words.
  const edited = edits.flatMap(({ sends }) =>
    sends.filter((line) => !/--description|\((layer|point)\)/.test(line)),
  );
  const own = [...built.map(({ argv }) => argv), ...edited.map((line) => line.split(' '))].filter(
    ([program]) => program === 'qm',
  );
  assert.ok(own.length > 150, String(own.length));
  for (const argv of own) {
    for (const [pve, schema] of Object.entries(schemas)) {
      if (pve === '8.4' && since92.test(argv.join(' '))) continue;
      assert.deepEqual(wrongWith(argv, schema), [], `${pve}: ${argv.join(' ')}`);
    }
  }
});

/** Keys that are no keys of the configuration, by the reason. */
const otherwise: Readonly<Record<string, string>> = {
  ...{ archive: 'a restore', force: 'a restore', unique: 'a restore', 'live-restore': 'a restore' },
  ...{ 'import-working-storage': 'needs no word', bwlimit: 'needs no word', storage: 'disk.storage' },
  ...{
    start: 'state',
    template: 'the step of that name',
    lock: 'of Proxmox',
    digest: 'sent with every change',
  },
  ...{ delete: 'what left the configuration', revert: 'sent by phx', skiplock: 'never' },
  ...{ cicustom: 'written by cloudInit', pool: 'rights are given by path', 'ha-managed': 'HA is not phx’s' },
  ...{ autostart: 'of old: onboot', bootdisk: 'of old: boot', cdrom: 'ide2', smp: 'of old: cores' },
  'unused[n]': 'what is detached',
};

/** Parts of keys that have another name, or another place, in the configuration. */
const parts: Readonly<Record<string, readonly string[]>> = {
  agent: ['guest-fsfreeze'],
  boot: ['legacy', 'order'],
  // Of custom models alone: a VM's own line with it is refused (source of qemu-server).
  cpu: ['reported-model'],
  efidisk0: ['file', 'volume', 'size', 'import-from'],
  tpmstate0: ['file', 'volume', 'size', 'import-from'],
  smbios1: ['base64'],
  memory: ['current'],
  ide: ['volume', 'cyls', 'heads', 'secs', 'trans'],
};

/** Aliases of other parts, and what a drive is told by `size` and `storage`. */
const aliases = /^(bps|iops)_(rd|wr)_length$|^(volume|cyls|heads|secs|trans)$/;

for (const [pve, { commands, defs }] of Object.entries(schemas)) {
  test(`every key of qm ${pve}, and every part of it`, () => {
    const own = { ...commands.create?.own, ...commands.set?.own };
    const names = new Set([
      ...(commands.create?.use ?? []),
      ...(commands.set?.use ?? []),
      ...Object.keys(own),
    ]);
    const known = keysAt(files.vm, []);
    for (const name of names) {
      const bare = name.replace('[n]', '');
      if (Object.hasOwn(otherwise, name)) {
        const taken = name === 'template' || name === 'storage' ? [] : known.filter((key) => key === bare);
        assert.deepEqual(taken, [], `${name} is both`);
        continue;
      }
      const option = own[name] ?? defs[name];
      const [least = 0, most = 0] = option?.index_range ?? [];
      const keys = name.endsWith('[n]')
        ? Array.from({ length: most - least + 1 }, (_, at) => `${bare}${least + at}`)
        : [name];
      for (const key of keys) assert.ok(known.includes(key), `the configuration has no ${key}`);
      const family = families.vm[bare];
      if (family && name.endsWith('[n]')) assert.equal(family.last, most, name);
      checkParts(bare, keys[0] ?? name, option);
    }
  });
}

function checkParts(name: string, key: string, option: Option | undefined): void {
  const there = keysAt(files.vm, [key]);
  for (const [part, { keyAlias }] of Object.entries(option?.props ?? {})) {
    const given = keyAlias !== undefined || aliases.test(part) || (parts[name] ?? []).includes(part);
    if (!given) assert.ok(there.includes(part), `the configuration has no ${key}.${part}`);
  }
}

test('what a tool would refuse is found', () => {
  const lines: readonly (readonly [line: string, word: RegExp])[] = [
    ['qm sett 950', /no verb/],
    ['qm set 99 --memory 512', /too small/],
    ['qm set 950 --cores many', /no integer/],
    ['qm set 950 --scsi31 a:1', /no option/],
    ['qm set 950 --net0 bridge=vmbr0,model=odd', /enumeration/],
    ['qm set 950 --scsi0 a:1,colour=red', /no sub-option/],
    ['qm set 950 --onboot yes', /no boolean/],
    ['qm set 950 --efidisk0 a:1,efitype=8m', /enumeration/],
    ['qm resize 950 net0 1G', /enumeration/],
    ['qm start', /vmid is missing/],
  ];
  for (const schema of Object.values(schemas))
    for (const [line, word] of lines) assert.match(wrongWith(line.split(' '), schema).join('\n'), word, line);
});
