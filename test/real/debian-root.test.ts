/**
 * Shipped scripts for real, twice, in a Debian of their own (debian-root.ts): those that need nothing but Debian's packages.
 * `npm test` runs the quick one; `npm run debian` and CI run all of them.
 */

import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { bootedScript, cleanedExit } from '../../src/proxmox/guest-boot.ts';
import { cleanScript } from '../../src/proxmox/guest-clean.ts';
import { printLayerScript } from '../../src/proxmox/guest-script.ts';
import { printTakeBack } from '../../src/proxmox/guest-uninstall.ts';
import { describe, render } from '../../src/template/catalog.ts';
import { sampleFleet, tasksOf } from '../bench.ts';
import { catalog, context } from '../template/variants.ts';
import { DebianRoot } from './debian-root.ts';

const all = process.env.PHX_DEBIAN === 'all' || process.env.CI === 'true';

async function scriptOf(name: string, params: Record<string, unknown> = {}): Promise<string> {
  const { body, provides, uninstall } = await render(catalog, describe(catalog, name), params, context);
  const back = uninstall === undefined ? {} : { uninstall };
  return printLayerScript({ layer: { name, digest: 'd', origin: 950 }, provides, body, ...back });
}

const takeBack = (name: string) => printTakeBack({ name, digest: 'd', origin: 950, uninstall: true });

const makeCa =
  'openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=Test CA" -keyout /root/ca.key -out /root/ca.pem';
const trusted = 'openssl verify -CApath /etc/ssl/certs /root/ca.pem';

test('trusted_ca: trusted, left alone, renamed, and taken back', async () => {
  const root = new DebianRoot();
  root.sh(makeCa);
  assert.notEqual(root.run(['bash', '-c', trusted]).exit, 0, 'it is not trusted before');
  const script = await scriptOf('feature:trusted_ca', { path: '/root/ca.pem' });
  root.send(script);
  assert.match(root.sh(trusted), /OK/);
  root.mark();
  root.send(script, true);
  assert.deepEqual(root.since(), []);
  root.send(await scriptOf('feature:trusted_ca', { path: '/root/ca.pem', name: 'lab' }), true);
  assert.equal(root.sh('ls /usr/local/share/ca-certificates'), 'phx-lab.crt');
  assert.match(root.sh(trusted), /OK/);
  root.send(takeBack('feature:trusted_ca'), true);
  assert.notEqual(root.run(['bash', '-c', trusted]).exit, 0, 'it is trusted no more');
  assert.equal(
    root.sh('cat /var/lib/phx/layers; ls /var/lib/phx/uninstall /usr/local/share/ca-certificates'),
    ['/usr/local/share/ca-certificates:', '', '/var/lib/phx/uninstall:'].join('\n'),
  );
  writeFileSync(join(root.path, 'root/ca.pem'), 'no certificate\n');
  assert.notEqual(root.run(['bash'], await scriptOf('feature:trusted_ca', { path: '/root/ca.pem' })).exit, 0);
});

