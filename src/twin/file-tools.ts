/** Small file programs of the node (cat, test, mkdir, rm, mv, cp, ls, tee), from their manuals. */

import type { Call, Program } from './call.ts';
import { nodeDevices } from './devices.ts';
import { findDisk } from './disks.ts';
import { baseOf, dirOf, exists, isDir, makeDirs, namesIn, normalPath, removeTree } from './files.ts';
import { beginLease, isLease } from './leases.ts';
import { arcMax, moveGuestConf, nodeFile, nodeHas, removeNodeFile, writeNodeFile } from './node-files.ts';
import { fail, words } from './words.ts';

const cat: Program = (call) => {
  const { operands } = words(call);
  if (operands.length === 0) call.out(call.stdin);
  for (const path of operands) {
    const text = nodeFile(call.state, path);
    if (text !== undefined) call.out(text);
    else
      fail(
        call,
        `cat: ${path}: ${nodeHas(call.state, path, 'dir') ? 'Is a directory' : 'No such file or directory'}`,
      );
  }
  return undefined;
};

/** Shells that every node has; the twin keeps no programs as files. */
const shells: ReadonlySet<string> = new Set([
  ...['/bin/sh', '/bin/bash', '/bin/dash', '/usr/bin/bash', '/usr/bin/sh', '/bin/false'],
  ...['/usr/sbin/nologin', '/sbin/nologin'],
]);

const test: Program = (call) => {
  const args = call.args.filter((arg) => arg !== ']');
  const negate = args[0] === '!';
  const [check = '', path = ''] = negate ? args.slice(1) : args;
  const device = nodeDevices(call.state).includes(path);
  const mode = call.state.files[normalPath(path)]?.mode ?? 0o644;
  const tests: Record<string, () => boolean> = {
    '-e': () => nodeHas(call.state, path, 'any') || device,
    '-f': () => nodeHas(call.state, path, 'file'),
    '-d': () => nodeHas(call.state, path, 'dir'),
    '-r': () => nodeHas(call.state, path, 'any') || device,
    '-w': () => nodeHas(call.state, path, 'any') || device,
    '-s': () => (nodeFile(call.state, path) ?? '') !== '',
    '-x': () =>
      nodeHas(call.state, path, 'dir') ||
      shells.has(path) ||
      (nodeHas(call.state, path, 'file') && (mode & 0o111) !== 0),
    // The twin has no links.
    '-L': () => false,
    '-h': () => false,
    '-c': () => device,
    '-b': () => findDisk(call.state, path) !== undefined,
    '-n': () => path !== '',
    '-z': () => path === '',
  };
  const answer = tests[check]?.() ?? check !== '';
  if (answer === negate) call.exit(1);
  return undefined;
};

const mkdir: Program = (call) => {
  const { flags, operands, value } = words(call, ['-m', '--mode']);
  const { files } = call.state;
  const mode = value.get('-m') ?? value.get('--mode');
  for (const operand of operands) {
    const path = normalPath(operand);
    if (files[path] && !files[path].dir)
      return fail(call, `mkdir: cannot create directory '${operand}': File exists`);
    const parents = flags.some((flag) => /^-[a-z]*p/.test(flag) || flag === '--parents');
    if (!parents && exists(files, path))
      return fail(call, `mkdir: cannot create directory '${operand}': File exists`);
    if (!parents && !isDir(files, dirOf(path)) && !isLease(path))
      return fail(call, `mkdir: cannot create directory '${operand}': No such file or directory`);
    makeDirs(files, path, mode === undefined ? 0o755 : Number.parseInt(mode, 8));
    beginLease(call.state, path, call.now());
  }
  return undefined;
};

const rm: Program = (call) => {
  const { flags, operands } = words(call);
  const letters = flags.join('');
  for (const path of operands) {
    const dir = nodeHas(call.state, path, 'dir');
    if (!nodeHas(call.state, path, 'any')) {
      if (!letters.includes('f')) fail(call, `rm: cannot remove '${path}': No such file or directory`);
    } else if (dir && !/r|R/.test(letters)) fail(call, `rm: cannot remove '${path}': Is a directory`);
    else removeNodeFile(call.state, path);
  }
  return undefined;
};

