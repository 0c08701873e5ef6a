/** Layer scripts, layer lines and probe answers as text: printed, read, and nothing lost on the way. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Layer, parseLayers, printLayer } from '../../src/proxmox/guest-layer.ts';
import {
  guestProbeArgv,
  guestProbeMark,
  guestProbeScript,
  parseGuestProbe,
} from '../../src/proxmox/guest-probe.ts';
import { type LayerScript, parseLayerScript, printLayerScript } from '../../src/proxmox/guest-script.ts';
import {
  parseTakeBack,
  parseUninstall,
  printTakeBack,
  printUninstall,
} from '../../src/proxmox/guest-uninstall.ts';

const layers: fc.Arbitrary<Layer> = fc.record(
  {
    name: fc.stringMatching(/^(feature|app):[a-z0-9][a-z0-9_-]{0,10}$/),
    digest: fc.stringMatching(/^[0-9a-f]{16}$/),
    origin: fc.integer({ min: 100, max: 999_999_999 }),
  },
  { noNullPrototype: true },
);
const lines = fc.oneof(
  layers,
  layers.map((layer) => ({ ...layer, uninstall: true as const })),
);

const scripts: fc.Arbitrary<LayerScript> = fc.record(
  {
    layer: layers,
    provides: fc.array(
      fc.record(
        {
          kind: fc.constantFrom('package' as const, 'unit' as const, 'port' as const, 'file' as const),
          name: fc.stringMatching(/^[A-Za-z0-9/._:@+-]{1,20}$/),
        },
        { noNullPrototype: true },
      ),
    ),
    body: fc.string({ unit: 'grapheme' }),
  },
  { noNullPrototype: true },
);

test('a printed script names its layer and its effects, and holds its body', () => {
  fc.assert(
    fc.property(scripts, (script) => {
      const text = printLayerScript(script);
      const read = parseLayerScript(text);
      assert.deepEqual(read?.layer, script.layer);
      assert.deepEqual(read?.provides, script.provides);
      assert.ok(read?.body.includes(`(\n${script.body.replace(/\n*$/, '')}\n)\n`));
    }),
  );
});

test('layer lines are read as they were printed, in their order', () => {
  fc.assert(
    fc.property(fc.array(lines), (all) => {
      assert.deepEqual(parseLayers(all.map(printLayer).join('\n')), all);
    }),
  );
});

test('what is no layer line is left out', () => {
  const text = '\n# comment\nfeature:a 1\nfeature:b 2 x\n  feature:c   3\t950  \nfeature:d 4 951 more\n';
  assert.deepEqual(parseLayers(text).map(printLayer), ['feature:c 3 950', 'feature:d 4 951']);
});

test('a script that takes a layer back is known by its mark, and so is the one that is kept', () => {
  fc.assert(
    fc.property(scripts, fc.string({ unit: 'grapheme' }), (script, uninstall) => {
      const text = printLayerScript({ ...script, uninstall });
      const layer: Layer = { ...script.layer, uninstall: true };
      assert.deepEqual(parseLayerScript(text)?.layer, layer);
      const kept = printUninstall(layer, script.provides, uninstall);
      assert.ok(text.includes(`'${kept.replaceAll("'", "'\\''")}'`));
      assert.deepEqual(parseUninstall(kept), script.provides);
      assert.deepEqual(parseTakeBack(printTakeBack(layer)), layer);
      assert.deepEqual([parseUninstall(text), parseTakeBack(text)], [undefined, undefined]);
    }),
  );
});

test('what is no layer script is none', () => {
  for (const text of [
    '',
    'true\n',
    '# phx-layer 2\n# layer: a 1 2\n',
    '# phx-layer 1\n',
    '# phx-layer 1\n# layer: a 1\n',
  ])
    assert.equal(parseLayerScript(text), undefined, text);
});

test('answers of a probe, each question on its line', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(
        fc.tuple(fc.stringMatching(/^[a-z]+:[!-~]{1,20}$/), fc.stringMatching(/^[ -~]{0,20}$/)),
        {
          selector: ([question]) => question,
        },
      ),
      (pairs) => {
        const text = pairs.map(([question, answer]) => `=${question}\t${answer}\n`).join('');
        assert.deepEqual([...parseGuestProbe(`noise\n${text}more noise\t1\n`)], pairs);
      },
    ),
  );
});

test('a cut-off answer has no answer for what was not reached', () => {
  assert.deepEqual([...parseGuestProbe('=address\t10.0.0.1/24\n=rou')], [['address', '10.0.0.1/24']]);
  assert.deepEqual([...parseGuestProbe('')], []);
});

test('questions are arguments, word for word; the script begins with its mark', () => {
  const argv = guestProbeArgv(['file:/a b', "unit:it's"]);
  assert.deepEqual(argv, ['sh', '-s', '--', 'file:/a b', "unit:it's"]);
  assert.ok(guestProbeScript.startsWith(`${guestProbeMark}\n`));
});
