/** Looks into a schema: which keys an object at a path may have. It knows no value. */
import { z } from './z.ts';

/** The keys that may stand at a path; empty where anything or nothing may. */
export function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  return [
    ...new Set(
      formsAt(schema, path).flatMap((at) => (at instanceof z.ZodObject ? Object.keys(at.shape) : [])),
    ),
  ];
}

/** Whether a reference to a secret belongs at a path. */
export function secretAt(schema: z.ZodType, path: readonly PropertyKey[]): boolean {
  return formsAt(schema, path).some((at) => at instanceof z.ZodObject && 'secret' in at.shape);
}

/** The forms that a value at a path may have. */
export function formsAt(schema: z.ZodType, path: readonly PropertyKey[]): z.ZodType[] {
  const here = unwrap(schema);
  const [first, ...rest] = path;
  if (first === undefined) return here;
  return here.flatMap((at) => {
    if (at instanceof z.ZodObject) {
      const child = (at.shape as Record<string, z.ZodType>)[String(first)];
      return child === undefined ? [] : formsAt(child, rest);
    }
    if (at instanceof z.ZodRecord) return formsAt(at.valueType as z.ZodType, rest);
    if (at instanceof z.ZodArray) return formsAt(at.element as z.ZodType, rest);
    return [];
  });
}

function unwrap(schema: z.ZodType): z.ZodType[] {
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodExactOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault
  ) {
    return unwrap(schema.unwrap() as z.ZodType);
  }
  if (schema instanceof z.ZodUnion) return (schema.options as readonly z.ZodType[]).flatMap(unwrap);
  return [schema];
}
