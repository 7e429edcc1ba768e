/** Loads texts and fixtures for the tests of lib/config. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { loadConfiguration } from '../../../lib/config/load.ts';
import type { Configuration, Flow, LoadResult } from '../../../lib/config/model.ts';

const clusters = `clusters = a, b
a.bootstrap.servers = a:9092
b.bootstrap.servers = b:9092
`;

/** mm2.properties with two clusters above the given lines, which begin at line 4. */
export function loadLines(lines: string, environment: Record<string, string> = {}): LoadResult {
  return loadConfiguration({ text: clusters + lines, file: 'mm2.properties', environment });
}

export function loadFixture(name: string, environment: Record<string, string> = {}): LoadResult {
  const text = readFileSync(new URL(`../../fixtures/config/${name}`, import.meta.url), 'utf8');
  return loadConfiguration({ text, file: name, environment });
}

export function loaded(result: LoadResult): Configuration {
  assert.deepEqual(result.problems, undefined);
  return result.configuration as Configuration;
}

export function flowOf(result: LoadResult, source = 'a', target = 'b'): Flow {
  const flow = loaded(result).flows.find(
    (flow) => flow.source === source && flow.target === target,
  );
  assert.ok(flow);
  return flow;
}

/** `line key: reason`, in order. */
export function warnings(result: LoadResult): string[] {
  return result.warnings.map(({ line, key, reason }) => `${line} ${key}: ${reason}`);
}

/** `line key: found / expected`, in order. */
export function problems(result: LoadResult): string[] {
  return (result.problems ?? []).map(
    ({ line, key, found, expected }) => `${line} ${key}: ${found} / ${expected}`,
  );
}
