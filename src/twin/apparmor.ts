/** `apparmor_parser`: built from its manual; nothing was recorded. Names of loaded profiles are in `state.profiles`. */

import { type Call, type Program, refuse } from './call.ts';
import { isFile, namesIn } from './files.ts';
import { nodeFile } from './node-files.ts';
import { loadedProfiles, shippedProfiles } from './profiles.ts';
import type { TwinState } from './state.ts';
import { words } from './words.ts';

const dir = '/etc/apparmor.d';

interface Parsed {
  readonly names: string[];
  readonly problem?: string;
}

/** Profile names of a text, nested ones as `outer//inner`; or what is wrong with it. */
function parseProfiles(text: string, file: string): Parsed {
  const names: string[] = [];
  const open: string[] = [];
  const wrong = (line: number, token: string): Parsed => ({
    names,
    problem: `AppArmor parser error for ${file} in profile ${file} at line ${line}: syntax error, unexpected ${token}`,
  });
  const lines = text.split('\n');
  for (let at = 0; at < lines.length; at++) {
    const line = (lines[at] ?? '').replace(/(^|\s)#(?!include).*$/, '').trim();
    if (line === '') continue;
    const head =
      /^(?:profile\s+("[^"]+"|[^\s{"]+)(?:\s+[^\s{(]+)?|(\/[^\s{]+|hat\s+\S+|\^\S+))?\s*(?:xattrs=\([^)]*\)\s*)?((?:flags=)?\([^)]*\)\s*)?\{$/.exec(
        line,
      );
    const name = (head?.[1] ?? head?.[2])?.replaceAll('"', '').replace(/^(hat\s+|\^)/, '');
    if (head && name !== undefined) {
      const full = [...open, name].join('//');
      const flags = head[3] ?? '';
      names.push(flags.includes('complain') ? `${full} (complain)` : full);
      open.push(name);
    } else if (head) open.push('');
    else if (line === '}' || line === '},') {
      if (open.pop() === undefined) return wrong(at + 1, 'TOK_CLOSE');
    } else if (open.length === 0) {
      if (!/^(#?include\s|abi\s|@\{[\w]+\}\s*\+?=|alias\s|\$\w+\s*\+?=)/.test(line))
        return wrong(at + 1, 'TOK_ID');
    } else if (!/[,}]$/.test(line) && !/^(#?include\s|if\s|@\{|else)/.test(line)) {
      if (!continues(lines, at)) return wrong(at + 1, 'TOK_ID, expecting TOK_END_OF_RULE');
    }
  }
  return open.length > 0 ? wrong(lines.length, '$end') : { names };
}

/** Rules may go over several lines: does a later one end it before anything else begins? */
function continues(lines: readonly string[], at: number): boolean {
  for (const next of lines.slice(at + 1)) {
    const line = next.replace(/(^|\s)#.*$/, '').trim();
    if (line.endsWith(',')) return true;
    if (/[{}]$/.test(line)) return false;
  }
  return false;
}

/** `-a` adds, `-r` replaces, `-R` removes; `-Q` only checks, `-K`, `-W`, `-T` concern the cache. */
export const apparmorParser: Program = (call: Call) => {
  const { flags, operands } = words(call, ['-b', '--base', '-I', '-f', '-L', '-M', '-m', '-j']);
  const has = (letter: string, long: string) =>
    flags.some((flag) => flag === long || (/^-[a-zA-Z]+$/.test(flag) && flag.includes(letter)));
  const sources = operands.length > 0 ? operands : ['/dev/stdin'];
  for (const file of sources) {
    const text = file === '/dev/stdin' ? call.stdin : nodeFile(call.state, file);
    if (text === undefined) refuse(`File ${file} not found, skipping...`, 2);
    const { names, problem } = parseProfiles(text, file);
    if (problem) refuse(problem, 1);
    const loaded = new Map(loadedProfiles(call.state).map((name) => [bare(name), name]));
    if (has('Q', '--skip-kernel-load') || has('N', '--names')) {
      if (has('N', '--names')) call.out(names.map((name) => `${bare(name)}\n`).join(''));
      continue;
    }
    for (const name of names) {
      if (has('R', '--remove')) {
        if (!loaded.delete(bare(name)))
          refuse(`apparmor_parser: Unable to remove "${bare(name)}".  Profile doesn't exist`, 254);
      } else if (!has('r', '--replace') && loaded.has(bare(name)))
        refuse(`apparmor_parser: Unable to add "${bare(name)}".  Profile already exists`, 239);
      else loaded.set(bare(name), name);
    }
    call.state.profiles = [...loaded.values()].sort();
  }
  return undefined;
};

function bare(name: string): string {
  return name.replace(/ \(complain\)$/, '');
}

/** What a boot, or a start of the unit `apparmor`, loads: every good file directly in /etc/apparmor.d. */
export function bootProfiles(state: TwinState): void {
  const names = namesIn(state.files, dir)
    .map((name) => `${dir}/${name}`)
    .filter((path) => isFile(state.files, path))
    .flatMap((path) => parseProfiles(nodeFile(state, path) ?? '', path).names);
  state.profiles = [...new Set([...shippedProfiles, ...names])].sort();
}
