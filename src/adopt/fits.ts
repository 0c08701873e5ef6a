/** What the schema of guests takes at a place of a file, as files are written. It knows no value. */

import { groupOf } from '../config/families.ts';
import { merged } from '../config/schema/index.ts';
import { formsAt } from '../config/schema/keys.ts';
import type { Json } from '../core/json.ts';
import type { Fits } from './typed.ts';

export function fitsOf(kind: 'ct' | 'vm'): Fits {
  return ([first = '', ...rest], value: Json) => {
    const group = groupOf(kind, first);
    const path = group === undefined ? [first, ...rest] : [group, first, ...rest];
    return formsAt(merged[kind], path).some((form) => form.safeParse(value).success);
  };
}
