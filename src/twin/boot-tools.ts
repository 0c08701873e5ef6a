/** `update-grub`, `proxmox-boot-tool` and `update-initramfs` on the node, from their manuals and scripts; nothing was recorded. */

import { bootOf, newestKernel } from './boot.ts';
import { type Call, type Program, refuse, type Work } from './call.ts';
import { workTime } from './latency.ts';
import { nodeFile } from './node-files.ts';
import type { TwinState } from './state.ts';

/** Reads /etc/default/grub and what lies in grub.d beside it; the next boot has what they say. */
const updateGrub: Program = (call) => {
  const { state } = call;
  const values = new Map<string, string>();
  const extra = Object.keys(state.files)
    .filter((path) => /^\/etc\/default\/grub\.d\/[^/]+\.cfg$/.test(path))
    .sort();
  for (const path of ['/etc/default/grub', ...extra]) assign(path, nodeFile(state, path) ?? '', values);
  const options = ['GRUB_CMDLINE_LINUX', 'GRUB_CMDLINE_LINUX_DEFAULT'].map((name) => values.get(name) ?? '');
  call.err('Generating grub configuration file ...\n');
  for (const kernel of bootOf(state).kernels) call.err(`Found linux image: /boot/vmlinuz-${kernel}\n`);
  call.err('done\n');
  if (state.hardware.bootloader !== 'systemd-boot') setOptions(state, options.join(' '));
  return undefined;
};

/** The assignments of a shell file, each with the values before it; a quote without its end stops it, as in a shell. */
function assign(path: string, text: string, values: Map<string, string>): void {
  for (const [at, line] of text.split('\n').entries()) {
    const match = /^\s*(?:export\s+)?([A-Za-z_]\w*)=(.*)$/.exec(line);
    if (!match) continue;
    const [, name = '', word = ''] = match;
    const value = shellWord(word, values);
    if (value === undefined)
      refuse(`/usr/sbin/grub-mkconfig: ${at + 1}: ${path}: Syntax error: Unterminated quoted string`, 2);
    values.set(name, value);
  }
}

/** One shell word: its quoted and bare pieces up to the first blank; undefined when a quote has no end. */
function shellWord(text: string, values: ReadonlyMap<string, string>): string | undefined {
  const expand = (piece: string) =>
    piece
      .replace(
        /(\\.)|\$\{?(\w+)\}?/g,
        (whole, escaped: string | undefined, name: string | undefined) =>
          escaped ?? (name === undefined ? whole : (values.get(name) ?? '')),
      )
      .replace(/\\(["\\$`])/g, '$1');
  let rest = text;
  let value = '';
  while (rest !== '' && !/^[\s;#]/.test(rest)) {
    const match = /^'([^']*)'|^"((?:[^"\\]|\\.)*)"|^((?:[^\s'";\\]|\\.)+)/.exec(rest);
    if (!match) return undefined;
    value += match[1] ?? expand(match[2] ?? match[3] ?? '');
    rest = rest.slice(match[0].length);
  }
  return value;
}

/** What the boot loader adds at the next boot, in single blanks. */
function setOptions(state: TwinState, options: string, root = bootOf(state).root): void {
  state.boot = { ...bootOf(state), root, options: options.trim().replace(/\s+/g, ' ') };
}

/** `refresh` copies kernels and /etc/kernel/cmdline to the boot partitions, where there are any. */
const bootTool: Program = (call) => {
  const { state } = call;
  const [verb = '', more = ''] = call.args;
  const managed = state.hardware.bootloader === 'systemd-boot';
  if (verb === 'refresh') {
    call.out("Running hook script 'proxmox-auto-removal'..\nRunning hook script 'zz-proxmox-boot'..\n");
    if (!managed) call.out('No /etc/kernel/proxmox-boot-uuids found, skipping ESP sync.\n');
    else {
      const cmdline = nodeFile(state, '/etc/kernel/cmdline');
      if (cmdline !== undefined) setOptions(state, cmdline, '');
    }
  } else if (verb === 'status') {
    if (!managed) return refuseStatus(call);
    call.out('System currently booted with uefi\nAAAA-BBBB is configured with: uefi\n');
  } else if (verb === 'kernel' && more === 'list')
    call.out(
      `Manually selected kernels:\nNone.\n\nAutomatically selected kernels:\n${bootOf(state).kernels.join('\n')}\n`,
    );
  else if (verb !== 'kernel' && verb !== 'clean') refuse(`Unknown command '${verb}'`, 1);
  return undefined;
};

function refuseStatus(call: Call): undefined {
  call.err('E: /etc/kernel/proxmox-boot-uuids does not exist.\n');
  call.exit(2);
  return undefined;
}

/** `-u` makes the image of the newest kernel anew, with `-k all` those of all, with `-k RELEASE` that one. */
function* initramfs(call: Call): Work {
  const { kernels } = bootOf(call.state);
  const at = call.args.indexOf('-k');
  const asked = at < 0 ? undefined : call.args[at + 1];
  const some = asked === 'all' ? kernels : [asked ?? newestKernel(kernels)];
  if (!call.args.some((arg) => /^-[ucd]$/.test(arg)))
    refuse('You must specify at least one of -c, -u, or -d.', 1);
  for (const kernel of some)
    if (!kernels.includes(kernel)) refuse(`update-initramfs: Not updating: no kernel ${kernel}`, 1);
  for (const kernel of some) {
    yield workTime('update-initramfs');
    call.out(`update-initramfs: Generating /boot/initrd.img-${kernel}\n`);
  }
}

export const bootTools: Readonly<Record<string, Program>> = {
  'proxmox-boot-tool': bootTool,
  'update-grub': updateGrub,
  'update-initramfs': initramfs,
};
