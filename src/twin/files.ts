/** The small file system of the node and of each guest: a map from path to entry. It knows no command. */

import type { FileEntry } from './state.ts';

export type Files = Record<string, FileEntry>;

/** An absolute path without `.`, `..`, double or trailing slashes; a relative one is taken from `base`. */
export function normalPath(path: string, base = '/root'): string {
  const parts: string[] = [];
  for (const part of (path.startsWith('/') ? path : `${base}/${path}`).split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

/** Is there a directory: its own entry, or anything below it? */
export function isDir(files: Files, path: string): boolean {
  if (path === '/') return true;
  const own = files[path];
  if (own) return own.dir === true;
  const prefix = `${path}/`;
  for (const name in files) if (name.startsWith(prefix)) return true;
  return false;
}

export function isFile(files: Files, path: string): boolean {
  const entry = files[path];
  return entry !== undefined && entry.dir !== true;
}

export function exists(files: Files, path: string): boolean {
  return files[path] !== undefined || isDir(files, path);
}

/** Directory part of a normal path. */
export function dirOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash <= 0 ? '/' : path.slice(0, slash);
}

export function baseOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Makes a directory and those above it. */
export function makeDirs(files: Files, path: string, mode = 0o755): void {
  if (path === '/' || files[path]?.dir) return;
  makeDirs(files, dirOf(path), 0o755);
  files[path] = { text: '', mode, dir: true };
}

/** Writes a file; an existing one keeps its mode and owner unless a mode is given. */
export function putFile(files: Files, path: string, text: string, mode?: number): void {
  const before = files[path];
  files[path] = {
    text,
    mode: mode ?? before?.mode ?? 0o644,
    ...(before?.owner ? { owner: before.owner } : {}),
  };
}

/** Removes a path and all below it. */
export function removeTree(files: Files, path: string): void {
  const prefix = `${path}/`;
  for (const name of Object.keys(files)) if (name === path || name.startsWith(prefix)) delete files[name];
}

/** Bytes of a file. */
export function sizeOf(entry: FileEntry): number {
  return entry.size ?? new TextEncoder().encode(entry.text).length;
}

/** Names directly in a directory, sorted. */
export function namesIn(files: Files, dir: string): string[] {
  const prefix = dir === '/' ? '/' : `${dir}/`;
  const names = new Set<string>();
  for (const path in files) {
    if (!path.startsWith(prefix) || path === prefix) continue;
    names.add(path.slice(prefix.length).split('/')[0] ?? '');
  }
  return [...names].filter((name) => name !== '').sort();
}
