/** Text that comes in pieces of bytes, which may end within a line and within a letter. Pure. */

import { StringDecoder } from 'node:string_decoder';

export class Lines {
  readonly #decoder = new StringDecoder('utf8');
  #rest = '';

  /** The lines that are complete by now. */
  take(piece: Buffer): string[] {
    const parts = (this.#rest + this.#decoder.write(piece)).split('\n');
    this.#rest = parts.pop() ?? '';
    return parts;
  }

  /** At the end: a last line without a line feed, if there is one. */
  rest(): string[] {
    const rest = this.#rest + this.#decoder.end();
    this.#rest = '';
    return rest === '' ? [] : [rest];
  }
}
