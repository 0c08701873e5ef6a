/** Our cloud-init data as the real cloud-init takes it, and a seed made of it as the real ISO tools read it. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import type { Json } from '../../src/core/json.ts';
import { parseYaml } from '../../src/template/yaml.ts';
import { generateCloudInit } from '../../tasks/vm/cloud-init.ts';
import { snippetTexts } from '../../tasks/vm/cloud-init-snippets.ts';
import type { CloudInitData } from '../../tasks/vm/cloud-init-subject.ts';
import { sampleFleet } from '../bench.ts';
import { wishes } from '../tasks/cloud-init-arbitrary.ts';
import { subjectOf, type Wish } from '../tasks/cloud-init-subject.ts';
import { tempFolder } from '../temp.ts';

const seed = 8001;
const runs = 200;
const judgeScript = fileURLToPath(new URL('./cloud_init_judge.py', import.meta.url));

interface Net {
  readonly match: { readonly macaddress: string };
  readonly 'set-name': string;
  readonly dhcp4?: boolean;
  readonly dhcp6?: boolean;
  readonly addresses?: readonly string[];
  readonly routes?: readonly { readonly to: string; readonly via: string; readonly metric?: number }[];
  readonly nameservers?: { readonly addresses?: readonly string[]; readonly search?: readonly string[] };
}

interface Judged {
  readonly complaints: readonly string[];
  readonly read: Readonly<Record<'user' | 'vendor' | 'network', Json>>;
  readonly effective: Readonly<Record<string, Json>>;
  readonly networks: Readonly<Record<'eni' | 'netplan', string>>;
}

interface Made {
  readonly wish: Wish;
  readonly data: CloudInitData;
  readonly texts: ReturnType<typeof snippetTexts>;
}

/** The interpreter that cloud-init itself names. */
function pythonOf(program: string): string {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const path = folders.map((folder) => join(folder, program)).find((one) => existsSync(one));
  return /^#!\s*(\S+)/.exec(readFileSync(path ?? '', 'utf8'))?.[1] ?? 'python3';
}

/** One process for all of them. */
function judge(all: readonly Made[]): Judged[] {
  const input = JSON.stringify(
    all.map(({ texts: { user, vendor, network } }) => ({ user, vendor, network })),
  );
  const settings = { encoding: 'utf8', timeout: 120_000, maxBuffer: 1 << 28, input } as const;
  const { status, stdout, stderr } = spawnSync(pythonOf('cloud-init'), [judgeScript], settings);
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout) as Judged[];
}

const all: (Made & { readonly judged: Judged })[] = [];

before(async () => {
  const made: Made[] = [];
  for (const wish of [...fc.sample(wishes, { seed, numRuns: runs }), ...(await sampleWishes())]) {
    const data = generateCloudInit(await subjectOf(wish));
    made.push({ wish, data, texts: snippetTexts(data, JSON.stringify(wish.cloudInit).includes('env:')) });
  }
  const judged = judge(made);
  for (const [at, one] of made.entries()) all.push({ ...one, judged: judged[at] as Judged });
});

/** The VMs of the sample that have data of their own. */
async function sampleWishes(): Promise<Wish[]> {
  const { guests, hypervisor } = await sampleFleet();
  return Object.values(guests).flatMap((guest) => {
    if (guest.kind !== 'vm' || guest.cloudInit === undefined) return [];
    const { name, ciuser, ipconfig, cloudInit } = guest;
    const { nameservers } = hypervisor.network;
    return [{ name, ipconfig, cloudInit, nameservers, agent: true, ...(ciuser ? { ciuser } : {}) }];
  });
}

/** Tells which of them it was. */
function each(check: (one: (typeof all)[number]) => void): void {
  assert.ok(all.length > runs);
  for (const [at, one] of all.entries()) {
    try {
      check(one);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      assert.fail(`number ${at} of seed ${seed}: ${message}\n${one.texts.user}\n${one.texts.network}`);
    }
  }
}

test(`cloud-init has nothing to say against any of ${runs} (seed ${seed}) and those of the sample`, () => {
  each(({ judged }) => assert.equal(judged.complaints.join('\n'), '\n'));
});

