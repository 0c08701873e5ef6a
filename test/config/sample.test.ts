/** The sample fleet: that it stands, warns of what it should, and is what the older configuration described. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { exampleValues } from '../../scripts/example-values.ts';
import { readFast } from '../../src/config/fast.ts';
import type { Container } from '../../src/config/fleet.ts';
import { jsonSchemas } from '../../src/config/json-schema.ts';
import { loadConfig } from '../../src/config/load.ts';
import { configReference } from '../../src/config/reference.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const config = await loadConfig({ root });
const { fleet } = config;

test('it warns of over-commitment, and of nothing else', () => {
  assert.deepEqual(
    config.problems.map((problem) => `${problem.file} ${problem.message}`),
    [
      'config/guests/951-vllm-granite-embed-r2.json5 running guests share more than the whole memory of GPU 0: 0.1 (941) + 0.9 (950) + 0.1 (951) = 1.1',
      'config/hypervisor.json5 containers that start with the node may take 328640 MiB of memory together, the node has 98304 MiB',
      'config/hypervisor.json5 guests that start with the node may use 50 cores together, the node has 16',
      'config/hypervisor.json5 quotas on pool quickOS add up to 2300 GiB, its disks hold 1863 GiB',
      'config/hypervisor.json5 quotas on pool fastData add up to 4181.6 GiB, its disks hold 3726 GiB',
    ],
  );
});

/** id, hostname, memory, cores, rootfs, address, MAC, GPUs, boot order, source, dependencies, layers, app, mounts. */
const containers = [
  [
    900,
    'Template-Base',
    2048,
    2,
    32,
    '200',
    'AA:BB:CC',
    '',
    undefined,
    undefined,
    '',
    'base_setup',
    undefined,
    '',
  ],
  [901, 'Template-GPU', 2048, 2, 32, '201', 'AA:BB:CD', '0,1', undefined, 900, '', 'nvidia', undefined, ''],
  [902, 'Template-Docker', 2048, 2, 32, '202', 'AA:BB:CE', '', undefined, 900, '', 'docker', undefined, ''],
  [
    903,
    'Template-Docker-GPU',
    2048,
    2,
    32,
    '203',
    'AA:BB:CF',
    '0,1',
    undefined,
    901,
    '',
    'docker',
    undefined,
    '',
  ],
  [910, 'Portainer', 32768, 6, 32, '99', '67:89:99', '', 4, 902, '953', 'docker', 'portainer', '/data 10'],
  [
    920,
    'Template-VLLM-AWQ-MultiGPU',
    72000,
    10,
    128,
    '220',
    'AA:BB:D1',
    '0,1',
    undefined,
    901,
    '',
    'nvidia,vllm',
    'vllm',
    '',
  ],
  [
    921,
    'Template-VLLM-FP8',
    72000,
    10,
    64,
    '221',
    'AA:BB:D2',
    '0',
    undefined,
    901,
    '',
    'nvidia,vllm',
    'vllm',
    '',
  ],
  [
    941,
    'granite-new',
    72000,
    6,
    128,
    '141',
    '67:89:A1',
    '0',
    3,
    921,
    '953',
    'vllm',
    'vllm',
    '/vllm_models 50',
  ],
  [
    950,
    'vllm-qwen2-5-7b-awq',
    72000,
    6,
    128,
    '150',
    '67:89:B0',
    '0',
    3,
    920,
    '953',
    'vllm',
    'vllm',
    '/vllm_models 50',
  ],
  [
    951,
    'vllm-granite-embed-r2',
    72000,
    6,
    128,
    '151',
    '67:89:B1',
    '0',
    3,
    920,
    '953',
    'vllm',
    'vllm',
    '/vllm_models 50',
  ],
  [
    952,
    'qdrant-VSCodeRag',
    2048,
    2,
    32,
    '152',
    '67:89:B2',
    '',
    3,
    902,
    '953',
    'docker',
    'qdrant',
    '/qdrant/storage 20',
  ],
  [953, 'Nginx-VscodeRag', 4096, 4, 32, '153', '67:89:B3', '', 1, 900, '', 'base_setup', 'nginx-gateway', ''],
  [954, 'n8n-phoenix', 2048, 2, 32, '154', '67:89:B4', '', 3, 902, '953', '', 'n8n', '/home/node/.n8n 10'],
  [
    955,
    'ollama-oWUI',
    32768,
    6,
    128,
    '155',
    '67:89:B5',
    '0',
    2,
    901,
    '953',
    'nvidia,ollama',
    undefined,
    '/ollama_models 50',
  ],
  [
    956,
    'openWebUI-phoenix',
    2048,
    2,
    32,
    '156',
    '67:89:B6',
    '',
    3,
    902,
    '953,955',
    'docker',
    'open-webui',
    '',
  ],
  [
    957,
    'llamacpp',
    32768,
    6,
    128,
    '157',
    '67:89:B7',
    '1',
    2,
    901,
    '953',
    'nvidia',
    'llamacpp',
    '/llamacpp_models 50',
  ],
  [960, 'monitoring-stack', 4096, 4, 64, '160', '67:89:C0', '', 4, 903, '953', 'docker', 'monitoring', ''],
] as const;

