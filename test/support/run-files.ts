/** Node's test runner, one process a file, with a limit on each file and its report kept together. */
import { relative } from 'node:path';
import type { Writable } from 'node:stream';
import { run } from 'node:test';

export interface RunFilesOptions {
  concurrency: number;
  /** A file that has not ended by then, because it hangs or leaks, has failed. */
  fileTimeoutMs: number;
  /** Ends the files that run, and starts no other. */
  signal: AbortSignal;
  /** A reporter of node:test: takes the runner's events. */
  reporter: Writable;
}

export interface TestCounts {
  passed: number;
  failed: number;
  skipped: number;
}

/** Runs every file and returns the sums; a file that holds no test counts as failed. */
export async function runFiles(files: string[], options: RunFilesOptions): Promise<TestCounts> {
  const sum: TestCounts = { passed: 0, failed: 0, skipped: 0 };
  const waiting = [...files];
  const worker = async () => {
    for (let file = waiting.shift(); file; file = waiting.shift()) {
      if (options.signal.aborted) return;
      const counts = await runFile(file, options);
      sum.passed += counts.passed;
      sum.failed += counts.failed;
      sum.skipped += counts.skipped;
    }
  };
  await Promise.all(Array.from({ length: options.concurrency }, worker));
  return sum;
}

async function runFile(file: string, options: RunFilesOptions): Promise<TestCounts> {
  const counts: TestCounts = { passed: 0, failed: 0, skipped: 0 };
  const events: { type: string; data: unknown }[] = [];
  const stream = run({
    files: [file],
    signal: AbortSignal.any([options.signal, AbortSignal.timeout(options.fileTimeoutMs)]),
    execArgv: ['--disable-warning=TimeoutNegativeWarning'],
  });
  for await (const event of stream) {
    if (event.type === 'test:summary' && event.data.file === undefined) {
      counts.passed = event.data.counts.passed;
      counts.failed = event.data.counts.failed + event.data.counts.cancelled;
      counts.skipped = event.data.counts.skipped + event.data.counts.todo;
    } else if (!isRunnersOwnSummary(event)) {
      events.push(event);
    }
  }
  if (events.some((event) => isEmptyFile(event, file))) return reportEmpty(file, options);
  for (const event of events) options.reporter.write(event);
  return counts;
}

/** Each run of one file sums itself up; only the sum of all is of interest. */
function isRunnersOwnSummary(event: { type: string; data: { nesting?: number } }): boolean {
  const kinds = ['test:summary', 'test:plan', 'test:diagnostic'];
  return kinds.includes(event.type) && (event.data.nesting ?? 0) === 0;
}

/** The runner reports a file without tests as one passed test with the name of the file. */
function isEmptyFile(event: { type: string; data: unknown }, file: string): boolean {
  return event.type === 'test:pass' && (event.data as { name?: string }).name === file;
}

function reportEmpty(file: string, options: RunFilesOptions): TestCounts {
  const name = relative(process.cwd(), file);
  const error = new Error(`${name} holds no test`);
  const place = { name, nesting: 0, testNumber: 1, file };
  options.reporter.write({
    type: 'test:fail',
    data: { ...place, details: { duration_ms: 0, error } },
  });
  return { passed: 0, failed: 1, skipped: 0 };
}
