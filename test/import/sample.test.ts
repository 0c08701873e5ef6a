/** The first generation, imported, against the sample fleet, which was made of it by hand: what differs, and why. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadConfig } from '../../src/config/load.ts';
import { imported, legacy, loaded, root } from './fixtures.ts';

const byHand = (await loadConfig({ root })).fleet;
const made = (await loaded(imported(legacy('first')))).fleet;

/** Single values by path; rules of a firewall without their names, which nobody refers to. */
function values(value: unknown, path = ''): Map<string, string> {
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    return new Map([[path, JSON.stringify(value)]]);
  return new Map(
    Object.entries(value).flatMap(([key, child], at) => {
      const name = path.endsWith('firewall.rules') ? String(at) : key;
      return [...values(child, path === '' ? name : `${path}.${name}`)];
    }),
  );
}

/** Paths whose values differ, with both values. */
function differences(
  one: unknown,
  other: unknown,
): (readonly [path: string, one: unknown, other: unknown])[] {
  const [a, b] = [values(one), values(other)];
  const paths = new Set([...a.keys(), ...b.keys()]);
  return [...paths].flatMap((path) =>
    a.get(path) === b.get(path) ? [] : [[path, a.get(path), b.get(path)] as const],
  );
}

type Reasons = readonly (readonly [path: RegExp, why: string])[];

/** What differs, and why. */
const ofGuests: Reasons = [
  [/^\d+ (ostype|tags)$/, 'the old files say neither: pct sees the distribution at the template'],
  [/^\d+ (rollback|safety\..*)$/, 'the old system had nothing like it'],
  [/^(?!902|952)\d+ health\./, 'the old files check 902 and 952 alone'],
  [/^(902|952) health\./, 'the sample waits longer, and asks another page of Qdrant'],
  [/^9\d+ tests$/, 'more of them were written for the sample'],
  [/^9[02]\d startup\./, 'sources do not start with the node: order and delay 0 say nothing'],
  [/^9[02]\d snapshot$/, 'the sample calls its seals sealed'],
  [
    /^\d+ exports\.(path|upstream|scheme|metrics)$/,
    'routes stood in a file of nginx, and nothing was watched',
  ],
  [/^(92[01]|953) exports\.port$/, 'the old files name no ports there'],
  [/^(910 exports\.tunnel|952 exports\.grpc)$/, 'a second port of the old list, which nobody reads'],
  [/^95[01] app\.params\.(host|port|dtype|trust_remote_code)$/, 'only the form of 920 and 921 says them'],
  [/^954 app\.params\.timezone$/, 'the old script did not set it'],
  [/^957 app\.params\.hf_repo$/, 'the old script named no model: the one of the sample is a suggestion'],
  [/^9\d+ mounts\.mp0\.backup$/, 'the old system took no backups'],
  [
    /^(910 mounts\.mp1|95[34] mounts\.mp[01])\./,
    'wishes of shared_volumes: doubtful there, left out by hand',
  ],
  [/^95[57] mounts\.mp0\./, 'directories by shared_volumes; volumes in the sample'],
  [/^954 features\.force_rw_sys$/, 'the old raw line; n8n needs no writable /sys'],
  [/^8000 nameserver$/, 'servers that the old system never passed on'],
  [/^8001 cloudInit\./, 'written for the sample'],
];
const ofNode: Reasons = [
  [/^node\./, 'the old files do not say what the machine has'],
  [/^(repositories\.|packages$)/, 'the old script had them in it'],
  [/^zfs\.pools\.\w+\.diskSize$/, 'the old files do not say'],
  [
    /^zfs\.datasets\.fastData\/shared-test-data-sync\./,
    'made for a share that had none: what it is like, a person says',
  ],
  [/^backups\./, 'the old system took no backups'],
  [/^apparmor\./, 'a profile that no guest of the sample uses'],
];

/** Differences that no reason covers, and reasons that cover nothing any more. */
function unexplained(
  all: readonly (readonly [path: string, one: unknown, other: unknown])[],
  reasons: Reasons,
) {
  const left = all.filter(([path]) => !reasons.some(([pattern]) => pattern.test(path)));
  const idle = reasons.filter(([pattern]) => !all.some(([path]) => pattern.test(path)));
  return {
    left: left.map(([path, one, other]) => `${path}: ${one} → ${other}`),
    idle: idle.map(([, why]) => why),
  };
}

test('each guest is that of the sample, but for what is listed here', () => {
  assert.deepEqual(Object.keys(made.guests), Object.keys(byHand.guests));
  const all = Object.entries(byHand.guests).flatMap(([id, guest]) =>
    differences(guest, made.guests[id]).map(([path, ...both]) => [`${id} ${path}`, ...both] as const),
  );
  assert.deepEqual(unexplained(all, ofGuests), { left: [], idle: [] });
});

test('the node is that of the sample, but for what is listed here', () => {
  const all = differences(byHand.hypervisor, made.hypervisor);
  assert.deepEqual(unexplained(all, ofNode), { left: [], idle: [] });
});
