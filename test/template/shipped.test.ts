/** The scripts under templates/: each renders, parses as bash, holds together with the others and keeps its promises. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseLayerScript, printLayerScript } from '../../src/proxmox/guest-script.ts';
import { describe, render } from '../../src/template/catalog.ts';
import { layerDigest } from '../../src/template/digest.ts';
import { tempFolder } from '../temp.ts';
import { catalog, context, evil, needed, variants } from './variants.ts';

const bashReads = (script: string) => spawnSync('bash', ['-n'], { input: script, encoding: 'utf8' });
const scratch = tempFolder();

test('all the scripts are there and no file is broken', () => {
  assert.deepEqual(catalog.errors, []);
  assert.deepEqual([...catalog.templates.keys()].sort(), [
    'app:llamacpp',
    'app:monitoring',
    'app:n8n',
    'app:nginx-gateway',
    'app:ollama',
    'app:open-webui',
    'app:portainer',
    'app:qdrant',
    'app:vllm',
    'feature:base_setup',
    'feature:docker',
    'feature:nvidia',
    'feature:ollama',
    'feature:portainer',
    'feature:python_api_service',
    'feature:step_ca',
    'feature:step_cli',
    'feature:traefik',
    'feature:trusted_ca',
    'feature:vllm',
  ]);
  const back = [...catalog.templates.values()].filter(({ uninstall }) => uninstall);
  assert.deepEqual(back.map(({ name }) => name).sort(), [
    'feature:docker',
    'feature:ollama',
    'feature:portainer',
    'feature:python_api_service',
    'feature:step_cli',
    'feature:trusted_ca',
  ]);
  for (const template of catalog.templates.values())
    for (const feature of template.requires)
      assert.ok(catalog.templates.has(`feature:${feature}`), `${template.name} requires ${feature}`);
});

for (const name of catalog.templates.keys()) {
  test(`${name} renders to bash that parses, as phx sends it`, async () => {
    const template = describe(catalog, name);
    for (const params of variants(name)) {
      const { body, provides, verify, uninstall } = await render(catalog, template, params, context);
      const digest = layerDigest(body, provides, uninstall);
      const back = uninstall === undefined ? {} : { uninstall };
      const script = printLayerScript({ layer: { name, digest, origin: 950 }, provides, body, ...back });
      for (const text of [script, body, uninstall ?? 'true']) {
        const read = bashReads(text);
        assert.equal(read.status, 0, read.stderr);
      }
      if (uninstall !== undefined) assert.match(uninstall, /^ *umask 022$/m);
      assert.deepEqual(parseLayerScript(script)?.provides, provides);
      assert.equal(body.includes('{{'), false, 'no mustache is left');
      assert.match(body, /^ *umask 022$/m, 'phx hands over a private umask');
      for (const question of verify) assert.match(question, /^(unit|port|package|file|http):[^\s{]+$/);
      assert.ok(provides.length > 0);
    }
  });
}

test('hostile texts in any parameter are quoted, or refused by name', async () => {
  for (const template of catalog.templates.values()) {
    for (const [param, spec] of Object.entries(template.params)) {
      if (spec.type !== 'string' || spec.enum) continue;
      const params = { ...(needed[template.name] ?? {}), [param]: evil };
      const rendered = await render(catalog, template, params, context).catch(
        (error: Error) => error.message,
      );
      if (typeof rendered === 'string') {
        assert.match(
          rendered,
          new RegExp(`"${param}".* plain word|plain word for "${param}"|"${param}" of \\S+ must be`, 's'),
          template.name,
        );
        continue;
      }
      assert.equal(bashReads(rendered.body).status, 0, `${template.name} ${param}`);
      const once = evil.replaceAll("'", "'\\''");
      const code = rendered.body.replaceAll(once.replaceAll("'", "'\\''"), '').replaceAll(once, '');
      assert.equal(code.includes('rm -rf /\n'), false, `${template.name} ${param}`);
    }
  }
});

test('the vllm options are one word each, flags bare, absent ones omitted', async () => {
  const params = {
    model: 'Qwen/Qwen2.5-7B',
    quantization: 'awq',
    gpu_memory_utilization: 0.9,
    trust_remote_code: true,
  };
  const { body } = await render(catalog, describe(catalog, 'app:vllm'), params, context);
  const bin = join(scratch, 'python');
  writeFileSync(bin, '#!/bin/sh\nshift 2\necho "$@"\n', { mode: 0o755 });
  const serve = execFileSync('bash', ['-c', `${putFile(body, '/usr/local/lib/phx/vllm-serve')}`], {
    encoding: 'utf8',
  });
  const out = execFileSync('bash', ['-c', serve.replace('/opt/vllm/bin/python', bin)], { encoding: 'utf8' });
  assert.equal(
    out.trim(),
    '--model Qwen/Qwen2.5-7B --quantization awq --gpu-memory-utilization 0.9 --tensor-parallel-size 1 --dtype auto ' +
      '--host 0.0.0.0 --port 8000 --trust-remote-code',
  );
});

test('the gateway passes on to what the fleet exports, and to nothing without an address', async () => {
  const { body } = await render(catalog, describe(catalog, 'app:nginx-gateway'), {}, context);
  const text = execFileSync('bash', ['-c', putFile(body, '/etc/nginx/conf.d/phx-gateway.conf')], {
    encoding: 'utf8',
  });
  const passes = [...text.matchAll(/(?:location|server_name) (\S+)(?: \{|;)|proxy_pass (\S+);/g)];
  assert.deepEqual(
    passes.map((match) => match[1] ?? match[2]),
    [
      '_',
      '/v1/',
      'http://10.0.0.150:8000',
      '/qdrant/',
      'http://10.0.0.152:6333/',
      '/',
      'n8n.example.net',
      '/',
      'http://10.0.0.154:5678',
    ],
  );
  assert.match(text, /server_name n8n\.example\.net/);
  assert.equal(text.match(/listen 443 ssl/g)?.length, 2);
});

test('data is mounted where the images look for it', async () => {
  for (const [name, mount] of [
    ['app:qdrant', "-v '/qdrant/storage:/qdrant/storage'"],
    ['app:n8n', "-v '/home/node/.n8n:/home/node/.n8n'"],
    ['app:portainer', "-v '/data:/data'"],
  ] as const)
    assert.ok((await render(catalog, describe(catalog, name), {}, context)).body.includes(mount), name);
});

/** A script that prints the text that `body` would put at a path. */
function putFile(body: string, path: string): string {
  const start = body.indexOf(`put_file '${path}'`);
  assert.ok(start >= 0, path);
  return `put_file() { [ "$1" != ${path} ] || printf '%s' "$3"; exit; }\n${body.slice(start)}`;
}
