/** What a command sees of the process it runs in: everything that `main.ts` took from node, and nothing more. */

export interface Io {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly pid: number;
  /** Name of this machine. */
  readonly hostname: string;
  readonly out: Terminal;
  readonly err: Terminal;
  /** Whether somebody can be asked. */
  readonly interactive: boolean;
  /** Epoch milliseconds. */
  readonly clock: () => number;
  /** Ends early, by rejecting, when the signal is aborted. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** Asks a question on the terminal. */
  readonly ask: (question: string) => Promise<string>;
  /** Lines from standard input, with a prompt before each where somebody types them; ends at its end. */
  readonly lines: (prompt: string) => AsyncIterable<string>;
  /** First and second Ctrl-C. */
  readonly stop: { readonly drain: AbortSignal; readonly abort: AbortSignal };
}

export interface Terminal {
  readonly write: (text: string) => void;
  readonly columns: number;
  readonly isTTY: boolean;
  readonly colour: boolean;
}

/** Options that every command takes. */
export interface GlobalOptions {
  /** Folder to look for the project from; default: where phx was started. */
  readonly project?: string;
  readonly env?: string;
  readonly set?: readonly string[];
  readonly host?: string;
  /** A file of `phx facts`: the node as it was then, in memory, stands in the place of the host. */
  readonly facts?: string;
  /** `local`: the journals of this machine alone, whatever the phoenixfile says. */
  readonly history?: string;
  /** How long the twin's commands take. */
  readonly twinLatency?: string;
}
