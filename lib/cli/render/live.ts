import { stripVTControlCharacters } from 'node:util';

/**
 * What a person watches on standard error: on a terminal one block that is drawn over itself, with
 * messages above it; elsewhere only the messages.
 */
export class LiveBlock {
  readonly #stream: NodeJS.WriteStream;
  #lines: readonly string[] = [];

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  get isTerminal(): boolean {
    return this.#stream.isTTY === true;
  }

  /** Of the terminal. */
  get rows(): number {
    return this.#stream.rows ?? 24;
  }

  /** Draws the block anew. */
  draw(lines: readonly string[]): void {
    if (!this.isTerminal) return;
    this.#stream.write(this.#erased() + this.#text(lines));
    this.#lines = lines;
  }

  /** Writes one line that stays, above the block. */
  say(message: string): void {
    if (!this.isTerminal) this.#stream.write(`${message}\n`);
    else this.#stream.write(`${this.#erased()}${message}\n${this.#text(this.#lines)}`);
  }

  /** Takes the block away. */
  clear(): void {
    this.#stream.write(this.#erased());
    this.#lines = [];
  }

  #text(lines: readonly string[]): string {
    const { columns } = this.#stream;
    return lines.map((line) => `${fitted(line, columns)}\n`).join('');
  }

  /** Back to the first line of the block, and everything below it gone. */
  #erased(): string {
    return this.#lines.length === 0 ? '' : `\x1b[${this.#lines.length}A\x1b[J`;
  }
}

/** A wrapped line would be two on the screen and break the count. */
function fitted(line: string, columns: number): string {
  const text = stripVTControlCharacters(line);
  return text.length < columns ? line : text.slice(0, columns - 1);
}
