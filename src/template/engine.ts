/**
 * The strict template language: Handlebars, where every name must be known, every helper must be ours, and a value
 * gets into a script only in a form that cannot break out of it. It knows no metadata and no guest. The only file
 * that imports `handlebars`; it does so when the first text is rendered.
 */
import { TemplateError } from './error.ts';
import { checkShellText } from './lint.ts';
import {
  bare,
  concat,
  jsonText,
  optionWords,
  QuoteError,
  each as quoteEach,
  shellWords,
  singleQuote,
} from './quote.ts';

/** The text of a template or partial, with the path that messages name. `.sh.hbs` means shell, anything else text. */
export interface TemplateSource {
  readonly path: string;
  readonly text: string;
}

/** Counts up whenever the same source and values would render to other text. */
export const engineRevision = 1;

/** Names that mean something to the engine, so no value can be called so. */
export const helperNames: ReadonlySet<string> = new Set([
  'bare',
  'sh',
  'json',
  'option',
  'concat',
  'eq',
  'has',
  'file',
  'if',
  'unless',
  'each',
]);

type Handlebars = typeof import('handlebars');
type Options = import('handlebars').HelperOptions & { readonly name: string };
type Helper = (values: readonly unknown[], options: Options, self: unknown) => unknown;

let loading: Promise<Handlebars> | undefined;

/** Renders one text. Throws a TemplateError that names template and line. */
export async function renderText(
  source: TemplateSource,
  partials: ReadonlyMap<string, TemplateSource>,
  values: Readonly<Record<string, unknown>>,
): Promise<string> {
  loading ??= import('handlebars').then((module) => module.default);
  const handlebars = await loading;
  const env = handlebars.create();
  registerHelpers(env);
  const known = Object.fromEntries([...helperNames].map((name) => [name, true]));
  const options = { noEscape: true, preventIndent: true, knownHelpers: known, knownHelpersOnly: true };
  const compile = (from: TemplateSource) => env.compile(prepare(handlebars, from, partials), options);
  const compiled = new Map([...partials].map(([name, from]) => [name, lazily(() => compile(from))]));
  return guarded(source, () =>
    compile(source)(values, {
      partials: Object.fromEntries(compiled),
      allowProtoPropertiesByDefault: false,
    }),
  );
}

type Compiled = import('handlebars').TemplateDelegate;

/** A partial is compiled when it is first used. */
function lazily(compile: () => Compiled): Compiled {
  let template: Compiled | undefined;
  return (context, options) => {
    template ??= compile();
    return template(context, options);
  };
}

function guarded<T>(source: TemplateSource, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (error instanceof TemplateError || !(error instanceof Error)) throw error;
    const line = /(?:on line |- )(\d+)/.exec(error.message)?.[1];
    const text = error.message.split('\n').at(-1) ?? error.message;
    throw new TemplateError(source.path, line === undefined ? undefined : Number(line), text);
  }
}

// Any node of the syntax tree, as far as it is looked at here.
interface Node {
  type: string;
  loc: { start: { line: number } };
  path?: Node & { original?: string };
  name?: Node & { original?: string };
  params?: Node[];
  hash?: { type: 'Hash'; pairs: unknown[]; loc: unknown };
  body?: Node[];
  program?: Node;
  inverse?: Node;
  original?: string;
  escaped?: boolean;
}

