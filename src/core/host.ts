/** The Host port: the one way tasks touch a machine. It knows no Proxmox; `host/` and `twin/` implement it. */

/** One command for a host: an argument vector, never a shell string. */
export interface Command {
  /** The program and its arguments, word for word. */
  readonly argv: readonly string[];
  /** Text given on standard input; without it standard input is closed. */
  readonly stdin?: string;
  /** Milliseconds after which the command and its whole process group are ended. */
  readonly deadline?: number;
  /** The command does not end with us: it runs in a session of its own, its output goes to files that are followed. */
  readonly detached?: boolean;
  /** It only looks, or comes to the same when it is done twice: after a lost connection it is simply sent again. */
  readonly repeatable?: boolean;
  /** Ends the command and its process group when aborted. */
  readonly signal?: AbortSignal;
  /** Called for each complete line that the command prints, as it comes. */
  readonly onLine?: (stream: 'stdout' | 'stderr', line: string) => void;
}

/** How a command ended. A non-zero exit is an outcome, not an exception. */
export interface Outcome {
  /** Exit code as a shell shows it (128+n after signal n); 127 when the program does not exist; 124 after the deadline. */
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Wall-clock milliseconds. */
  readonly ms: number;
  /** Why it did not end by itself, when it did not. */
  readonly ended?: 'deadline' | 'aborted';
}

/** How a file is written. */
export interface FileMode {
  /** Permission bits, such as 0o644 (the default). */
  readonly mode?: number;
  /** What may be told of it where changes are shown: `name` of what holds a secret, `nothing` of phx's own notes. */
  readonly shown?: Shown;
}

export type Shown = 'name' | 'nothing';

/** A machine that commands run on. Files are written whole and atomically. */
export interface Host {
  readonly kind: 'twin' | 'local' | 'ssh';
  /** What a person is told, such as `twin (simulated node)` or `local node pve1`. */
  readonly label: string;
  /** A stable name of this very host (twin id, machine-id, cluster fingerprint): the stamp log is kept by it. */
  identity(): Promise<string>;
  /**
   * Runs one command to its end. Rejects only when the host itself cannot be reached, and with a `LostError` when nobody
   * knows how a command ended that may not simply be sent again.
   */
  run(command: Command): Promise<Outcome>;
  /** The text of a file, or undefined when there is none. */
  readFile(path: string): Promise<string | undefined>;
  /** Replaces a file atomically, making its directory when missing. */
  writeFile(path: string, text: string, mode?: FileMode): Promise<void>;
  /** Removes a file; no error when there is none. */
  removeFile(path: string, mode?: Pick<FileMode, 'shown'>): Promise<void>;
  /**
   * Proves that the host can be reached anew, by a connection of its own; rejects with the reason. What it is for: after
   * a change of network or firewall, a connection that stands says nothing about the next one.
   */
  reach(): Promise<void>;
  /** The address that a person works from, as the host sees it; undefined at its own console. */
  operator?(): Promise<string | undefined>;
  /** Lets go of connections and timers. */
  close(): Promise<void>;
}

/** A host that stands in front of another: what it does not do in its own way, that one does. */
export function inFrontOf(host: Host, own: Partial<Host>): Host {
  return {
    kind: host.kind,
    label: host.label,
    identity: () => host.identity(),
    run: (command) => host.run(command),
    readFile: (path) => host.readFile(path),
    writeFile: (path, text, mode) => host.writeFile(path, text, mode),
    removeFile: (path, mode) => host.removeFile(path, mode),
    reach: () => host.reach(),
    operator: async () => host.operator?.(),
    close: () => host.close(),
    ...own,
  };
}
