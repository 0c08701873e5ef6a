/**
 * `--recreate` of a container with data volumes, without any, without a way back, and on its way back; `phx destroy
 * --keep-volumes`, whose data the next container of that id has: struck at each command and each write, and afterwards the
 * same is typed again or only `phx run`. A sample by seed here, all with `npm run test:faults`.
 */

import { extra, filled, recreating } from '../property/recreate.ts';
import { tempFolder } from '../temp.ts';
import { destruction, rebuilt } from './destruction.ts';
import { nodeOf, noStart, rebuild, recover } from './rebuilds.ts';
import { FileSeam } from './seam.ts';
import { everything } from './seed.ts';
import { Trial } from './trial.ts';

const seam = new FileSeam(tempFolder());
const trial = new Trial('rebuilds', seam);
const stands = await nodeOf(seam, filled, [extra]);
const steps = [
  await rebuild(seam, 'made anew', stands),
  await rebuild(seam, 'on its way back', stands, undefined, noStart(stands.former)),
];
if (everything) {
  const noBackups = await nodeOf(seam, filled, [
    ...[extra, 'hypervisor.backups={}', 'hypervisor.backups.weekly=null'],
    'hypervisor.storage.fastData-shared-backups.content=["iso"]',
  ]);
  const bare = { id: 953, data: {} };
  steps.push(
    await rebuild(seam, 'without a way back', noBackups, recreating(filled.id, 'no-way-back')),
    await rebuild(seam, 'without data volumes', await nodeOf(seam, bare, [])),
  );
}
const destroyed = await destruction(seam, stands);
trial.strikes({
  ...{ of: 'made anew', steps, commands: 1, writes: 1, least: 40 },
  recover: (point, struck, words) => recover(seam, point, struck, words),
});
trial.strikes({
  ...{ of: 'destroyed', steps: [destroyed], commands: 1, writes: everything ? 1 : 0, least: 8 },
  ...(everything ? {} : { ways: ['during', 'refused', 'babbles'] }),
  recover: (point, struck, words) => rebuilt(seam, point, struck, words),
});
