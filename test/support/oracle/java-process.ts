/** The Java process of the oracle: compiled once into the cache, commands and answers as lines. */
import { type ChildProcessWithoutNullStreams, execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { installOnce } from '../../../lib/local/parts/cache.ts';

export interface JavaProcess {
  /** Sends one command and gathers the parts of its answer; rejects with the Java error. */
  call<Part>(command: string, request: object): Promise<Part[]>;
  close(): Promise<void>;
}

interface Call {
  parts: unknown[];
  resolve(parts: unknown[]): void;
  reject(error: Error): void;
}

type Line = { id: number } & ({ part: unknown } | { result: null } | { error: string });

const sources = fileURLToPath(new URL('.', import.meta.url));

export async function startJava(classPath: string): Promise<JavaProcess> {
  const classes = await compile(classPath);
  const child = spawn('java', [
    '-Xshare:auto',
    '-XX:+UseSerialGC',
    '-XX:TieredStopAtLevel=1',
    '-Xmx1g',
    '-Dorg.slf4j.simpleLogger.defaultLogLevel=error',
    '-cp',
    `${classes}${delimiter}${classPath}`,
    'Oracle',
  ]);
  await once(child, 'spawn');
  return converse(child);
}

/** Named by what it was made from, so that a changed source or Kafka version compiles anew. */
async function compile(classPath: string): Promise<string> {
  const names = (await readdir(sources)).filter((name) => name.endsWith('.java')).sort();
  const files = names.map((name) => join(sources, name));
  const hash = createHash('sha256').update(classPath);
  for (const file of files) hash.update(await readFile(file));
  return installOnce(`oracle-${hash.digest('hex').slice(0, 12)}`, async (directory) => {
    // The compiler by its module: `java` may be the only one of the JDK's commands on the path.
    const compiler = ['-m', 'jdk.compiler/com.sun.tools.javac.Main'];
    await promisify(execFile)('java', [...compiler, '-cp', classPath, '-d', directory, ...files]);
  });
}

function converse(child: ChildProcessWithoutNullStreams): JavaProcess {
  const calls = new Map<number, Call>();
  const errors = lastLines(child.stderr);
  const ended = () => new Error(`the oracle's Java process has ended\n${errors.join('\n')}`);
  let nextId = 1;
  createInterface({ input: child.stdout }).on('line', (line) => settle(calls, line));
  child.stdin.on('error', () => {}); // Its end is told to the callers by `close`, with the reason.
  const closed = once(child, 'close').then(() => {
    for (const { reject } of calls.values()) reject(ended());
    calls.clear();
  });
  return {
    call<Part>(command: string, request: object) {
      return new Promise<Part[]>((resolve, reject) => {
        if (child.exitCode !== null || child.signalCode !== null) {
          reject(ended());
          return;
        }
        const id = nextId;
        nextId += 1;
        calls.set(id, { parts: [], resolve: (parts) => resolve(parts as Part[]), reject });
        child.stdin.write(`${JSON.stringify({ id, command, ...request })}\n`);
      });
    },
    async close() {
      child.stdin.end();
      await closed;
    },
  };
}

function settle(calls: Map<number, Call>, text: string): void {
  const line = JSON.parse(text) as Line;
  const call = calls.get(line.id)!;
  if ('part' in line) {
    call.parts.push(line.part);
    return;
  }
  calls.delete(line.id);
  if ('error' in line) call.reject(new Error(line.error));
  else call.resolve(call.parts);
}

/** What it complained of last, for the message when it dies. */
function lastLines(stream: NodeJS.ReadableStream): string[] {
  const lines: string[] = [];
  createInterface({ input: stream }).on('line', (line) => {
    lines.push(line);
    if (lines.length > 20) lines.shift();
  });
  return lines;
}
