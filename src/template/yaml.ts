/** YAML, written and read by the library: never put together from texts. Only this file imports it. */

import { Document, parse, Scalar, visit } from 'yaml';
import type { Json } from '../core/json.ts';

/**
 * What a reader of YAML 1.1 does not take as it stands, wherever it stands: characters that it refuses (control
 * characters behind ASCII, marks of byte order), and those that end a line for it.
 */
const odd = /[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/g;

/**
 * The document of a value: keys in their order, lines never folded, so that equal values are equal texts. Whatever a reader of
 * YAML 1.1 (cloud-init's, netplan's) would take for something else than a text is quoted: yes, 0644, 1:20, =.
 */
export function printYaml(value: Json, { singleQuote = false } = {}): string {
  const document = new Document(value, {
    version: '1.1',
    aliasDuplicateObjects: false,
    // Merging is nothing that a value asks for: << is a text.
    customTags: (tags) =>
      tags.filter((tag) => typeof tag === 'string' || tag.tag !== 'tag:yaml.org,2002:merge'),
  });
  visit(document, {
    Scalar: (_, node) => {
      const { value: text } = node;
      if (typeof text === 'string' && (/^(=|<<)$/.test(text) || text.search(odd) >= 0))
        node.type = Scalar.QUOTE_DOUBLE;
    },
  });
  // Between double quotes only, where every character has an escape.
  return document.toString({ lineWidth: 0, ...(singleQuote ? { singleQuote } : {}) }).replace(odd, escaped);
}

function escaped(character: string): string {
  const code = character.charCodeAt(0);
  return code < 0x100 ? `\\x${code.toString(16)}` : `\\u${code.toString(16).padStart(4, '0')}`;
}

/** The value of a document. Throws the library's error, which names line and column. */
export function parseYaml(text: string): Json {
  return parse(text) as Json;
}
