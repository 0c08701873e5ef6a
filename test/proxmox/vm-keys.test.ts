/** Keys of VMs in one normal form: what is the same however it is written, and what Proxmox made itself. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConf } from '../../src/proxmox/conf.ts';
import { isCryptOf, saltFrom, sha512Crypt } from '../../src/proxmox/crypt.ts';
import { effectiveVmKey, normalVmKey, vmValueToSend } from '../../src/proxmox/vm-keys.ts';

/** Key, two ways to write it, and the normal form of both. */
const same: readonly (readonly [key: string, one: string, other: string, normal: string])[] = [
  ['net0', 'virtio=AA:BB:CC:00:00:01,bridge=vmbr0', 'model=virtio,bridge=vmbr0', 'virtio,bridge=vmbr0'],
  ['net1', 'e1000,bridge=a,firewall=0', 'bridge=a,model=e1000,link_down=0', 'e1000,bridge=a'],
  [
    'net2',
    'virtio,bridge=a,trunks=9;7;9,rate=1.50',
    'virtio,bridge=a,rate=1.5,trunks=7;9',
    'virtio,bridge=a,rate=1.5,trunks=7;9',
  ],
  ['agent', 'enabled=1,type=virtio', '1,freeze-fs=1,fstrim_cloned_disks=0', '1'],
  ['agent', '1,guest-fsfreeze=0', 'enabled=yes,freeze-fs-on-backup=off', '1,freeze-fs-on-backup=0'],
  ['cpu', 'host,flags=+b;-a', 'flags=-a;+b,cputype=host,hidden=0', 'host,flags=+b;-a'],
  ['machine', 'q35', 'type=q35', 'q35'],
  ['vga', 'type=std', 'std', 'std'],
  ['boot', 'order=scsi0;net0', 'order=scsi0;net0', 'order=scsi0;net0'],
  ['boot', 'cdn', 'legacy=cdn', 'cdn'],
  ['hotplug', '1', 'usb,disk,network', 'disk,network,usb'],
  ['hotplug', '0', 'no', '0'],
  ['hostpci0', '0000:01:00,pcie=0,rombar=1', 'host=0000:01:00', '0000:01:00'],
  ['hostpci1', 'mapping=card,x-vga=on', 'x-vga=1,mapping=card,driver=vfio', 'mapping=card,x-vga=1'],
  ['usb0', 'host=1D6B:0002', '0x1d6b:0x0002,usb3=0', '1d6b:0002'],
  ['virtiofs0', 'dirid=a,cache=auto', 'a,direct-io=0', 'a'],
  ['rng0', 'source=/dev/urandom', '/dev/urandom,max_bytes=1024,period=1000', '/dev/urandom'],
  ['watchdog', 'action=reset', 'i6300esb,action=reset', 'i6300esb,action=reset'],
  ['amd-sev', 'type=es,no-debug=0', 'es,allow-smt=1', 'es'],
  ['intel-tdx', 'tdx,attestation=1,vsock-cid=2', 'type=tdx,attestation=on', 'tdx,attestation=1'],
  ['audio0', 'device=AC97,driver=spice', 'device=AC97', 'device=AC97'],
  ['numa0', 'cpus=0-1,memory=512', 'memory=512,cpus=0-1', 'cpus=0-1,memory=512'],
  ['memory', '512', 'current=512', '512'],
  ['startup', 'up=5,order=3', '3,up=5', 'order=3,up=5'],
  ['tags', 'B;a', 'a,b', 'a;b'],
  ['nameserver', '1.1.1.1,9.9.9.9', '1.1.1.1 9.9.9.9', '1.1.1.1 9.9.9.9'],
  ['cpulimit', '2.50', '2.5', '2.5'],
  ['onboot', 'yes', '1', '1'],
  ['kvm', 'off', '0', '0'],
  ['sshkeys', 'ssh-rsa%20A%20b%0A', 'ssh-rsa%20A%20b%0A%0A', 'ssh-rsa A b'],
  ['smbios1', 'serial=abc,uuid=x', 'base64=1,serial=YWJj', 'base64=1,serial=YWJj'],
  ['ipconfig0', 'gw=10.0.0.1,ip=10.0.0.5/24', 'ip=10.0.0.5/24,gw=10.0.0.1', 'ip=10.0.0.5/24,gw=10.0.0.1'],
  ['spice_enhancements', 'foldersharing=1,videostreaming=off', 'foldersharing=yes', 'foldersharing=1'],
];