test('its reader of YAML reads what was written', () => {
  each(({ judged, texts }) => {
    for (const kind of ['user', 'vendor', 'network'] as const)
      assert.deepEqual(judged.read[kind], parseYaml(texts[kind]), kind);
  });
});

test('whatever the user data says, the guest gets its agent', () => {
  const strings = (value: Json | undefined) => JSON.stringify(value ?? []);
  each(({ wish, judged: { effective } }) => {
    const has =
      strings(effective.packages).includes('"qemu-guest-agent"') &&
      strings(effective.runcmd).includes('["systemctl","start","qemu-guest-agent.service"]');
    if (wish.agent) assert.ok(has, strings(effective));
  });
});

/** Interfaces by name. */
function netsOf(text: string): Readonly<Record<string, Net>> {
  const data = parseYaml(text) as unknown as {
    network?: { ethernets: Record<string, Net> };
    ethernets: Record<string, Net>;
  };
  return (data.network ?? data).ethernets;
}

test('netplan gets the interfaces as they were said', () => {
  each(({ texts, judged }) => {
    assert.deepEqual(netsOf(judged.networks.netplan), netsOf(texts.network));
  });
});

/** What an interfaces file says of each interface. */
function stanzasOf(text: string) {
  const found = new Map<string, { addresses: string[]; lines: string[]; dhcp: string[] }>();
  let here = { addresses: [] as string[], lines: [] as string[], dhcp: [] as string[] };
  for (const raw of text.split('\n')) {
    const line = raw.trim();
    const [, name = '', family = '', method = ''] = /^iface (\S+?)(?::\d+)? (inet6?) (\S+)$/.exec(line) ?? [];
    if (name !== '') {
      here = found.get(name) ?? { addresses: [], lines: [], dhcp: [] };
      found.set(name, here);
      if (method === 'dhcp') here.dhcp.push(family);
    } else if (line.startsWith('address ')) here.addresses.push(line.slice(8));
    else here.lines.push(line);
  }
  return found;
}

test('ifupdown gets every address, route, gateway and name server', () => {
  each(({ texts, judged }) => {
    const stanzas = stanzasOf(judged.networks.eni);
    for (const net of Object.values(netsOf(texts.network))) {
      const stanza = stanzas.get(net['set-name']);
      assert.ok(stanza, `no ${net['set-name']} in ${judged.networks.eni}`);
      assert.deepEqual([...stanza.addresses].sort(), [...(net.addresses ?? [])].sort());
      assert.equal(stanza.dhcp.includes('inet'), net.dhcp4 === true);
      assert.equal(stanza.dhcp.includes('inet6'), net.dhcp6 === true);
      // Where it is given no address, nothing else of it is looked at; what a router tells needs no line.
      if (!net.addresses && !net.dhcp4 && !net.dhcp6) continue;
      const rest = stanza.lines.join('\n');
      for (const { to, via } of net.routes ?? [])
        assert.ok(
          stanza.lines.some((line) => line.includes(via)),
          `no way to ${to} by ${via} in ${rest}`,
        );
      // Beside DHCP alone it is DHCP that tells them.
      for (const server of net.addresses ? (net.nameservers?.addresses ?? []) : [])
        assert.ok(rest.includes(server), `${server}: ${rest}`);
    }
  });
});

test('a seed made of them is an ISO that NoCloud looks for, with each text as it was written', () => {
  const folder = tempFolder();
  const one = all[0];
  assert.ok(one);
  const named = {
    'user-data': one.texts.user,
    'meta-data': one.texts.meta,
    'network-config': one.texts.network,
    'vendor-data': one.texts.vendor,
  };
  const content = join(folder, 'content');
  mkdirSync(content);
  for (const [name, text] of Object.entries(named)) writeFileSync(join(content, name), text);
  const image = join(folder, 'seed.iso');
  const run = (program: string, ...args: readonly string[]) => {
    const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
    assert.equal(status, 0, `${program}: ${stderr}`);
    return stdout;
  };
  // As Proxmox makes a drive of this kind.
  run('genisoimage', '-quiet', '-iso-level', '3', '-R', '-V', 'cidata', '-o', image, content);
  assert.match(run('isoinfo', '-d', '-i', image), /^Volume id: cidata$/m);
  for (const [name, text] of Object.entries(named))
    assert.equal(run('isoinfo', '-R', '-i', image, '-x', `/${name}`), text, name);
});
