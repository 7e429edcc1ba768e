/** Node's test runner, one process a file, with a limit on each file and its report kept together. */
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

/** The part of the runner's events that is looked into; the reporter knows the rest. */
interface TestEvent {
  type: string;
  data: { name?: string; nesting?: number; details?: unknown };
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
  const events: TestEvent[] = [];
  const tooLong = AbortSignal.timeout(options.fileTimeoutMs);
  const stream = run({
    files: [file],
    signal: AbortSignal.any([options.signal, tooLong]),
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
  const ofFile = events.findLast(({ data }) => data.name === file);
  if (ofFile?.type === 'test:pass') return reportEmpty(file, options);
  if (ofFile?.type === 'test:fail' && tooLong.aborted) {
    ofFile.data.details = { duration_ms: options.fileTimeoutMs, error: timeoutError(events, file) };
  }
  for (const event of events) options.reporter.write(event);
  return counts;
}

/** Each run of one file sums itself up; only the sum of all is of interest. */
function isRunnersOwnSummary(event: TestEvent): boolean {
  const kinds = ['test:summary', 'test:plan', 'test:diagnostic'];
  return kinds.includes(event.type) && (event.data.nesting ?? 0) === 0;
}

/** The runner takes a file without tests for one passed test with the name of the file. */
function reportEmpty(file: string, options: RunFilesOptions): TestCounts {
  const error = new Error('the file holds no test');
  const details = { duration_ms: 0, error };
  const data = { name: file, nesting: 0, testNumber: 1, file, line: 1, column: 1, details };
  options.reporter.write({ type: 'test:fail', data });
  return { passed: 0, failed: 1, skipped: 0 };
}

function timeoutError(events: TestEvent[], file: string): Error {
  const unfinished = new Set<string>();
  for (const { type, data } of events) {
    if (data.name === undefined || data.name === file) continue;
    if (type === 'test:dequeue') unfinished.add(data.name);
    if (type === 'test:complete') unfinished.delete(data.name);
  }
  const names = [...unfinished].map((name) => `“${name}”`).join(', ');
  return new Error(
    names
      ? `the file took too long and was ended; not finished: ${names}`
      : 'the file took too long and was ended; its tests had finished, so something was left open',
  );
}