for (const row of containers) {
  test(`container ${row[0]} is what it was`, () => {
    const guest = fleet.guests[String(row[0])] as Container;
    const { net0 } = guest.nets;
    assert.deepEqual(
      [
        guest.id,
        guest.hostname,
        guest.memory,
        guest.cores,
        guest.rootfs.size,
        /^10\.0\.0\.(\d+)\/24$/.exec(net0?.ip ?? '')?.[1],
        net0?.hwaddr?.replace('52:54:00:', ''),
        guest.gpus.join(),
        guest.startup?.order,
        guest.clone?.from,
        guest.dependencies.join(),
        guest.layers.map((layer) => layer.name).join(),
        guest.app?.name,
        Object.values(guest.mounts)
          .map((mount) => `${mount.mp} ${mount.size}`)
          .join(),
      ],
      [...row],
    );
    assert.deepEqual(
      [guest.kind, guest.unprivileged, guest.rootfs.storage, net0?.gw],
      ['ct', true, 'quickOS-lxc-disks', '10.0.0.1'],
    );
    const source = row[8] === undefined;
    assert.deepEqual(
      [guest.state, guest.snapshot, guest.onboot],
      source ? ['stopped', 'sealed', false] : ['running', undefined, true],
    );
    assert.ok(guest.health !== undefined);
  });
}

test('both VMs are what they were', () => {
  assert.equal(Object.keys(fleet.guests).length, containers.length + 2);
  const [template, docker] = [fleet.guests['8000'], fleet.guests['8001']];
  assert.ok(template?.kind === 'vm' && docker?.kind === 'vm');
  assert.deepEqual(
    [template.name, template.template, template.image, template.state, template.ipconfig.ipconfig0],
    ['ubuntu-2404-cloud-template', true, 'noble', 'stopped', { gw: '10.0.0.1', ip: '10.0.0.45/24' }],
  );
  assert.deepEqual(
    [
      docker.name,
      docker.clone,
      docker.cores,
      docker.memory,
      docker.disk,
      docker.ipconfig.ipconfig0,
      docker.ciuser,
    ],
    [
      'docker-vm-01',
      { from: 8000 },
      4,
      8192,
      { storage: 'quickOS-vm-disks', size: 100 },
      { gw: '10.0.0.1', ip: '10.0.0.101/24' },
      'phoenix_user',
    ],
  );
});

test('every file names its schema, by a path that leads to it', () => {
  for (const file of config.files) {
    const read = readFast(readFileSync(resolve(root, file), 'utf8'));
    const schema = read.ok ? (read.value as { $schema?: string }).$schema : undefined;
    const kind = /guests|profiles|defaults|hypervisor/.exec(file)?.[0].replace(/s$/, '') ?? '';
    const wanted = resolve(root, 'config/schema', `${kind === 'default' ? 'defaults' : kind}.schema.json`);
    assert.equal(resolve(root, dirname(file), schema ?? ''), wanted, file);
  }
});

test('no file holds a literal secret', () => {
  for (const file of config.files) {
    const text = readFileSync(resolve(root, file), 'utf8').replace(/\/\/.*$/gm, '');
    assert.doesNotMatch(text, /passw|token|secret/i, file);
  }
});

test('the JSON Schemas on disk are up to date', () => {
  const dir = resolve(root, 'config/schema');
  assert.deepEqual(readdirSync(dir).sort(), [...jsonSchemas().keys()].sort());
  for (const [name, text] of jsonSchemas()) {
    assert.ok(
      readFileSync(resolve(dir, name), 'utf8') === text,
      `${name} is out of date: run npm run schemas`,
    );
  }
});

test('the reference of the configuration is that of the schemas: npm run schemas', async () => {
  const page = readFileSync(new URL('../../docs/config.md', import.meta.url), 'utf8');
  assert.equal(page, configReference(await exampleValues()));
});
