/** All mutations of the sample's project: configuration, templates, scripts. It runs none of them. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from '../bench.ts';
import { type Mutation, mutationsOf } from './leaves.ts';
import { config, templates } from './project.ts';
import type { JsonSchema } from './schema.ts';

interface GuestSchema {
  readonly then: JsonSchema;
  readonly else: JsonSchema;
}

function schemaOf(path: string, text: string): JsonSchema {
  const name = /\/(profile|guest)s\//.exec(path)?.[1] ?? path.replace(/^.*\/|\.json5$/g, '');
  const schema: unknown = JSON.parse(
    readFileSync(join(repository, 'config', 'schema', `${name}.schema.json`), 'utf8'),
  );
  if (name !== 'guest') return schema as JsonSchema;
  return /kind: 'vm'/.test(text) ? (schema as GuestSchema).then : (schema as GuestSchema).else;
}

export const ofConfig: readonly Mutation[] = [...config].flatMap(([path, text]) =>
  mutationsOf(path, text, schemaOf(path, text)),
);

/** Of a script: a comment behind it, one after its head, and its last line that does something, done otherwise. */
export const ofTemplates: readonly Mutation[] = [...templates].flatMap(([path, text]) => {
  const lines = text.split('\n');
  const told = (at: number, how: string, line: string, leave: 0 | 1): Mutation => ({
    ...{ file: path, path: `line ${at + 1}`, how },
    text: lines.toSpliced(at, leave, line).join('\n'),
  });
  const last = lines.findLastIndex(
    (line) => /^[a-z ]/.test(line) && !/^\s*(fi|done|esac|EOF|#|\})/.test(line),
  );
  return [
    told(lines.length - 1, 'a comment behind', '# changed', 0),
    ...(last < 0 ? [] : [told(last, 'its last line otherwise', `${lines[last]} #`, 1)]),
  ];
});
