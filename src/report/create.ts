/** Picks a reporter by name. It decides nothing: which name suits a terminal or a pipe is the caller's business. */
import { jsonReporter } from './json.ts';
import { plainReporter } from './plain.ts';
import { quietReporter } from './quiet.ts';
import type { Reporter, ReporterOptions, ReportOutput } from './reporter.ts';

export type ReporterKind = 'live' | 'plain' | 'json' | 'quiet';

/** Builds a reporter. The live one is loaded only when it is asked for; that is why this is a promise. */
export async function createReporter(
  kind: ReporterKind,
  out: ReportOutput,
  options: ReporterOptions = {},
): Promise<Reporter> {
  switch (kind) {
    case 'plain':
      return plainReporter(out, options);
    case 'json':
      return jsonReporter(out);
    case 'quiet':
      return quietReporter(out);
    case 'live': {
      const { liveReporter } = await import('./live.ts');
      return liveReporter(out, options);
    }
  }
}
