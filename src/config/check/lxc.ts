/** Raw lxc lines: keys that Proxmox takes, and what is better said otherwise. It knows no file. */
import { lxcKeySince, lxcKeys, normalLine, splitLine } from '../../proxmox/lxc-keys.ts';
import { nearest } from '../path.ts';
import { type Check, title } from './subject.ts';

/** Every line has a key that Proxmox keeps; what a key of pct does better is told. */
export const lxc: Check = ({ guests }, report) => {
  for (const guest of guests) {
    if (guest.kind !== 'ct') continue;
    for (const [index, line] of (guest.lxc ?? []).entries()) {
      const path = ['lxc', index];
      const { key, value } = splitLine(normalLine(line));
      const own = ownKey(key);
      if (own !== undefined) {
        report.error(guest.id, path, `${key} of ${title(guest)} is made by Proxmox itself`, own);
      } else if (lxcKeySince(key) === undefined) {
        const meant = nearest(key, lxcKeys);
        const hint = meant === undefined ? 'see man lxc.container.conf' : `did you mean '${meant}'?`;
        const message = `${title(guest)} has the raw line ${key}, which Proxmox drops at its next write (B58)`;
        report.error(guest.id, path, message, hint);
      } else {
        const better = saidBetter(key, value);
        if (better === undefined) continue;
        report.warning(guest.id, path, `${key} of ${title(guest)}: ${better.why}`, better.hint);
      }
    }
  }
};

/** What Proxmox writes by itself into the configuration that it hands to lxc. */
function ownKey(key: string): string | undefined {
  if (key === 'lxc.rootfs.path') return 'say it as rootfs: { storage, size }';
  if (key === 'lxc.rootfs.options') return 'say it as rootfs: { mountoptions: […] }';
  if (key === 'lxc.uts.name') return 'say it as hostname';
  return undefined;
}

function saidBetter(key: string, value: string): { why: string; hint: string } | undefined {
  if (/^lxc\.cgroup\./.test(key)) {
    return {
      why: 'keys of cgroup v1 do nothing on a node of Proxmox VE 8 and later (F19)',
      hint: `write ${key.replace('lxc.cgroup.', 'lxc.cgroup2.')}, or a key such as memory, cores or dev0`,
    };
  }
  if (key === 'lxc.mount.auto' && /\bsys:rw\b/.test(value))
    return { why: 'pct has a switch for a writable /sys', hint: 'say features: { force_rw_sys: true }' };
  // 195 is the number of NVIDIA's devices.
  if (/^lxc\.cgroup2\.devices\.allow$/.test(key) && /^c 195:/.test(value))
    return {
      why: 'Proxmox sets these rules itself for devices that it hands through',
      hint: 'say gpus: [0]',
    };
  if (key === 'lxc.mount.entry' && /^\/dev\/nvidia/.test(value))
    return {
      why: 'Proxmox makes these nodes itself for devices that it hands through',
      hint: 'say gpus: [0]',
    };
  if (key === 'lxc.mount.entry' && /^\/dev\/\S+ /.test(value))
    return { why: 'Proxmox hands devices through by a key of its own', hint: "say dev0: { path: '/dev/…' }" };
  if (key === 'lxc.apparmor.allow_nesting')
    return { why: 'pct has a switch for nesting', hint: 'say features: { nesting: true }' };
  return undefined;
}
