import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parse } from 'yaml';
import * as z from 'zod';
import { configurationJsonSchema } from '../../../lib/config/json-schema.ts';

const schema = configurationJsonSchema();
const document = z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]);
const fixture = (name: string) =>
  parse(readFileSync(new URL(`../../fixtures/config/${name}`, import.meta.url), 'utf8'));

test('it accepts a file that loads', () => {
  assert.equal(document.safeParse(fixture('complete.yaml')).error, undefined);
});

test('it refuses wrong values of dotted keys where they stand', () => {
  const issues = document.safeParse(fixture('ten-mistakes.yaml')).error?.issues ?? [];
  assert.notEqual(issues.length, 0);
  for (const flow of [
    { 'batch.size': 20_000 },
    { 'replication.factor': '3' },
    { 'on.error': 'skip' },
    { enabled: 'yes' },
  ]) {
    const clusters = { a: { 'bootstrap.servers': ['a:1'] }, b: { 'bootstrap.servers': 'b:1' } };
    assert.equal(document.safeParse({ clusters, flows: { 'a->b': {} } }).success, true);
    const result = document.safeParse({ clusters, flows: { 'a->b': flow } });
    assert.equal(result.success, false, JSON.stringify(flow));
  }
});

test('it tells meanings and defaults', () => {
  const text = JSON.stringify(schema);
  assert.match(text, /"default":2,"description":"replicas of new remote topics"/);
});
