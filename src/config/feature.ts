/** A layer that a plugin brings along, written in TypeScript: the same as a template in `templates/features/`. It knows no Handlebars. */

import type { Json } from '../core/json.ts';

/** One parameter of a feature, as `docs/writing-tasks.md` tells of it. */
export interface FeatureParam {
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'strings' | 'map';
  /** What it is, in a few words. */
  readonly description: string;
  readonly required?: boolean;
  /** The value when none is given; without one the script sees null. */
  readonly default?: Json;
  /** The only values allowed. */
  readonly enum?: readonly (string | number)[];
  /** A form that many share: `port`, `path`, `url`, `version`, `sha256`, `address`, `duration`, `variables`. */
  readonly format?: string;
  /** What all of the text has to match, and what completes the sentence "must be …". */
  readonly pattern?: string;
  readonly words?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  /** It is a version that `phx update` moves: where the latest one is told. */
  readonly pin?: { readonly github: string; readonly tag: string };
}

/** `package caddy`, `port:{{port}}`; with `when` only if that parameter has a value (`when: 'gpu'`), or this one (`when: 'role=agent'`). */
export type FeatureLine = string | { readonly when: string; readonly is: string };

export interface FeatureDefinition {
  /** What it is, in a sentence. */
  readonly description: string;
  readonly params?: Readonly<Record<string, FeatureParam>>;
  /** Features that have to be in the guest before it. */
  readonly requires?: readonly string[];
  /** What it leaves: `package …`, `unit …`, `port …`, `file …`. The twin makes exactly these true. */
  readonly provides?: readonly FeatureLine[];
  /** Questions asked after it: `package:`, `unit:`, `port:`, `file:`, `http:`. */
  readonly verify?: readonly FeatureLine[];
  /** It reads what other guests export: then that is its input. */
  readonly readsExports?: boolean;
  /** Bash with the helpers and partials of templates: `{{> base}}`, `{{sh greeting}}`. */
  readonly script: string;
  /** The script that takes it back once it has left a guest's layers; it sees the same parameters. */
  readonly uninstall?: string;
}

/** A feature as a plugin brings it along. */
export interface Feature {
  /** As it is written in `layers` of a guest. */
  readonly name: string;
  /** What would stand in `templates/features/<name>.sh.hbs`, and beside it. */
  readonly text: string;
  readonly uninstall?: string;
}

/**
 * Makes a feature for `plugin({ features: [feature('caddy', { … })] })`. Guests name it in their `layers`; a file of that name
 * in the project's `templates/features/` wins over it, and it over one that comes with phx.
 */
export function feature(name: string, { script, uninstall, ...metadata }: FeatureDefinition): Feature {
  if (!/^[a-z0-9][a-z0-9_]*$/.test(name))
    throw new Error(`feature('${name}'): a name has lower case letters, digits and _`);
  // The block ends at the first `--}}`, which JSON may hold within a text only.
  const block = JSON.stringify(metadata, null, 2).replaceAll('--}}', '--\\u007d}');
  return {
    name,
    text: `{{!-- phx\n${block}\n--}}\n${script}`,
    ...(uninstall === undefined ? {} : { uninstall }),
  };
}
