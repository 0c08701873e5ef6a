/** `qemu-img create` and `info` on the node, as far as images to import go: a file's text tells its size. From its manual. */

import { type Call, refuse } from './call.ts';
import { dirOf, isDir, normalPath, putFile } from './files.ts';
import { parseSize } from './sizes.ts';
import { diskMark, imageIn } from './storage/images.ts';

export function qemuImg(call: Call): undefined {
  const [verb, ...words] = call.args;
  let format = 'raw';
  const operands: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (word === '-f' || word === '--output') {
      const value = words[++at] ?? '';
      if (word === '-f') format = value;
    } else if (!word.startsWith('-')) operands.push(word);
  }
  const [path = '', size = ''] = operands;
  const { files } = call.state;
  const at = normalPath(path);
  const entry = files[at];
  if (verb === 'create') {
    const bytes = parseSize(size);
    if (bytes === undefined) refuse('qemu-img: Image creation needs a size parameter', 1);
    if (!isDir(files, dirOf(at)))
      refuse(`qemu-img: ${path}: Could not create '${path}': No such file or directory`, 1);
    putFile(files, at, `${diskMark} ${format} ${bytes}\n`);
    return undefined;
  }
  if (verb !== 'info') refuse(`qemu-img: Command not found: ${verb ?? ''}`, 1);
  if (!entry || entry.dir) refuse(`qemu-img: Could not open '${path}': No such file or directory`, 1);
  const bytes = imageIn(entry).size;
  const kind =
    /^phx-twin disk (\S+)/.exec(entry.text)?.[1] ?? (entry.text.startsWith('phx-twin ') ? 'qcow2' : 'raw');
  if (words.includes('--output=json') || words.includes('json'))
    call.out(`{\n    "virtual-size": ${bytes},\n    "filename": "${path}",\n    "format": "${kind}"\n}\n`);
  else call.out(`image: ${path}\nfile format: ${kind}\nvirtual size: ${bytes} bytes\n`);
  return undefined;
}
