/** Which reporter suits what was asked for and where it goes. */

import type { ReporterKind } from '../report/create.ts';
import type { Io } from './io.ts';

export interface ReportOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly plain?: boolean;
  readonly verbose?: boolean;
}

export function reporterKind(io: Io, options: ReportOptions): ReporterKind {
  if (options.json) return 'json';
  if (options.quiet) return 'quiet';
  return options.plain || options.verbose || !io.out.isTTY ? 'plain' : 'live';
}
