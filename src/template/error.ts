/** What goes wrong with a template, said with its file and line. It knows neither Handlebars nor any script. */

/** An error in a template or in the values given to it; the message begins with `file:line`. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
  readonly file: string;
  readonly line: number | undefined;
  /** The message without its place. */
  readonly problem: string;

  constructor(file: string, line: number | undefined, problem: string) {
    super(`${file}${line === undefined ? '' : `:${line}`}: ${problem}`);
    this.file = file;
    this.line = line;
    this.problem = problem;
  }
}
