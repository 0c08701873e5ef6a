/** `phx run --recreate` and `phx destroy --keep-volumes`, by the built program: what they ask, show, do, and say at the end. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { builtFleet, type Project } from './rig.ts';

const pct = (project: Project, ...words: string[]) => project.phx('twin', 'exec', '--', 'pct', ...words).out;

test('a container that would have to be made anew says how, is made anew with its data, or comes back', () => {
  const project = builtFleet();
  const own = 'clone: { from: 902 },';
  project.edit(project.guest(952), own, `${own} rootfs: { storage: 'fastData-shared-bulk-data' },`);
  const blocked = project.phx('run', 'ctid:952', '--plain');
  assert.equal(blocked.code, 8);
  assert.match(
    blocked.out,
    /would have to be made anew\n +storage +quickOS-lxc-disks → fastData-shared-bulk-data/,
  );
  assert.match(blocked.out, /→ type: phx run ctid:952 --recreate\n/);

  const planned = project
    .plan('ctid:952', '--recreate')
    .tasks.flatMap(({ commands }) => commands.map(({ argv }) => argv.slice(0, 3).join(' ')));
  assert.deepEqual(planned.slice(0, 5), [
    'pct shutdown 952',
    'pct move-volume 952',
    'vzdump 952 --storage',
    'pct destroy 952',
    'pct clone 902',
  ]);
  assert.ok(planned.includes('pct move-volume 900000952') && planned.includes('pct start 952'));

  for (let tries = 0; tries < 3; tries++) project.phx('twin', 'fault', 'pct start 952', '--exit', '1');
  const failed = project.phx('run', 'ctid:952', '--recreate', '--plain');
  assert.equal(failed.code, 1);
  assert.match(
    failed.out,
    /the container of before stands and runs again, with its data\. Mend it, then: phx run ctid:952 --recreate/,
  );
  assert.match(pct(project, 'config', '952'), /^rootfs: quickOS-lxc-disks:/m);
  assert.match(pct(project, 'status', '952'), /running/);

  const done = project.run(['ctid:952', '--recreate']);
  assert.deepEqual(
    done
      .of('started')
      .find(({ task }) => task === 'ctid:952/define')
      ?.because.slice(-1),
    [{ why: 'changed', key: 'recreate', to: 'asked for' }],
  );
  assert.match(
    done
      .of('notice')
      .map(({ text }) => text)
      .join(),
    /ctid:952 was made anew; its former root is kept as fastData-shared-backups:backup/,
  );
  assert.match(
    pct(project, 'config', '952'),
    /^mp0: quickOS-shared-prod-data-volumes:subvol-952-disk-0,mp=\/qdrant\/storage/m,
  );
  assert.deepEqual(project.run(['ctid:952']).commands, []);
});

test('several guests are named and asked about, and a part of one is none', () => {
  const project = builtFleet();
  const asked = project.phx('run', 'ctid:95*', '--recreate');
  assert.equal(asked.code, 2);
  assert.match(
    asked.out,
    /ctid:952 \(qdrant-VSCodeRag\) is destroyed and made anew: the data under \/qdrant\/storage is kept, its root is backed up on fastData-shared-backups first/,
  );
  assert.match(
    asked.err,
    /Nothing was run[\s\S]*It would make ctid:950, .*ctid:957 anew[\s\S]*phx run ctid:95\* --recreate --yes/,
  );
  const part = project.phx('run', 'ctid:952/app', '--recreate');
  assert.equal(part.code, 2);
  assert.match(part.err, /whole guests[\s\S]*phx run ctid:952 --recreate/);
});

test('volumes that were kept wait for the next container, and are told of when nobody will come', () => {
  const project = builtFleet();
  const gone = project.phx('destroy', 'ctid:952', '--keep-volumes', '--yes');
  assert.equal(gone.code, 0, gone.out);
  assert.match(
    gone.out,
    /is destroyed with its root and its snapshots; the data under \/qdrant\/storage is kept/,
  );
  assert.match(
    gone.out,
    /parked: \/qdrant\/storage \(\S+, 20G\) of ctid:952; phx run ctid:952 brings it back/,
  );
  const back = project.copy();
  const commands = back.run(['ctid:952']).commands;
  assert.ok(commands.includes('pct move-volume 900000952 mp0 --target-vmid 952 --target-volume mp0'));

  project.remove(project.guest(952));
  project.edit('config/hypervisor.json5', '[910, 952, 953, 954, 956]', '[910, 953, 954, 956]');
  const orphan = /parked \/qdrant\/storage \(\S+:subvol-900000952-disk-0, 20G\) of ctid:952/;
  assert.match(project.phx('status').out, orphan);
  assert.match(project.phx('plan', 'ctid:900').out, orphan);
  const asked = project.phx('destroy', 'ctid:952');
  assert.equal(asked.code, 2);
  assert.match(
    asked.out,
    /the parked volumes of ctid:952 are destroyed, with the data under \/qdrant\/storage/,
  );
  assert.equal(project.phx('destroy', 'ctid:952', '--yes').code, 0);
  assert.doesNotMatch(project.phx('status').out, /parked/);
  assert.doesNotMatch(pct(project, 'list'), /parked/);
});
