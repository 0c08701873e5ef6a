/** YAML, written and read by the library: never put together from texts. Only this file imports it. */

import { parse, stringify } from 'yaml';
import type { Json } from '../core/json.ts';

/**
 * The document of a value: keys in their order, lines never folded, so that equal values are equal texts. Whatever a reader of
 * YAML 1.1 (cloud-init's, netplan's) would take for something else than a text is quoted: yes, 0644, 1:20.
 */
export function printYaml(value: Json): string {
  return stringify(value, { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false });
}

/** The value of a document. Throws the library's error, which names line and column. */
export function parseYaml(text: string): Json {
  return parse(text) as Json;
}