/** Parses, refuses what the language does not have, and tells every helper where it stands and what it was given. */
function prepare(
  handlebars: Handlebars,
  source: TemplateSource,
  partials: ReadonlyMap<string, TemplateSource>,
) {
  const shell = source.path.endsWith('.sh.hbs');
  if (shell) checkShellText(source.path, source.text);
  const tree = guarded(source, () => handlebars.parse(source.text));
  const fail = (node: Node, problem: string) => {
    throw new TemplateError(source.path, node.loc.start.line, problem);
  };
  const walk = (node: Node | undefined, inFile: boolean): void => {
    if (!node) return;
    for (const item of node.body ?? []) walk(item, inFile);
    const called = node.path?.original ?? '';
    switch (node.type) {
      case 'MustacheStatement':
      case 'SubExpression':
        if (node.type === 'MustacheStatement' && !node.params?.length && !helperNames.has(called)) {
          node.params = node.path ? [node.path] : [];
          node.path = pathTo('bare', node);
        } else if (!helperNames.has(called)) fail(node, `there is no helper "${called}"`);
        else if (!node.params?.length) fail(node, `{{${called} …}} wants a value`);
        else if (['if', 'unless', 'each', 'file', 'bare'].includes(called))
          fail(node, `{{${called}}} cannot be used so`);
        else if (called === 'json' && shell && !inFile && node.type === 'MustacheStatement')
          fail(node, 'JSON is not safe as a shell word: use {{sh (json …)}}, or write it with {{#file …}}');
        break;
      case 'BlockStatement':
        if (!['if', 'unless', 'each', 'file'].includes(called))
          fail(
            node,
            `there is no block "${called}": use {{#if …}}, {{#unless …}}, {{#each …}} or {{#file …}}`,
          );
        break;
      case 'PartialStatement': {
        const name = node.name?.original;
        if (name === undefined || !partials.has(name)) fail(node, `there is no partial "${name ?? '(…)'}"`);
        break;
      }
      case 'Decorator':
      case 'DecoratorBlock':
      case 'PartialBlockStatement':
        fail(node, 'decorators and inline partials are not part of this language');
        break;
      default:
    }
    if (node.params && node.type !== 'PartialStatement') tell(node);
    for (const param of node.params ?? []) walk(param, inFile);
    walk(node.program, inFile || called === 'file');
    walk(node.inverse, inFile);
  };
  const tell = (node: Node) => {
    const names = (node.params ?? []).map((param) => param.original ?? `(${param.path?.original ?? ''} …)`);
    const pair = (key: string, value: string) => ({
      type: 'HashPair',
      key,
      value: { type: 'StringLiteral', value, original: value, loc: node.loc },
      loc: node.loc,
    });
    node.hash ??= { type: 'Hash', pairs: [], loc: node.loc };
    node.hash.pairs.push(pair('$file', source.path), pair('$line', String(node.loc.start.line)));
    node.hash.pairs.push(pair('$names', names.join('\n')));
  };
  walk(tree as unknown as Node, false);
  return tree;
}

function pathTo(name: string, at: Node): Node {
  const path = { type: 'PathExpression', data: false, depth: 0, parts: [name], original: name, loc: at.loc };
  return path;
}

function registerHelpers(env: Handlebars): void {
  const builtin = (name: string) => env.helpers[name] as (this: unknown, ...args: unknown[]) => unknown;
  const [when, unless, each] = [builtin('if'), builtin('unless'), builtin('each')];
  const helpers: Record<string, Helper> = {
    bare: ([value]) => bare(value),
    sh: (values) => quoteEach(values, shellWords).join(' '),
    json: ([value]) => jsonText(value),
    option: ([name, value]) => optionWords(name, value),
    concat: (values) => concat(values),
    eq: ([left, right]) => left === right,
    has: ([value, key]) => typeof value === 'object' && value !== null && Object.hasOwn(value, String(key)),
    file: ([path], options, self) => {
      const text = options.fn(self).replace(/^\n/, '');
      const mode = (options.hash as Record<string, unknown>).mode ?? '644';
      if (!/^[0-7]{3}$/.test(String(mode))) throw new QuoteError('wants a mode such as mode="644"');
      const { owner } = options.hash as Record<string, unknown>;
      if (owner !== undefined && !/^[a-z0-9_][a-z0-9_-]*(:[a-z0-9_][a-z0-9_-]*)?$/.test(String(owner)))
        throw new QuoteError('wants an owner such as owner="grafana" or owner="472:472"');
      const whose = owner === undefined ? '' : ` ${String(owner)}`;
      return `put_file ${shellWords(path)} ${String(mode)} ${singleQuote(text)}${whose}\n`;
    },
    if: ([value], options, self) => when.call(self, value, options),
    unless: ([value], options, self) => unless.call(self, value, options),
    each: ([value], options, self) => each.call(self, value, options),
  };
  for (const [name, helper] of Object.entries(helpers)) {
    env.registerHelper(name, function (this: unknown, ...args: unknown[]) {
      const options = args.pop() as Options;
      const { $file, $line, $names } = options.hash as Record<string, string>;
      const names = ($names ?? '').split('\n');
      const fail = (problem: string) => new TemplateError($file ?? '', Number($line), problem);
      const unknown = args.indexOf(undefined);
      if (unknown >= 0) throw fail(`"${names[unknown] ?? ''}" is not known here`);
      try {
        return helper(args, options, this);
      } catch (error) {
        if (error instanceof QuoteError)
          throw fail(`"${names.at(error.argument ?? -1) ?? ''}" ${error.message}`);
        throw error;
      }
    });
  }
}
