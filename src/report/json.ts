/** The report for programs: one event a line as JSON, and nothing else. It knows no words and no colours. */
import type { Reporter, ReportOutput } from './reporter.ts';

/** Builds the JSON reporter. */
export function jsonReporter(out: ReportOutput): Reporter {
  return {
    event: (event) => out.write(`${JSON.stringify(event)}\n`),
    close: () => {},
  };
}