/** `mv` and `cp`: the content goes to the target, or into it when it is a directory. */
function transfer(call: Call, program: string, keep: boolean): undefined {
  const { flags, operands } = words(call, ['-t']);
  const target = normalPath(operands.at(-1) ?? '');
  const { files } = call.state;
  if (operands.length < 2) return fail(call, `${program}: missing file operand`);
  for (const operand of operands.slice(0, -1)) {
    const source = normalPath(operand);
    if (!nodeHas(call.state, source, 'any')) {
      fail(call, `${program}: cannot stat '${operand}': No such file or directory`);
      continue;
    }
    const to = isDir(files, target) ? `${target}/${baseOf(source)}` : target;
    if (!keep && moveGuestConf(call.state, source, to)) continue;
    if (!isDir(files, dirOf(to)))
      return fail(call, `${program}: cannot create regular file '${to}': No such file or directory`);
    if (!keep && isLease(source) && files[source]?.dir) {
      fail(call, `mv: cannot move '${operand}' to '${to}': Permission denied`);
      continue;
    }
    if (isDir(files, source)) {
      if (keep && !/[rRa]/.test(flags.join('')))
        return fail(call, `cp: -r not specified; omitting directory '${operand}'`);
      for (const path of Object.keys(files))
        if (path === source || path.startsWith(`${source}/`))
          files[to + path.slice(source.length)] = {
            ...structuredClone(files[path] ?? { text: '', mode: 0o755 }),
          };
    } else {
      const entry = files[source];
      writeNodeFile(call.state, to, nodeFile(call.state, source) ?? '', entry?.mode);
      const copy = files[to];
      if (copy && entry?.size !== undefined) copy.size = entry.size;
      if (copy && entry?.owner !== undefined) copy.owner = entry.owner;
    }
    if (!keep) removeTree(files, source);
  }
  return undefined;
}

const ls: Program = (call) => {
  for (const operand of words(call).operands) {
    const path = normalPath(operand);
    const devices = nodeDevices(call.state).filter((device) => device.startsWith(`${path}/`));
    if (path.startsWith('/dev') && devices.length > 0)
      call.out(
        [...new Set(devices.map((one) => `${one.slice(path.length + 1).split('/')[0]}\n`))].sort().join(''),
      );
    else if (isDir(call.state.files, path))
      call.out(
        namesIn(call.state.files, path)
          .map((name) => `${name}\n`)
          .join(''),
      );
    else if (nodeHas(call.state, path, 'any') || nodeDevices(call.state).includes(path))
      call.out(`${operand}\n`);
    else fail(call, `ls: cannot access '${operand}': No such file or directory`, 2);
  }
  return undefined;
};

const tee: Program = (call) => {
  const { flags, operands } = words(call);
  const append = flags.includes('-a') || flags.includes('--append');
  for (const path of operands) {
    if (normalPath(path) === arcMax && !/^\d+\s*$/.test(call.stdin)) {
      fail(call, `tee: ${path}: Invalid argument`);
      continue;
    }
    writeNodeFile(call.state, path, `${append ? (nodeFile(call.state, path) ?? '') : ''}${call.stdin}`);
  }
  call.out(call.stdin);
  return undefined;
};

export const fileTools: Readonly<Record<string, Program>> = {
  '[': test,
  cat,
  cp: (call) => transfer(call, 'cp', true),
  echo: (call) => {
    call.out(`${call.args.join(' ')}\n`);
    return undefined;
  },
  false: (call) => {
    call.exit(1);
    return undefined;
  },
  ls,
  mkdir,
  mv: (call) => transfer(call, 'mv', false),
  rm,
  tee,
  test,
  true: () => undefined,
  /** `truncate -s BYTES FILE`: of its content only the size is known from then on. */
  truncate: (call) => {
    const { operands, value } = words(call, ['-s']);
    for (const path of operands) {
      if (!nodeHas(call.state, path, 'any')) writeNodeFile(call.state, path, '');
      const entry = call.state.files[path];
      if (entry) entry.size = Number(value.get('-s'));
    }
    return undefined;
  },
};
