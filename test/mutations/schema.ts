/** What a JSON Schema allows at a path of a file: the words of a list, the range of a number. It knows no file. */

export interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema | boolean;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly maximum?: number;
}

/** The words that stand to choice there; none where any text may stand. */
export function enumOf(schema: JsonSchema, path: readonly string[]): string[] {
  const words = formsAt(schema, path).flatMap(({ enum: list, const: one }) => [
    ...(list ?? []),
    ...(one === undefined ? [] : [one]),
  ]);
  return words.filter((word) => typeof word === 'string');
}

/** The highest number that may stand there. */
export function highest(schema: JsonSchema, path: readonly string[]): number {
  const limits = formsAt(schema, path).flatMap(({ maximum }) => (maximum === undefined ? [] : [maximum]));
  return limits.length === 0 ? Number.POSITIVE_INFINITY : Math.max(...limits);
}

function formsAt(schema: JsonSchema, [head, ...rest]: readonly string[]): JsonSchema[] {
  const forms = unfolded(schema);
  if (head === undefined) return forms;
  return forms.flatMap(({ properties, additionalProperties, items }) => {
    const own = properties?.[head];
    if (own !== undefined) return formsAt(own, rest);
    const other = /^\d+$/.test(head) && typeof items === 'object' ? items : additionalProperties;
    return typeof other === 'object' ? formsAt(other, rest) : [];
  });
}

function unfolded(schema: JsonSchema): JsonSchema[] {
  return [schema, ...[...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].flatMap(unfolded)];
}
