/** Guests that move to another node of their cluster: what goes along, what is refused, what a kill leaves (from documentation). */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TwinCluster } from '../../src/twin/cluster.ts';
import { create, furnishedCluster } from './cluster-nodes.ts';
import { all, run } from './node.ts';

/** Refused with this text, and the guest is as it was. */
async function refused(cluster: TwinCluster, line: string, said: RegExp): Promise<void> {
  const one = cluster.node('pve1');
  const conf = await one.readFile('/etc/pve/.vmlist');
  const { exit, stdout, stderr } = await run(one, line);
  assert.notEqual(exit, 0, line);
  assert.match(stdout + stderr, said, line);
  assert.equal(await one.readFile('/etc/pve/.vmlist'), conf, line);
}

test('a container moves with its volumes, snapshots and content, and its conf is at home there', async () => {
  const cluster = await furnishedCluster();
  const [one, two] = [cluster.node('pve1'), cluster.node('pve2')];
  await all(
    one,
    create(901, 'fast', ' --mp0 nas:2,mp=/data'),
    'pct start 901',
    'pct push 901 /etc/hostname /data/mine',
    'pct stop 901',
  );
  await all(one, create(902), 'pct snapshot 902 s1', 'pct clone 902 903 --snapname s1');
  const log = await all(one, 'pct migrate 901 pve2');
  assert.match(log, /starting migration of CT 901 to node 'pve2' \(10\.0\.0\.12\)/);
  assert.match(log, /found local volume 'fast:subvol-901-disk-0' \(in current VM config\)/);
  assert.match(log, /volume 'nas:901\/vm-901-disk-0\.raw' is on shared storage 'nas'/);
  assert.match(log, /migration finished successfully/);
  assert.doesNotMatch(await all(one, 'pct list'), /901/);
  assert.doesNotMatch(await all(one, 'pvesm list fast'), /901/);
  assert.doesNotMatch((await two.readFile('/etc/pve/lxc/901.conf')) ?? '', /lock/);
  await all(two, 'pct start 901', 'pct exec 901 -- test -f /data/mine');
  assert.match(await all(two, 'pvesm list fast'), /fast:subvol-901-disk-0/);
  await all(one, 'pct migrate 902 pve3');
  await all(cluster.node('pve3'), 'pct rollback 902 s1', 'pct start 902');
  assert.match(
    await all(one, 'pvesh get /nodes/pve1/tasks --typefilter vzmigrate --output-format json'),
    /"OK"/,
  );
});

test('a clone is born on another node where that sees its volumes, and nowhere else', async () => {
  const cluster = await furnishedCluster();
  const [one, two] = [cluster.node('pve1'), cluster.node('pve2')];
  await all(one, create(901), create(902, 'nas'));
  await refused(cluster, 'pct clone 901 903 --target pve9', /no such cluster node 'pve9'/);
  await refused(
    cluster,
    'pct clone 901 903 --target pve2',
    /found non-shared volume: fast:subvol-901-disk-0\n.*can't clone CT to node 'pve2' \(CT uses local storage\)/s,
  );
  await refused(
    cluster,
    'pct clone 901 903 --full 1 --storage fast --target pve2',
    /can't clone to non-shared storage 'fast'/,
  );
  // What it is copied to is what counts.
  await all(one, 'pct clone 901 903 --full 1 --storage nas --target pve2', 'pct clone 902 904 --target pve2');
  assert.match(await all(two, 'pct list'), /903.*\n904/);
  assert.doesNotMatch(await all(one, 'pct list'), /90[34]/);
  assert.doesNotMatch((await two.readFile('/etc/pve/lxc/903.conf')) ?? '', /lock/);
  await all(two, 'pct start 903', 'pct start 904');
  await all(one, 'pvesm set nas --nodes pve1,pve3');
  await refused(
    cluster,
    'pct clone 901 905 --full 1 --storage nas --target pve2',
    /storage 'nas' is not available on node 'pve2'/,
  );
  await all(one, 'pvesm set nas --delete nodes');

  const vm = (id: number, disk: string) => `qm create ${id} --memory 512 --scsi0 ${disk}:1`;
  await all(one, vm(911, 'fast'), vm(912, 'nas'), 'qm clone 912 913 --full 1 --storage nas --target pve2');
  assert.match(await all(two, 'qm list'), /913/);
  await refused(
    cluster,
    'qm clone 911 914 --full 1 --storage nas --target pve2',
    /can't clone VM to node 'pve2' \(VM uses local storage\)/,
  );
  await all(one, 'qm set 912 --ide2 local:cloudinit');
  await refused(cluster, 'qm clone 912 914 --target pve2', /VM uses local storage/);
});

