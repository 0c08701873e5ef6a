/** Collects what a command prints and hands complete lines on as they come. It knows no command. */

type OnLine = (stream: 'stdout' | 'stderr', line: string) => void;

export class Printer {
  stdout = '';
  stderr = '';
  readonly #onLine: OnLine | undefined;
  readonly #shown = { stdout: 0, stderr: 0 };

  constructor(onLine: OnLine | undefined) {
    this.#onLine = onLine;
  }

  out(text: string): void {
    this.stdout += text;
  }

  err(text: string): void {
    this.stderr += text;
  }

  /** Hands on the lines that are complete by now. */
  flush(): void {
    if (!this.#onLine) return;
    for (const stream of ['stdout', 'stderr'] as const) {
      const end = this[stream].lastIndexOf('\n');
      if (end < this.#shown[stream]) continue;
      const lines = this[stream].slice(this.#shown[stream], end).split('\n');
      this.#shown[stream] = end + 1;
      for (const line of lines) this.#onLine(stream, line);
    }
  }

  /** Hands on the rest, also a last line without a line break. */
  end(): void {
    this.flush();
    if (!this.#onLine) return;
    for (const stream of ['stdout', 'stderr'] as const) {
      const rest = this[stream].slice(this.#shown[stream]);
      this.#shown[stream] = this[stream].length;
      if (rest !== '') this.#onLine(stream, rest);
    }
  }
}
