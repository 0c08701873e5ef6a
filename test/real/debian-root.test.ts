/**
 * Shipped scripts for real, twice, in a Debian of their own (debian-root.ts): those that need nothing but Debian's packages.
 * `npm test` runs the quick one; `npm run debian` and CI run all of them.
 */

import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
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
