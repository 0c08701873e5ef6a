/** Whether the simulated node can still be reached after its network was changed. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Twin } from '../../src/twin/twin.ts';
import { all, freshTwin, hardware, run } from './node.ts';

const stanza = (name: string, ...options: string[]) =>
  `auto ${name}\niface ${name} inet static\n${options.map((option) => `\t${option}\n`).join('')}\n`;
const bridge = (ports: string, address = '10.0.0.10/24') =>
  stanza('vmbr0', `address ${address}`, 'gateway 10.0.0.1', `bridge-ports ${ports}`);

async function apply(twin: Twin, text: string): Promise<string> {
  await twin.writeFile('/etc/network/interfaces', text);
  const outcome = await run(twin, 'ifreload -a');
  assert.equal(outcome.exit, 0);
  return outcome.stderr;
}

test('a fresh node is reached, and reaches its gateway', async () => {
  const twin = freshTwin();
  await twin.reach();
  assert.match(
    await all(twin, 'ping -c 1 -W 2 10.0.0.1'),
    /1 packets transmitted, 1 received, 0% packet loss/,
  );
});

test('a file alone changes nothing; applied, a wrong port cuts the node off, and a reboot too', async () => {
  const twin = freshTwin();
  await twin.writeFile('/etc/network/interfaces', bridge('eno9'));
  await twin.reach();
  assert.equal((await run(twin, 'ifreload -a')).stderr, 'warning: vmbr0: bridge port eno9 does not exist\n');
  await assert.rejects(
    twin.reach(),
    /vmbr0 has the address 10\.0\.0\.10, but none of its ports is a network card/,
  );
  const ping = await run(twin, 'ping -c 3 -W 1 10.0.0.1');
  assert.deepEqual([ping.exit, /3 packets transmitted, 0 received, 100%/.test(ping.stdout)], [1, true]);
  await all(twin, 'ping -c 1 127.0.0.1');
  await apply(twin, bridge('eno1'));
  await twin.reach();
  await twin.writeFile('/etc/network/interfaces', bridge('none'));
  await all(twin, 'reboot');
  await assert.rejects(twin.reach(), /none of its ports/);
});

test('the address has to stay, wherever it lies on a way to a card', async () => {
  const twin = freshTwin({ hardware: { ...hardware, nics: ['eno1', 'eno2'] } });
  await apply(twin, bridge('eno1', '10.0.0.99/24'));
  await assert.rejects(twin.reach(), /no interface has the address 10\.0\.0\.10/);
  const good = [
    bridge('eno9 eno2'),
    bridge('eno2.30'),
    stanza('eno2', 'address 10.0.0.10/24', 'gateway 10.0.0.1'),
    `${stanza('bond0', 'bond-slaves eno1 eno2')}${bridge('bond0')}`,
    `${stanza('vmbr1', 'bridge-ports eno1')}${stanza('vmbr1.5', 'address 10.0.0.10/16')}`,
  ];
  for (const text of good) {
    await apply(twin, text);
    await twin.reach();
  }
  const bad = [
    bridge('vmbr0'),
    `${stanza('bond0', 'bond-slaves none')}${bridge('bond0')}`,
    bridge('eno1').replace('auto vmbr0', ''),
  ];
  for (const text of bad) {
    await apply(twin, text);
    await assert.rejects(twin.reach(), text);
  }
});

test('a rollback that fires makes the node reachable again', async () => {
  let now = 0;
  const twin = freshTwin({ clock: () => now });
  await all(twin, 'cp /etc/network/interfaces /root/before');
  const back = 'systemd-run --unit back --on-active=30 cp /root/before /etc/network/interfaces';
  await all(twin, back, 'systemd-run --unit load --on-active=31 ifreload -a');
  await apply(twin, bridge('eno9'));
  await assert.rejects(twin.reach());
  now += 31_000;
  await twin.reach();
});

test('ping answers for others only over the default route', async () => {
  const twin = freshTwin();
  await all(twin, 'ping -c 1 1.1.1.1');
  await apply(twin, bridge('eno1').replace('\tgateway 10.0.0.1\n', ''));
  assert.equal((await run(twin, 'ping -c 1 1.1.1.1')).exit, 1);
  assert.equal((await run(twin, 'ping')).exit, 1);
});

test('a firewall that lets nobody in cuts the node off while its daemon runs', async () => {
  const twin = freshTwin();
  await twin.writeFile('/etc/pve/firewall/cluster.fw', '[OPTIONS]\nenable: 1\n[RULES]\nIN DROP\n');
  await assert.rejects(twin.reach(), /to port 22 would be cut \(DROP\)/);
  await all(twin, 'pve-firewall stop');
  await twin.reach();
  await all(twin, 'pve-firewall start');
  await assert.rejects(twin.reach());
  await twin.writeFile('/etc/pve/local/host.fw', '[RULES]\nIN ACCEPT -p tcp -dport 22,8006\n');
  await twin.reach();
});
