/** Keys of a container: what is wanted, sent, stored by Proxmox and read again is one and the same. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { encodeText, parseConf } from '../../src/proxmox/conf.ts';
import { type CtKeys, effectiveKey, normalTags, valueToSend } from '../../src/proxmox/ct-keys.ts';
import { pct } from '../../src/proxmox/pct.ts';
import { wantedKeys } from '../../tasks/lxc/wanted.ts';
import { all, freshTwin, template } from '../twin/node.ts';
import { containers } from './containers.ts';

const mark = 'phx: project=x kind=ctid vmid=950 incarnation=i from=t';

/** Draws from a seed: which liberties Proxmox, or a person with an editor, takes in writing a value. */
const shuffles = fc.infiniteStream(fc.nat(1000));

function shuffled(parts: readonly string[], draws: Iterator<number>): string[] {
  const keyed = parts.map((part) => [draws.next().value ?? 0, part] as const);
  return keyed.sort(([a], [b]) => a - b).map(([, part]) => part);
}

/** A conf file that says what is wanted, written as freely as a conf file may be. */
function written(wanted: CtKeys, draws: Iterator<number>): string {
  const lines = Object.entries(wanted).map(([key, value]) => {
    if (key === 'description') return '';
    if (/^net/.test(key)) {
      const own = value.includes('hwaddr=') ? [] : ['hwaddr=BC:24:11:00:00:01'];
      const off = value.includes('firewall=') ? [] : ['firewall=off'];
      const type = value.includes('type=') ? [] : ['type=veth'];
      return `${key}: ${shuffled([...value.split(','), ...own, ...off, ...type], draws).join(',')}`;
    }
    if (/^dev/.test(key)) {
      const [path, ...rest] = value.split(',');
      const own = value.includes('uid=') ? [] : ['uid=0'];
      return `${key}: ${shuffled([`path=${path}`, ...rest, ...own], draws).join(',')}`;
    }
    if (key === 'features' || key === 'startup')
      return `${key}: ${shuffled(value.split(','), draws).join(',')}`;
    if (key === 'tags') return `${key}: ${shuffled(value.split(';'), draws).join(';')}`;
    return `${key}: ${value}`;
  });
  const description = [mark, ...(wanted.description?.split('\n') ?? [])].map(
    (line) => `#${encodeText(line)}\n`,
  );
  return `${description.join('')}${shuffled(lines, draws).join('\n')}\n`;
}

test('what is wanted and what is written are equal, key by key, however it is written', () => {
  fc.assert(
    fc.property(containers, shuffles, (ct, draws) => {
      const wanted = wantedKeys(ct);
      const conf = parseConf(written(wanted, draws));
      for (const [key, value] of Object.entries(wanted))
        assert.equal(effectiveKey(conf, key, value), value, key);
    }),
  );
});

test('a key differs exactly when something else is wanted of it', () => {
  fc.assert(
    fc.property(containers, containers, shuffles, (one, other, draws) => {
      const [before, wanted] = [wantedKeys(one), wantedKeys(other)];
      const conf = parseConf(written(before, draws));
      for (const [key, value] of Object.entries(wanted)) {
        // A card that has an address keeps it where none is asked for.
        const said = (own: string) => before[key]?.includes(own) === value.includes(own);
        if (/^net/.test(key) && !(said('hwaddr') && said('type='))) continue;
        const absent = value === '0' && ['onboot', 'debug'].includes(key) ? '0' : undefined;
        assert.equal(effectiveKey(conf, key, value) === value, (before[key] ?? absent) === value, key);
      }
    }),
  );
});

test('what is sent to a node is read back from it as wanted, and nothing is left to send', async () => {
  const twin = freshTwin();
  const [name] = template.split(':').slice(-1);
  await all(
    twin,
    'zpool create -o ashift=12 fast mirror /dev/disk/by-id/nvme-A /dev/disk/by-id/nvme-B',
    'pvesm add zfspool quick --pool fast --content rootdir',
    `pveam download local ${name?.replace('vztmpl/', '')}`,
  );
  await twin.writeFile('/etc/network/interfaces', bridges);
  await all(twin, 'ifreload -a');
  let id = 100;
  await fc.assert(
    fc.asyncProperty(containers, async (ct) => {
      id++;
      const wanted = wantedKeys(ct);
      const conf = async () => parseConf((await twin.readFile(`/etc/pve/lxc/${id}.conf`)) ?? '');
      await all(twin, `pct create ${id} ${template} --rootfs quick:1 --unprivileged 1`);
      const text = (key: string, value: string) => (key === 'description' ? `${mark}\n${value}` : value);
      const keys = Object.entries(wanted).map(([key, value]) => [key, text(key, value)] as const);
      const outcome = await twin.run({ argv: pct.set(id, Object.fromEntries(keys)) });
      assert.equal(outcome.exit, 0, outcome.stderr);
      const after = await conf();
      for (const [key, value] of Object.entries(wanted))
        assert.equal(effectiveKey(after, key, value), value, key);
    }),
    { numRuns: 40 },
  );
});

const bridges = ['vmbr0', 'vmbr1']
  .map(
    (name) =>
      `auto ${name}\niface ${name} inet manual\n\tbridge-ports none\n\tbridge-stp off\n\tbridge-fd 0\n`,
  )
  .join('\n');

test('a card keeps its address when it is sent again, unless another is wanted', () => {
  const conf = parseConf('net0: name=eth0,bridge=vmbr0,hwaddr=BC:24:11:AA:BB:CC,ip=dhcp,type=veth\n');
  const cases = [
    ['net0', 'name=eth0,bridge=vmbr1', 'name=eth0,bridge=vmbr1,hwaddr=BC:24:11:AA:BB:CC'],
    [
      'net0',
      'name=eth0,bridge=vmbr1,hwaddr=BC:00:00:00:00:01',
      'name=eth0,bridge=vmbr1,hwaddr=BC:00:00:00:00:01',
    ],
    ['net1', 'name=eth1,bridge=vmbr1', 'name=eth1,bridge=vmbr1'],
    ['memory', '512', '512'],
  ] as const;
  for (const [key, wanted, sent] of cases) assert.equal(valueToSend(conf, key, wanted), sent);
});

test('tags are a set, whatever stands between them', () => {
  for (const text of ['b;A', 'a, b', ' a b  B ', 'a;;b,a']) assert.equal(normalTags(text), 'a;b');
});
