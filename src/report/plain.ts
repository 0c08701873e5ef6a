/**
 * The report for pipes, logs and people who like it quiet: lines that are written once and never changed. Fresh targets
 * are folded into one line each; a task that runs says why, and then what it did. It knows no terminal.
 */
import type { Ran, RunEvent } from '../core/event.ts';
import { commandWords } from './command.ts';
import { countsLine, headline, problemBlocks } from './ending.ts';
import { reasonsWords } from './reason.ts';
import type { Reporter, ReporterOptions, ReportOutput } from './reporter.ts';
import { type Row, Tally } from './tally.ts';
import { count, duration, marks, oneLine, type Paint, paint } from './words.ts';

const mostCommands = 12;

/** Builds the plain reporter. */
export function plainReporter(out: ReportOutput, options: ReporterOptions = {}): Reporter {
  return new Plain(out, options.verbose ?? false);
}

class Plain implements Reporter {
  readonly #out: ReportOutput;
  readonly #verbose: boolean;
  readonly #style: Paint;
  readonly #tally = new Tally();
  readonly #folded = new Set<string>();
  #width = 14;
  #last = '';
  #open = false;

  constructor(out: ReportOutput, verbose: boolean) {
    this.#out = out;
    this.#verbose = verbose;
    this.#style = paint(out.colour);
  }

  event(event: RunEvent, at: number): void {
    const row = this.#tally.take(event, at);
    switch (event.type) {
      case 'planned':
        this.#open = true;
        this.#width = Math.max(10, ...event.tasks.map(({ target }) => target.length)) + 4;
        this.#print(headline(event));
        return;
      case 'notice':
        this.#print(`  ${this.#style.warn(`note: ${oneLine(event.text)}`)}`);
        this.#last = '';
        return;
      case 'summary':
        this.#finish();
        this.#print(countsLine(event));
        return;
      default:
    }
    if (!row) return;
    this.#about(event, row);
    this.#fold(row.target);
  }

  close(): void {
    this.#finish();
  }

  #about(event: RunEvent, row: Row): void {
    const { good, bad, warn, dim } = this.#style;
    switch (event.type) {
      case 'started': {
        // What runs for the first time needs no reason; its ending tells what it did.
        if (event.attempt === 1 && event.because.every(({ why }) => why === 'never-ran')) return;
        const again = event.attempt > 1 ? dim(`  (attempt ${event.attempt})`) : '';
        this.#say(row, `${row.step}  ${reasonsWords(event.because)}${again}`);
        return;
      }
      case 'line':
        // What a task itself says is worth a line; what its commands print only when it is asked for.
        if (event.stream === 'log' && !this.#verbose)
          this.#say(row, dim(`${row.step} | ${oneLine(event.text)}`));
        if (this.#verbose) this.#print(`${dim(`${row.task} |`)} ${oneLine(event.text)}`);
        if (this.#verbose) this.#last = '';
        return;
      case 'done':
        this.#ran(row, good(marks.done), event.ms, event.commands);
        return;
      case 'failed':
        this.#ran(row, bad(marks.failed), event.ms, event.commands, 'no command ran');
        return;
      case 'outdated':
        this.#say(row, `${warn(marks.outdated)} ${row.step}  outdated: ${oneLine(event.message)}`);
        return;
      case 'blocked':
        this.#say(row, `${warn(marks.blocked)} ${row.step}  blocked: ${oneLine(event.error.title)}`);
        return;
      default:
    }
  }

  #ran(row: Row, mark: string, ms: number, commands: readonly Ran[], none = 'nothing to change'): void {
    const head = `${row.step}  ${duration(ms)}   `;
    const shown = commands.slice(0, mostCommands).map(ranWords);
    if (commands.length > mostCommands) shown.push(`… and ${commands.length - mostCommands} more`);
    const [first = this.#style.dim(none), ...more] = shown;
    this.#say(row, `${mark} ${head}${first}`);
    for (const words of more) this.#say(row, `  ${' '.repeat(head.length)}${words}`);
  }

  /** One line for a target of which nothing ran, once all its tasks are settled, or at the end those that are. */
  #fold(target: string, ending = false): void {
    const rows = this.#tally.of(target);
    const number = (...states: Row['state'][]) => rows.filter(({ state }) => states.includes(state)).length;
    const [fresh, kept] = [number('fresh'), number('kept')];
    const idle = ending ? number('waiting', 'cancelled') : 0;
    const [row] = rows;
    if (!row || this.#folded.has(target) || fresh + kept === 0 || fresh + kept + idle < rows.length) return;
    this.#folded.add(target);
    const words = [
      ...(fresh > 0 ? [`${fresh} fresh`] : []),
      ...(kept > 0 ? [`${kept} stale but not needed`] : []),
    ];
    this.#say(row, words.join(' · '));
  }

  #finish(): void {
    if (!this.#open) return;
    this.#open = false;
    for (const target of this.#tally.targets()) this.#fold(target, true);
    const running = this.#tally.in('running');
    if (running.length > 0)
      this.#print(
        `  ${count(running.length, 'task')} left running: ${running.map((row) => row.task).join(', ')}`,
      );
    for (const line of problemBlocks(this.#tally, this.#style)) this.#print(line);
  }

  /** A line about a task; its target is named when the line before was about another. */
  #say(row: Row, text: string): void {
    const name = row.target === this.#last ? '' : row.target;
    this.#last = row.target;
    this.#print(`  ${this.#style.bold(name)}${' '.repeat(this.#width - name.length)}${text}`);
  }

  #print(line: string): void {
    this.#out.write(`${line.trimEnd()}\n`);
  }
}

/** A command as it could be typed again, with its exit code unless that is zero. */
function ranWords({ argv, exit }: Ran): string {
  return oneLine(commandWords(argv), 400) + (exit === 0 ? '' : ` → exit ${exit}`);
}
