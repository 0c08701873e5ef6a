/**
 * The report for terminals: a frame that is drawn anew ten times a second while the run goes on. listr2 draws and
 * nothing else: it is given no task, no signal and no exit. The only file that imports `listr2`.
 */
import { countsLine, headline, problemBlocks } from './ending.ts';
import { type Expected, frameLines, workLines } from './frame.ts';
import type { Forecast, Reporter, ReporterOptions, ReportOutput } from './reporter.ts';
import { Tally } from './tally.ts';
import { oneLine, paint } from './words.ts';

// A terminal that knows these draws a frame in one go; others ignore them.
const [beginFrame, endFrame] = ['\u001b[?2026h', '\u001b[?2026l'];
const clearScreen = '\u001b[2J\u001b[H';
const [hideCursor, showCursor] = ['\u001b[?25l', '\u001b[?25h'];

/** Builds the live reporter; from now until `close` the cursor is hidden. */
export async function liveReporter(out: ReportOutput, options: ReporterOptions = {}): Promise<Reporter> {
  const { DefaultRenderer, ListrEventManager, ListrLogger, ProcessOutput } = await import('listr2');
  const style = paint(out.colour);
  const tally = new Tally();
  const notices: string[] = [];
  let last = 0;
  let headed = '';
  let state: 'waiting' | 'drawing' | 'ended' = 'waiting';

  // The terminal as listr2 sees it: our output, whose width may change, instead of the process's own streams.
  const terminal = {
    write: (text: string) => {
      if (text !== '') out.write(`${beginFrame}${text}${endFrame}`);
      return true;
    },
    get columns() {
      return out.columns;
    },
    get rows() {
      return out.rows ?? 24;
    },
  } as unknown as NodeJS.WriteStream;
  class Terminal extends ProcessOutput {
    override get stdout(): NodeJS.WriteStream {
      return terminal;
    }
    override hijack(): void {
      out.write(hideCursor);
    }
    override release(): void {
      out.write(showCursor);
    }
  }
  const expectedAt = expectations(tally, options.forecast);
  class Renderer extends DefaultRenderer {
    #turn = 0;
    #columns = out.columns;
    #lines = 0;
    override create(): string {
      if (out.columns !== this.#columns) this.#beginAnew();
      const now = options.now?.() ?? last;
      const size = { columns: out.columns, rows: out.rows ?? 24 };
      const spinner = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏'[this.#turn++ % 10] ?? '';
      const lines = frameLines(tally, size, now, spinner, style, expectedAt(now));
      this.#lines = lines.length;
      return lines.join('\n');
    }
    /** A terminal of another width has wrapped what was drawn: how many rows that is now, nobody knows. */
    #beginAnew(): void {
      this.#columns = out.columns;
      if (state !== 'drawing') return;
      // So many empty lines as listr2 is about to take back.
      out.write(`${clearScreen}${oneLine(headed, out.columns - 1)}\n${'\n'.repeat(this.#lines)}`);
    }
    override update(): void {
      if (state === 'drawing') super.update();
    }
  }
  const processOutput = new Terminal(terminal, terminal);
  const logger = new ListrLogger({ useIcons: false, toStderr: [], processOutput });
  const renderer = new Renderer([], { logger, clearOutput: true }, new ListrEventManager());
  await renderer.render();

  const end = () => {
    if (state === 'ended') return;
    const drawn = state === 'drawing';
    state = 'ended';
    renderer.end();
    if (!drawn) return;
    const lines = [...notices, ...workLines(tally, out.columns, style), ...problemBlocks(tally, style)];
    for (const line of lines) out.write(`${line}\n`);
  };
  return {
    event(event, at) {
      last = at;
      tally.take(event, at);
      if (event.type === 'planned') {
        headed = headline(event);
        out.write(`${headed}\n`);
        state = 'drawing';
      } else if (event.type === 'notice') notices.push(`  ${style.warn(`note: ${oneLine(event.text)}`)}`);
      else if (event.type === 'summary') {
        end();
        out.write(`${countsLine(event)}\n`);
      }
    },
    close: end,
  };
}

/** A forecast costs a look at the whole graph: it is asked once a second, and goes down by itself in between. */
const askEvery = 1000;

function expectations(tally: Tally, forecast: Forecast | undefined): (now: number) => Expected {
  let asked = Number.NEGATIVE_INFINITY;
  let ends: number | undefined;
  return (now) => {
    // Before the first task is at work nobody knows what will be.
    const running = tally.in('running');
    if (forecast && running.length > 0 && now - asked >= askEvery) {
      asked = now;
      const since = new Map(running.map((row) => [row.task, now - row.since]));
      const left = forecast.remaining((task) => !['waiting', 'running'].includes(tally.stateOf(task)), since);
      ends = left === undefined ? undefined : now + left;
    }
    return {
      usual: (task) => forecast?.usual(task),
      left: ends === undefined ? undefined : Math.max(0, ends - now),
    };
  };
}
