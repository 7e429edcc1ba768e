import { Readable, Writable } from 'node:stream';
import type { Io } from '../../../lib/cli/command.ts';

/** A terminal, or a file, that remembers what was written to it. */
export class Screen extends Writable {
  text = '';
  readonly isTTY: boolean;
  readonly columns = 80;
  readonly rows = 24;

  constructor(options: { isTTY: boolean } = { isTTY: false }) {
    super({ decodeStrings: false });
    this.isTTY = options.isTTY;
  }

  override _write(chunk: string, _: BufferEncoding, done: () => void): void {
    this.text += chunk;
    done();
  }

  /** What a person sees: lines, with the cursor moved back where that was asked for. */
  get lines(): string[] {
    const lines: string[] = [''];
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what a terminal acts on begins so
    for (const [token, up] of this.text.matchAll(/\x1b\[(\d+)A\x1b\[J|\n|[^\n\x1b]+/g)) {
      if (up !== undefined) lines.splice(lines.length - 1 - Number(up), Number(up) + 1, '');
      else if (token === '\n') lines.push('');
      else lines[lines.length - 1] += token;
    }
    return lines.slice(0, -1);
  }

  get stream(): NodeJS.WriteStream {
    return this as unknown as NodeJS.WriteStream;
  }
}

/** @param answers what a person at a terminal types, line by line; without it nobody is there */
export function recordingIo(answers?: readonly string[]): {
  io: Io;
  stdout: Screen;
  stderr: Screen;
} {
  const isTTY = answers !== undefined;
  const stdout = new Screen({ isTTY });
  const stderr = new Screen({ isTTY });
  const stdin = Object.assign(Readable.from((answers ?? []).map((line) => `${line}\n`)), { isTTY });
  const io = {
    stdin: stdin as unknown as NodeJS.ReadStream,
    stdout: stdout.stream,
    stderr: stderr.stream,
    environment: {},
  };
  return { io, stdout, stderr };
}
