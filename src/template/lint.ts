/**
 * Places in a shell template where a quoting helper would not protect: inside the script's own quotes and inside
 * here-documents. Reads source text line by line; knows no template language beyond where a mustache begins.
 */
import { TemplateError } from './error.ts';

/** Not after a single backslash, which makes the braces plain text. */
const helperCall = /(?<!(?:^|[^\\])\\)\{\{~?\s*(sh|option|json)\s/g;
const hereDocument = /(?<!<)<<(?!<)-?\s*(['"]?)([A-Za-z_]\w*)\1/;

/** Throws where the text of a shell template puts `{{sh …}}` and its like where their quotes mean nothing. */
export function checkShellText(file: string, text: string): void {
  let until: string | undefined;
  for (const [index, line] of blankComments(text).split('\n').entries()) {
    if (until !== undefined) {
      if (line.trim() === until) until = undefined;
      else if (line.match(helperCall))
        throw new TemplateError(
          file,
          index + 1,
          'a value inside a here-document is not protected by its quotes: use {{#file "/path"}} … {{/file}}',
        );
      continue;
    }
    for (const call of line.matchAll(helperCall)) {
      if (openQuote(line.slice(0, call.index)))
        throw new TemplateError(
          file,
          index + 1,
          `{{${call[1]} …}} stands inside quotes, where its own quotes do not protect: end the quotes before it`,
        );
    }
    until = hereDocument.exec(line)?.[2];
  }
}

/** Handlebars comments replaced by blank lines, so that line numbers stay. */
function blankComments(text: string): string {
  return text.replace(/\{\{~?!--[\s\S]*?--~?\}\}/g, (comment) => comment.replace(/[^\n]/g, ''));
}

/** The quote character still open at the end of a shell fragment, if any. Mustaches count as nothing. */
function openQuote(fragment: string): string | undefined {
  const shell = fragment.replace(/\{\{.*?\}\}/g, '').replace(/(^|\s)#.*$/, '');
  let open: string | undefined;
  for (let at = 0; at < shell.length; at++) {
    const char = shell[at];
    if (char === '\\' && open !== "'") at++;
    else if (open === undefined && (char === '"' || char === "'")) open = char;
    else if (char === open) open = undefined;
  }
  return open;
}
