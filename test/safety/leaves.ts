/** The places of the configuration's schema that take a text, with what each of them accepts. It knows no value. */

import type { z } from '../../src/config/schema/z.ts';

export interface Leaf {
  /** As in `rules.*.comment`; `*` is any name or place of a list, `~` at the end the names themselves. */
  readonly path: string;
  readonly accepts: (text: string) => boolean;
}

interface Def {
  readonly type: string;
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly keyType?: z.ZodType;
  readonly valueType?: z.ZodType;
  readonly element?: z.ZodType;
  readonly innerType?: z.ZodType;
  readonly in?: z.ZodType;
  readonly options?: readonly z.ZodType[];
  readonly items?: readonly z.ZodType[];
}

/** Also where a value of any kind may stand: it takes every text. */
export function leavesOf(schema: z.ZodType, path = ''): Leaf[] {
  const def = schema._zod.def as unknown as Def;
  const below = (child: z.ZodType, key: string) => leavesOf(child, path === '' ? key : `${path}.${key}`);
  switch (def.type) {
    case 'string':
    case 'unknown':
    case 'any':
      return [{ path, accepts: (text) => schema.safeParse(text).success }];
    case 'object':
      return Object.entries(def.shape ?? {}).flatMap(([key, child]) => below(child, key));
    case 'record':
      return [
        ...(def.keyType ? leavesOf(def.keyType, `${path}.~`) : []),
        ...(def.valueType ? below(def.valueType, '*') : []),
      ];
    case 'array':
      return def.element ? below(def.element, '*') : [];
    case 'tuple':
      return (def.items ?? []).flatMap((item) => below(item, '*'));
    case 'union':
      return (def.options ?? []).flatMap((option) => leavesOf(option, path));
    case 'pipe':
      return def.in ? leavesOf(def.in, path) : [];
    default:
      return def.innerType ? leavesOf(def.innerType, path) : [];
  }
}
