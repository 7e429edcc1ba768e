import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { LocalMapping } from '../../../../lib/local/lambda-api/mapping-store.ts';
import {
  MappingStore,
  type StoredMapping,
} from '../../../../lib/local/lambda-api/mapping-store.ts';
import { functionArn, openRegistry } from '../../discovery/registry-api.ts';

const stored = (State: LocalMapping['State'], isEnabled: boolean): StoredMapping => ({
  mapping: {
    UUID: State,
    EventSourceMappingArn: `arn:${State}`,
    FunctionArn: functionArn,
    Topics: ['orders'],
    State,
    StateTransitionReason: 'USER_INITIATED',
    LastModified: 0,
  },
  tags: {},
  isEnabled,
});

test('what a killed host left half done comes to its end, and reads where it should', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'mirrorless-registry-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const file = join(directory, 'mappings.json');
  const killed = await MappingStore.open(file);
  for (const one of [
    stored('Creating', true),
    stored('Updating', false),
    stored('Enabling', true),
    stored('Disabling', false),
    stored('Deleting', true),
  ]) {
    killed.mappings.set(one.mapping.UUID, one);
  }
  await killed.save();

  const reading: string[] = [];
  const registry = await openRegistry(t, {
    store: await MappingStore.open(file),
    startPollers: ({ UUID }) => {
      reading.push(UUID);
      return { stop: async () => {}, lastProcessingResult: () => 'OK' };
    },
  });

  assert.deepEqual(
    registry.list({}).map(({ UUID, State }) => `${UUID}: ${State}`),
    ['Creating: Enabled', 'Disabling: Disabled', 'Enabling: Enabled', 'Updating: Disabled'],
  );
  assert.deepEqual(reading, ['Creating', 'Enabling']);
  assert.equal(JSON.parse(await readFile(file, 'utf8')).length, 4);
});

test('many who wait for the file share its writing, and each finds itself in it', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'mirrorless-registry-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const file = join(directory, 'mappings.json');
  const store = await MappingStore.open(file);
  const save = async (uuid: string) => {
    store.mappings.set(uuid, { ...stored('Enabled', true) });
    await store.save();
    return JSON.parse(await readFile(file, 'utf8')).length;
  };
  const counts = await Promise.all(['a', 'b', 'c'].map(save));
  assert.ok(counts.every((count) => count === 3));
});
