/** Placeholders of the recordings: one with a number stands for the same value throughout a scenario. */

const shapes: Readonly<Record<string, string>> = {
  MAC: '((?:[0-9A-F]{2}:){5}[0-9A-F]{2})',
  mac: '((?:[0-9a-f]{2}:){5}[0-9a-f]{2})',
  DIGEST: '([0-9a-f]{40})',
  UUID: '([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})',
  UPID: '(UPID:[^\\s"]+)',
  PID: '(\\d+)',
  TIME: '(\\w{3} \\w{3} [ \\d]\\d \\d\\d:\\d\\d:\\d\\d \\d{4}|\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d|\\d{4}_\\d\\d_\\d\\d-\\d\\d_\\d\\d_\\d\\d|\\d+)',
};

export class Placeholders {
  readonly #known = new Map<string, string>();
  /** Archives as the twin named them; a recording has `<TIME>` in their names. */
  readonly #archives: string[] = [];

  learnArchives(text: string): void {
    const freed = /^Removed volume '\S+:backup\/(\S+)'$/m.exec(text)?.[1];
    if (freed !== undefined)
      this.#archives.splice(0, Infinity, ...this.#archives.filter((name) => name !== freed));
    for (const [name] of text.matchAll(/vzdump-(?:lxc|qemu)-\d+-[\d_-]+\.(?:tar|vma)(\.\w+)?/g))
      if (!this.#archives.includes(name)) this.#archives.push(name);
  }

  /** Puts known values into a text that the scenario passes in. */
  fill(text: string): string {
    const archived = text.replace(
      /(vzdump-(?:lxc|qemu)-\d+-)<TIME>(\.(?:tar|vma)(?:\.(?:zst|gz|lzo))?)/,
      (whole, stem: string, end: string) => {
        const known = this.#archives.find((name) => name.startsWith(stem) && name.endsWith(end));
        return known ?? whole.replace('<TIME>', '2025_01_01-00_00_00');
      },
    );
    return archived.replace(/<([A-Za-z]+)\d+(:[^>]*)?>/g, (token, kind: string, about: string) => {
      const known = this.#known.get(token);
      if (known !== undefined) return known;
      // A task of another time: well-formed, and not known any more.
      return kind === 'UPID' ? `UPID:pve:00000001:00000001:00000001${about}:` : token;
    });
  }

  /** Makes a value known under a placeholder that no answer showed. */
  learn(token: string, value: string): void {
    if (!this.#known.has(token)) this.#known.set(token, value);
  }

  /** Is `got` what `want` describes? Learns the values of new placeholders. */
  matches(want: string, got: string): boolean {
    if (want === got) return true;
    if (!want.includes('<')) return false;
    const tokens: string[] = [];
    const pattern = literal(want).replace(
      /<([A-Za-z]+)(\d*)(:[^>]*)?>/g,
      (token, kind: string, number: string) => {
        const known = number === '' ? undefined : this.#known.get(token);
        if (known !== undefined) return literal(known);
        tokens.push(number === '' ? '' : token);
        return shapes[kind] ?? '(.+?)';
      },
    );
    const found = new RegExp(`^${pattern}$`).exec(got);
    if (!found) return false;
    tokens.forEach((token, at) => {
      if (token !== '') this.#known.set(token, found[at + 1] ?? '');
    });
    return true;
  }
}

function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
