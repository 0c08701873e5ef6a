/** What a file of a guest would lie upon: built-in values and the project's defaults, merged. It checks nothing. */
import { assemble } from './assemble.ts';
import { readFast } from './fast.ts';
import { discover, type FileReader, type ParsedFile } from './files.ts';
import { type Fields, isObject, merge } from './layer.ts';

/** In the form in which files are written. Environments lie above a guest's own file, and are none of it. */
export function beneathGuest(root: string, kind: 'ct' | 'vm', reader: FileReader): Fields {
  const found = discover(root, undefined, reader).files.filter(({ role }) => role.kind === 'defaults');
  const files = found.flatMap((file): ParsedFile[] => {
    const read = readFast(file.text);
    return read.ok && isObject(read.value) ? [{ ...file, value: read.value }] : [];
  });
  const value = { id: 100, kind };
  const role = { kind: 'guest', id: 100 } as const;
  const guest: ParsedFile = { path: '', text: '', role, value };
  const { documents } = assemble([...files, guest], []);
  const layers = documents.find(({ name }) => name === 'guests.100')?.layers ?? [];
  const { id: _id, kind: _kind, ...rest } = merge(...layers.map((layer) => layer.value)) as Fields;
  return rest;
}