for (const [key, one, other, normal] of same) {
  test(`${key}: ${one} and ${other}`, () => {
    for (const value of [one, other]) {
      const wanted = /^(net|smbios)/.test(key) ? normal : value;
      assert.equal(normalVmKey(key, value, wanted), normal);
    }
    assert.equal(normalVmKey(key, normal), normal, 'the normal form is its own normal form');
  });
}

test('what a VM is without a word is as wanted, and all else that is not set is missing', () => {
  const conf = parseConf('name: web\n');
  const asIs = {
    onboot: '0',
    kvm: '1',
    tablet: '1',
    agent: '0',
    hotplug: 'disk,network,usb',
    bios: 'seabios',
  };
  for (const [key, value] of Object.entries(asIs)) {
    assert.equal(effectiveVmKey(conf, key, value), value, key);
    assert.equal(effectiveVmKey(conf, key, `${value}0`), undefined, key);
    assert.equal(effectiveVmKey(conf, key, undefined), undefined, key);
  }
  assert.equal(effectiveVmKey(conf, 'cores', '1'), undefined);
});

test('what is pending counts, also a deletion', () => {
  const conf = parseConf('cores: 2\nvga: std\n\n[PENDING]\ncores: 4\ndelete: vga\n', 'vm');
  assert.equal(effectiveVmKey(conf, 'cores', '4'), '4');
  assert.equal(effectiveVmKey(conf, 'vga', 'std'), undefined);
});

test('a card that is sent again stays the same card, and the machine the same machine', () => {
  const conf = parseConf('net0: virtio=AA:BB:CC:00:00:01,bridge=vmbr0\nsmbios1: uuid=u-1\n');
  assert.equal(vmValueToSend(conf, 'net0', 'e1000,bridge=b'), 'e1000=AA:BB:CC:00:00:01,bridge=b');
  assert.equal(
    vmValueToSend(conf, 'net0', 'virtio=52:54:00:00:00:01,bridge=b'),
    'virtio=52:54:00:00:00:01,bridge=b',
  );
  assert.equal(vmValueToSend(conf, 'net1', 'virtio'), 'virtio');
  assert.equal(vmValueToSend(conf, 'smbios1', 'base64=1,sku=YQ=='), 'base64=1,sku=YQ==,uuid=u-1');
  assert.equal(vmValueToSend(conf, 'smbios1', 'uuid=u-2'), 'uuid=u-2');
});

/** As `openssl passwd -6` makes them. */
const hashes = [
  [
    'Hello world!',
    'saltstring',
    '$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1',
  ],
  ['a', 'x', '$6$x$6Zqbz8j5rMHIeJ1ujjjFXuZXSa/VORj.fVUEQcJc.rjR9.wCKlhZuymRQLtIEzcxNmqwX/fRNvM45BbvFayY51'],
  [
    'geheim'.repeat(20),
    'abcdefghijklmnopq',
    '$6$abcdefghijklmnop$69Q3KDcoV9KGqUimA0pq3du2gSnOrdTsvR5UuGXFZwL..5z1BDkBvoH0qNXLyQ/NLWAWzwDjOrHVrkDKWbigH.',
  ],
  [
    'ünï',
    'q1.',
    '$6$q1.$BYCaMp7mXq8lwU/emRyc2KSkHRWce0pbjYolLm75X0uo9xe2BL4Ufwt1WNKnp9bT8tZFrt/ZNONfFNmGnhoix1',
  ],
] as const;

test('a password is hashed as crypt(3) does, and recognised by the salt of its hash', () => {
  for (const [password, salt, hash] of hashes) {
    assert.equal(sha512Crypt(password, salt), hash);
    assert.ok(isCryptOf(hash, password));
    assert.ok(!isCryptOf(hash, `${password}!`));
  }
  assert.ok(!isCryptOf('$5$x$y', 'a'));
  assert.ok(!isCryptOf('**********', 'a'));
  assert.match(saltFrom('1f-2e-3d-4c-5b-6a-79-88-97'), /^[0-9A-Za-z]{16}$/);
});
