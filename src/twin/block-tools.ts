/** `lsblk` and `wipefs` on the node, from their manuals and util-linux 2.41; nothing was recorded. */

import { blockColumns } from '../proxmox/sweep-host.ts';
import { type Call, type Program, refuse } from './call.ts';
import { blankDisk, changeDisk, type Found, findDisk, isBusy } from './disks.ts';
import { baseOf } from './files.ts';
import { type Block, blocksOf, printBlock } from './lsblk.ts';
import { humanSize } from './sizes.ts';
import { fail } from './words.ts';

const lsblk: Program = (call) => {
  const flags = new Set<string>();
  const devices: string[] = [];
  let columns: readonly string[] = ['NAME', 'TYPE', 'SIZE', 'FSTYPE', 'MOUNTPOINT'];
  for (let at = 0; at < call.args.length; at++) {
    const arg = call.args[at] ?? '';
    const [, letters = '', joined] = /^-([a-zA-Z]*?)o(\S*)$/.exec(arg) ?? [];
    if (arg === '--output' || (!arg.startsWith('--') && joined !== undefined)) {
      for (const letter of letters) flags.add(letter);
      columns = (joined || (call.args[++at] ?? '')).toUpperCase().split(',');
    } else if (arg.startsWith('--')) flags.add(long[arg.slice(2)] ?? refuseOption(arg));
    else if (arg.startsWith('-')) for (const letter of arg.slice(1)) flags.add(letter);
    else devices.push(arg);
  }
  const strange = columns.find((column) => !blockColumns.some((known) => known === column));
  if (strange !== undefined) refuse(`lsblk: unknown column: ${strange}`, 1);
  for (const device of devices)
    if (!findDisk(call.state, device)) return fail(call, `lsblk: ${device}: not a block device`, 32);
  const wanted = devices.map((device) => nameOf(findDisk(call.state, device)));
  const rows = blocksOf(call.state)
    .filter(
      (block, _, all) => wanted.length === 0 || lineage(all, block).some((name) => wanted.includes(name)),
    )
    .filter((block) => !flags.has('d') || block.PKNAME === '')
    .map((block) => shown(block, flags));
  if (flags.has('P')) for (const row of rows) call.out(`${printBlock(row, columns)}\n`);
  else {
    if (!flags.has('n')) call.out(`${columns.join(' ')}\n`);
    for (const row of rows) call.out(`${columns.map((column) => cellOf(row, column)).join(' ')}\n`);
  }
  return undefined;
};

const long: Readonly<Record<string, string>> = {
  bytes: 'b',
  list: 'l',
  nodeps: 'd',
  noheadings: 'n',
  pairs: 'P',
  paths: 'p',
  raw: 'r',
};

function refuseOption(option: string): never {
  return refuse(`lsblk: unrecognized option '${option}'\nTry 'lsblk --help' for more information.`, 1);
}

/** The device and all that it lies on. */
function lineage(all: readonly Block[], block: Block): string[] {
  const parent = all.find((one) => one.NAME === block.PKNAME);
  return [block.NAME, ...(parent ? lineage(all, parent) : [])];
}

/** Sizes are for people without `-b`, names without their folder without `-p`. */
function shown(block: Block, flags: ReadonlySet<string>): Block {
  const short = (name: string) => (flags.has('p') ? name : baseOf(name));
  const size = flags.has('b') ? block.SIZE : humanSize(Number(block.SIZE));
  return { ...block, NAME: short(block.NAME), PKNAME: short(block.PKNAME), SIZE: size };
}

function cellOf(block: Block, column: string): string {
  return new Map<string, string>(Object.entries(block)).get(column) ?? '';
}

function nameOf(found: Found | undefined): string {
  return found?.part?.name ?? found?.disk.device ?? '';
}

/** Without an action it lists; `-a` erases every signature, `-n` only says so, `-f` also where the disk is in use. */
const wipefs: Program = (call) => {
  const letters = call.args.map((arg) => (arg.startsWith('--') ? (wipeLong[arg] ?? '?') : arg)).join('');
  const flags = call.args.filter((arg) => arg.startsWith('-'));
  const has = (letter: string, name: string) =>
    flags.some((flag) => flag === name || new RegExp(`^-[a-z]*${letter}`).test(flag));
  if (letters.includes('?'))
    refuse("wipefs: unrecognized option\nTry 'wipefs --help' for more information.", 1);
  const devices = call.args.filter((arg) => !arg.startsWith('-'));
  if (devices.length === 0) refuse('wipefs: no device specified', 1);
  for (const device of devices) {
    const found = findDisk(call.state, device);
    const stop = (why: string) =>
      refuse(`wipefs: error: ${device}: probing initialization failed: ${why}`, 1);
    if (!found) return stop('No such file or directory');
    if (has('a', '--all')) {
      const busy = isBusy(call.state, found);
      if (busy && !has('f', '--force')) stop('Device or resource busy');
      erase(call, device, found, has('n', '--no-act'), busy);
    } else for (const type of signatures(found)) call.out(`${device} ${type}\n`);
  }
  return undefined;
};

const wipeLong: Readonly<Record<string, string>> = {
  '--all': 'a',
  '--force': 'f',
  '--no-act': 'n',
  '--quiet': 'q',
};

function signatures({ disk, part }: Found): string[] {
  return (part ? [part.fstype] : [disk.fstype, disk.pttype]).filter((type) => type !== undefined);
}

function erase(call: Call, device: string, found: Found, dry: boolean, busy: boolean): void {
  for (const type of signatures(found))
    call.out(`${device}: 8 bytes were erased at offset 0x00000200 (${type}): 45 46 49 20 50 41 52 54\n`);
  const table = found.part === undefined && found.disk.pttype !== undefined;
  if (table)
    call.out(
      `${device}: calling ioctl to re-read partition table: ${busy ? 'Device or resource busy' : 'Success'}\n`,
    );
  if (dry) return;
  const disk = changeDisk(call.state, found.path);
  const part = disk.parts.find((one) => one.name === found.part?.name);
  if (part) {
    delete part.fstype;
    delete part.label;
  } else if (busy) {
    delete disk.fstype;
    delete disk.label;
    delete disk.pttype;
  } else blankDisk(disk);
}

export const blockTools: Readonly<Record<string, Program>> = { lsblk, wipefs };
