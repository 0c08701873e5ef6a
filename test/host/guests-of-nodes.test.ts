/** The guests of all nodes: as a plain map of all of them would answer, whatever changes in which order, and old versions stay. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { GuestsOfNodes } from '../../src/host/guests-of-nodes.ts';
import type { GuestFacts } from '../../src/proxmox/facts.ts';

const guest = (id: number, node: string): GuestFacts => ({ id, kind: 'ct', running: false, conf: '', node });

test('a guest that moves, comes or goes is found where it is now; what was handed out before does not change', () => {
  const step = fc.record({
    node: fc.constantFrom('pve1', 'pve2', 'pve3'),
    ids: fc.uniqueArray(fc.integer({ min: 100, max: 110 }), { maxLength: 6 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      let all = new GuestsOfNodes(new Map());
      const plain = new Map<string, ReadonlyMap<number, GuestFacts>>();
      const versions: { all: GuestsOfNodes; told: string }[] = [];
      const tell = (map: ReadonlyMap<number, GuestFacts>) =>
        JSON.stringify([...map].sort(([a], [b]) => a - b));
      for (const { node, ids } of steps) {
        // Proxmox gives an id to one guest of the cluster.
        const taken = [...plain].flatMap(([name, part]) => (name === node ? [] : [...part.keys()]));
        const own = new Map(ids.filter((id) => !taken.includes(id)).map((id) => [id, guest(id, node)]));
        plain.set(node, own);
        all = all.with(node, own);
        const expected = new Map([...plain.values()].flatMap((part) => [...part]));
        assert.equal(tell(all), tell(expected));
        assert.equal(all.size, expected.size);
        for (let id = 99; id <= 111; id++) {
          assert.deepEqual(all.get(id), expected.get(id));
          assert.equal(all.has(id), expected.has(id));
        }
        assert.deepEqual([...all.keys()].sort(), [...expected.keys()].sort());
        versions.push({ all, told: tell(expected) });
      }
      for (const version of versions) assert.equal(tell(version.all), version.told);
    }),
    { seed: 20261128 },
  );
});