test('a running container is stopped, moved and started; without --restart it stays', async () => {
  const cluster = await furnishedCluster();
  const one = cluster.node('pve1');
  await all(one, create(901), 'pct start 901');
  await refused(
    cluster,
    'pct migrate 901 pve2',
    /^can't migrate running container without --online or --restart$/m,
  );
  await refused(cluster, 'pct migrate 901 pve2 --online', /lxc live migration is currently not implemented/);
  assert.equal(await all(one, 'pct status 901'), 'status: running\n');
  await all(one, 'pct migrate 901 pve2 --restart');
  assert.equal(await all(cluster.node('pve2'), 'pct status 901'), 'status: running\n');
});

test('a container is refused where it cannot go', async () => {
  const cluster = await furnishedCluster();
  const one = cluster.node('pve1');
  await all(one, create(901), 'mkdir /srv/share', create(902, 'fast', ' --mp0 /srv/share,mp=/share'));
  await all(one, 'pvesm add lvmthin thin --vgname pve --thinpool data --content rootdir,images');
  await all(one, create(903, 'thin'), 'pct snapshot 903 s1', create(904), 'pct template 904');
  await all(one, 'pct clone 904 905', create(906));
  await refused(cluster, 'pct migrate 901 pve1', /target: target is local node\./);
  await refused(cluster, 'pct migrate 901 pve9', /no such cluster node 'pve9'/);
  await refused(cluster, 'pct migrate 902 pve2', /cannot migrate local bind mount point 'mp0'/);
  await refused(cluster, 'pct migrate 903 pve2', /can't migrate CT - check log|migration aborted/);
  await refused(cluster, 'pct migrate 903 pve2', /non-migratable snapshot exists/);
  await refused(cluster, 'pct migrate 905 pve2', /clone of 'basevol-904-disk-0'/);
  await all(one, 'pvesm set fast --nodes pve1,pve3');
  await refused(cluster, 'pct migrate 906 pve2', /storage 'fast' is not available on node 'pve2'/);
  await refused(
    cluster,
    'pct migrate 906 pve2 --target-storage thin',
    /cannot migrate from storage type 'zfspool' to 'lvmthin'/,
  );
  cluster.down('pve3');
  await refused(cluster, 'pct migrate 906 pve3', /No route to host[\s\S]*migration aborted/);
  assert.doesNotMatch((await one.readFile('/etc/pve/lxc/906.conf')) ?? '', /lock/);
  await all(one, 'pct set 902 --mp0 /srv/share,mp=/share,shared=1', 'pvesm set fast --delete nodes');
  await all(one, 'pct migrate 902 pve2');
  cluster.down('pve2');
  await refused(cluster, 'pct migrate 906 pve2', /no quorum/);
});

test('a VM moves while it runs, its local disks only when that is said, to other storages too', async () => {
  const cluster = await furnishedCluster();
  const [one, two] = [cluster.node('pve1'), cluster.node('pve2')];
  await all(one, 'qm create 910 --memory 512 --scsi0 nas:4 --net0 virtio,bridge=vmbr0', 'qm start 910');
  await refused(cluster, 'qm migrate 910 pve2', /^can't migrate running VM without --online$/m);
  await all(one, 'qm migrate 910 pve2 --online');
  assert.equal(await all(two, 'qm status 910'), 'status: running\n');
  await all(one, 'qm create 911 --memory 512 --scsi0 fast:4 --ide2 fast:cloudinit', 'qm start 911');
  await refused(
    cluster,
    'qm migrate 911 pve2 --online',
    /can't live migrate attached local disks without with-local-disks option/,
  );
  await all(one, 'qm migrate 911 pve2 --online --with-local-disks --targetstorage nas');
  assert.match(
    (await two.readFile('/etc/pve/qemu-server/911.conf')) ?? '',
    /^scsi0: nas:911\/vm-911-disk-0\.raw,size=4G$/m,
  );
  assert.doesNotMatch(await all(one, 'pvesm list fast'), /911/);
  await all(one, 'qm create 912 --memory 512 --scsi0 fast:4', 'qm migrate 912 pve2');
  await all(two, 'qm start 912', 'qm stop 912');
  await all(one, 'qm create 913 --memory 512 --hostpci0 0000:01:00', 'qm set 913 --cdrom cdrom');
  await refused(cluster, 'qm migrate 913 pve2', /can't migrate VM which uses local devices: hostpci0/);
  await all(one, 'qm set 913 --delete hostpci0');
  await refused(cluster, 'qm migrate 913 pve2', /can't migrate local cdrom drive/);
  assert.match((await run(one, 'qm migrate 913 pve1')).stderr, /target is local node/);
});

test('who is killed in the middle leaves the guest where it was, locked, and a part of its volumes there', async () => {
  const killed = new Error('killed');
  const cluster = await furnishedCluster({
    killRun: () => {
      throw killed;
    },
  });
  const one = cluster.node('pve1');
  await all(one, create(901, 'fast', ' --mp0 fast:2,mp=/data'));
  // Its first pause is the test of the connection; the second is in the midst of the first volume.
  const control = new AbortController();
  const real = cluster.fork({ latency: 'real', speed: 'skip' });
  const work = real.node('pve1').run({ argv: ['pct', 'migrate', '901', 'pve2'], signal: control.signal });
  await real.time.sleep(900);
  assert.match((await real.node('pve1').readFile('/etc/pve/lxc/901.conf')) ?? '', /^lock: migrate$/m);
  assert.match(await all(real.node('pve2'), 'pvesm list fast'), /subvol-901-disk-0/);
  control.abort('SIGKILL');
  await assert.rejects(work, killed);
  const conf = (await real.node('pve1').readFile('/etc/pve/lxc/901.conf')) ?? '';
  assert.match(conf, /^lock: migrate$/m);
  assert.match((await run(real.node('pve1'), 'pct start 901')).stderr, /CT is locked \(migrate\)/);
  assert.match(await all(real.node('pve1'), 'pvesm list fast'), /901-disk-1/);
  await all(real.node('pve1'), 'pct unlock 901', 'pct migrate 901 pve2');
  await all(real.node('pve2'), 'pct start 901');
});

test('an end by a signal, or a target that is lost, gives the guest back without its lock', async () => {
  const cluster = await furnishedCluster({ latency: 'real', speed: 'skip' });
  const one = cluster.node('pve1');
  await all(one, create(901), 'pct start 901');
  const control = new AbortController();
  const ended = one.run({ argv: ['pct', 'migrate', '901', 'pve2', '--restart'], signal: control.signal });
  await cluster.time.sleep(2500);
  control.abort();
  assert.match((await ended).stdout, /found stale volume copy 'fast:subvol-901-disk-0' on node 'pve2'/);
  assert.doesNotMatch((await one.readFile('/etc/pve/lxc/901.conf')) ?? '', /lock/);
  await all(one, 'pct stop 901');
  const lost = run(one, 'pct migrate 901 pve3');
  await cluster.time.sleep(1000);
  cluster.down('pve3');
  assert.match((await lost).stderr, /migration aborted/);
  await all(one, 'pct start 901');
});
