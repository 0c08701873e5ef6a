/** Makes of a schema for merged values the one for a single layer: every key may be missing, or null to delete it. */
import { z } from './z.ts';

/** The layer form of a schema: deep for objects and maps; lists stay whole, since they replace. */
export function partial(schema: z.ZodType): z.ZodType {
  const description = schema.meta()?.description;
  const layer = bare(schema).nullable();
  return description === undefined ? layer : layer.meta({ description });
}

function bare(schema: z.ZodType): z.ZodType {
  if (
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodExactOptional
  ) {
    return bare(schema.unwrap() as z.ZodType);
  }
  if (schema instanceof z.ZodDiscriminatedUnion) return anyOf(schema.options as readonly z.ZodType[]);
  if (schema instanceof z.ZodObject) {
    // A secret is one value with one key; half of one says nothing.
    if ('secret' in schema.shape) return schema;
    const shape = Object.entries(schema.shape as Record<string, z.ZodType>);
    return z.strictObject(
      Object.fromEntries(shape.map(([key, child]) => [key, partial(inner(child)).optional()])),
    );
  }
  if (schema instanceof z.ZodRecord)
    return z.record(schema.keyType as z.ZodString, partial(schema.valueType as z.ZodType));
  return schema;
}

/** Keeps a description that was given inside an optional. */
function inner(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodExactOptional || schema instanceof z.ZodOptional
    ? (schema.unwrap() as z.ZodType)
    : schema;
}

/** The keys of all forms together: which form it is, the merged value shows. */
function anyOf(forms: readonly z.ZodType[]): z.ZodType {
  const shapes = forms.map((form) => (form as z.ZodObject).shape as Record<string, z.ZodType>);
  const keys = new Set(shapes.flatMap((shape) => Object.keys(shape)));
  const entries = [...keys].map((key) => {
    const kinds = [...new Set(shapes.flatMap((shape) => (shape[key] === undefined ? [] : [shape[key]])))];
    const one = kinds.some((kind) => kind instanceof z.ZodLiteral) ? z.enum(kinds.flatMap(names)) : kinds[0];
    return [key, partial(inner(one ?? z.never())).optional()] as const;
  });
  return z.strictObject(Object.fromEntries(entries));
}

/** The values that a discriminator may have. */
function names(schema: z.ZodType): string[] {
  if (schema instanceof z.ZodLiteral) return [...schema.values].map(String);
  return schema instanceof z.ZodEnum ? schema.options.map(String) : [];
}