if (all) {
  test('base_setup: packages and a locale, once', async () => {
    const root = new DebianRoot();
    const script = await scriptOf('feature:base_setup');
    root.send(script);
    assert.match(root.sh('locale -a'), /^en_US\.utf8$/m);
    assert.match(
      root.sh('. /etc/default/locale; echo "$LANG"; type -p git htop jq vim'),
      /^en_US\.UTF-8\n\/usr/,
    );
    root.mark();
    root.send(script, true);
    assert.deepEqual(root.since(), []);
  });

  test("a clone's own keys: none without ssh, new ones with it, each time another", async () => {
    const tasks = await tasksOf(await sampleFleet());
    const body = tasks.find(({ id }) => id === 'ctid:902/identity')?.texts?.script ?? assert.fail();
    const script = (digest: string) =>
      printLayerScript({ layer: { name: 'identity', digest, origin: 902 }, provides: [], body });
    const root = new DebianRoot();
    root.send(script('none'), true);
    assert.equal(existsSync(join(root.path, 'etc/ssh')), false);
    root.sh('apt-get -qq update && apt-get -qq -y install --no-install-recommends openssh-server 2>&1');
    const keys = () =>
      root.sh('cd /etc/ssh && stat -c "%n %a %U" ssh_host_*; cat ssh_host_*.pub | cut -d " " -f 2');
    const files = root.sh('cd /etc/ssh && ls -A');
    const seen = [keys()];
    root.sh('systemctl start ssh');
    for (const digest of ['one', 'two']) {
      root.mark();
      root.send(script(digest), true);
      seen.push(keys());
      assert.ok(root.since().includes('restart ssh'));
      assert.equal(root.sh('cd /etc/ssh && ls -A'), files, 'no key more or less, and nothing left over');
    }
    assert.equal(new Set(seen).size, 3, 'each time others');
    assert.equal(
      new Set(seen.map((text) => text.replace(/^AAAA.*$/gm, ''))).size,
      1,
      'with mode and owner as before',
    );
    root.sh('mkdir -p /run/sshd && /usr/sbin/sshd -t');
  });

  test('a VM that is cleaned is nobody: cloud-init, the machine id and keys of ssh', () => {
    const root = new DebianRoot();
    // What `cloud-init clean` takes away; its wait ends at once.
    const stub = '#!/bin/sh\n[ "$1" != clean ] || rm -rf /var/lib/cloud /var/log/cloud-init.log\n';
    writeFileSync(join(root.path, 'usr/local/bin/cloud-init'), stub, { mode: 0o755 });
    root.sh(
      'mkdir -p /etc/ssh && touch /etc/ssh/ssh_host_rsa_key /etc/ssh/ssh_host_rsa_key.pub /etc/ssh/sshd_config',
    );
    root.sh('mkdir -p /var/lib/cloud/instances/one && ln -s instances/one /var/lib/cloud/instance');
    root.sh('echo 0123456789abcdef0123456789abcdef >/etc/machine-id; echo said >/var/log/cloud-init.log');
    assert.equal(root.run(['sh', '-c', bootedScript]).exit, 0);
    for (const time of ['once', 'and once more']) {
      const { exit, said } = root.run(['sh', '-s'], cleanScript);
      assert.deepEqual([exit, said.trim().split('\n').at(-1)], [0, 'clean'], time);
      assert.equal(
        root.sh('ls -d /etc/machine-id /var/lib/cloud/instance 2>&1 || true').split('\n').length,
        2,
      );
      assert.equal(existsSync(join(root.path, 'var/lib/cloud/instance')), false);
      assert.equal(root.run(['sh', '-c', bootedScript]).exit, cleanedExit);
    }
  });

  test('a clone of a VM as it stood gets the machine id that its UUID makes, once', async () => {
    const tasks = await tasksOf(await sampleFleet());
    const body = tasks.find(({ id }) => id === 'vmid:8001/identity')?.texts?.script ?? assert.fail();
    const layer = { name: 'identity', digest: 'one', origin: 8001 };
    const script = printLayerScript({ layer, provides: [], body });
    const root = new DebianRoot();
    const machine = () => root.sh('cat /etc/machine-id');
    root.sh('echo 0123456789abcdef0123456789abcdef >/etc/machine-id');
    root.send(script, true);
    assert.equal(machine(), '0123456789abcdef0123456789abcdef', 'where no UUID is told it stays');
    root.sh(
      'mkdir -p /sys/class/dmi/id && echo 0B8F1B2E-0000-4000-8000-00000000000A >/sys/class/dmi/id/product_uuid',
    );
    assert.match(root.send(script, true), /an id of its own from its next boot on/);
    assert.equal(machine(), '0b8f1b2e00004000800000000000000a');
    root.mark();
    root.send(script, true);
    assert.deepEqual(root.since(), []);
  });

  test('the nginx gateway: what nginx reads, serves and passes on', async () => {
    const root = new DebianRoot();
    const script = await scriptOf('app:nginx-gateway');
    // No init runs there: that it answers is not asked the first time, and really asked the second.
    const curl = join(root.path, 'usr/local/bin/curl');
    writeFileSync(curl, '#!/bin/sh\nexit 0\n', { mode: 0o755 });
    root.send(script);
    root.sh(`rm /usr/local/bin/curl; nginx -t`);
    const served = root.sh('nginx -T 2>/dev/null');
    assert.match(served, /proxy_pass http:\/\/10\.0\.0\.152:6333\/;/);
    assert.match(served, /server_name n8n\.example\.net;/);
    assert.equal(existsSync(join(root.path, 'etc/nginx/sites-enabled/default')), false);
    assert.match(readFileSync(join(root.path, 'var/log/systemctl'), 'utf8'), /^restart nginx$/m);
    root.mark();
    writeFileSync(join(root.path, 'root/again'), script);
    const ask = (url: string) => `curl -ks -m 5 -o /dev/null -w '%{http_code} ' ${url}`;
    const asked = ['http://127.0.0.1/healthz', 'https://127.0.0.1/healthz', 'http://127.0.0.1/none'];
    const passed = ['http://127.0.0.1/v1/models', "-H 'Host: n8n.example.net' http://127.0.0.1/"];
    const said = root.sh(
      `nginx && bash /root/again </dev/null >&2 && ${[...asked, ...passed].map(ask).join(' && ')}`,
      true,
    );
    // Nobody is behind it there: it knew where to pass these on to.
    assert.match(said, /200 200 404 50[24] 50[24]$/);
    assert.deepEqual(
      root.since().filter((path) => path !== '/root/again'),
      [],
    );
    const other = await scriptOf('app:nginx-gateway', { max_body: '1g' });
    writeFileSync(join(root.path, 'root/again'), other);
    root.sh('nginx && bash /root/again </dev/null', true);
    assert.match(readFileSync(join(root.path, 'var/log/systemctl'), 'utf8'), /^reload nginx$/m);
  });
}
