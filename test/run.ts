/**
 * Runs the tests: `node bin/launch.mjs test/run.ts [unit|tidy|stacks|integration] [part of a file name…]`.
 * Fast suites come first; the last line is `N passed, N failed`, and a run without tests fails.
 */
import { glob } from 'node:fs/promises';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { spec } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';
import { toMirrorlessError } from '../lib/errors.ts';
import { installTestParts, startSharedParts } from './support/parts.ts';
import { runFiles, type TestCounts } from './support/run-files.ts';

const suites = [
  { name: 'unit', pattern: 'test/unit/**/*.test.ts', concurrency: 2, fileTimeoutMs: 120_000 },
  { name: 'tidy', pattern: 'test/*.test.ts', concurrency: 1, fileTimeoutMs: 60_000 },
  { name: 'stacks', pattern: 'test/stacks/**/*.test.ts', concurrency: 1, fileTimeoutMs: 300_000 },
  {
    name: 'integration',
    pattern: 'test/integration/**/*.test.ts',
    concurrency: 1,
    fileTimeoutMs: 600_000,
  },
];

const project = fileURLToPath(new URL('..', import.meta.url));
const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => interruption.abort(new Error(`interrupted by ${signal}`)));
}
// What a killed test left open must not hold the runner.
process.exit(await runTests(process.argv.slice(2)));

async function runTests(args: string[]): Promise<number> {
  const total: TestCounts = { passed: 0, failed: 0, skipped: 0 };
  const reporter = new spec();
  const reported = finished(reporter.pipe(process.stdout, { end: false }), { writable: false });
  try {
    for (const suite of await chooseSuites(args)) await runSuite(suite, reporter, total);
  } catch (error) {
    console.error(toMirrorlessError(error).message);
    total.failed += 1;
  }
  reporter.end();
  await reported;
  if (total.skipped > 0) console.log(`\n${total.skipped} skipped`);
  if (total.passed + total.failed === 0) console.log('\nno test was found');
  console.log(`\n${total.passed} passed, ${total.failed} failed`);
  if (interruption.signal.aborted) return 130;
  return total.failed === 0 && total.passed > 0 ? 0 : 1;
}

type ChosenSuite = (typeof suites)[number] & { files: string[] };

async function chooseSuites(args: string[]): Promise<ChosenSuite[]> {
  const only = suites.find(({ name }) => name === args[0]);
  const wanted = only ? args.slice(1) : args;
  const chosen: ChosenSuite[] = [];
  for (const suite of only ? [only] : suites) {
    const files: string[] = [];
    for await (const file of glob(suite.pattern, { cwd: project })) {
      const isWanted = wanted.length === 0 || wanted.some((part) => file.includes(part));
      if (isWanted) files.push(join(project, file));
    }
    if (files.length > 0) chosen.push({ ...suite, files: files.sort() });
  }
  return chosen;
}

async function runSuite(suite: ChosenSuite, reporter: Writable, total: TestCounts): Promise<void> {
  const { signal } = interruption;
  if (signal.aborted) return;
  progress(`${suite.name}: ${suite.files.length} files`);
  const needsParts = suite.name === 'integration';
  if (needsParts) await installTestParts(progress);
  // A file alone starts what it needs; several share one set.
  const parts = needsParts && suite.files.length > 1 ? await startSharedParts(progress) : undefined;
  try {
    Object.assign(process.env, parts?.environment);
    const counts = await runFiles(suite.files, { ...suite, signal, reporter });
    total.passed += counts.passed;
    total.failed += counts.failed;
    total.skipped += counts.skipped;
  } finally {
    await parts?.stop();
  }
}

function progress(text: string): void {
  console.error(text);
}
