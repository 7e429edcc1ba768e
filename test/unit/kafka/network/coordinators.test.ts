import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { connectionFailed } from '../../../../lib/kafka/kafka-errors.ts';
import { Coordinators } from '../../../../lib/kafka/network/coordinators.ts';
import { offsetFetch } from '../../../../lib/kafka/protocol/group.ts';

type Reach = ConstructorParameters<typeof Coordinators>[0];

const peer = { alias: 'primary', side: 'source' } as const;
const address = (port: number) => ({ host: 'broker', port });

/**
 * Brokers by their ports. `coordinatorOf` says what FindCoordinator answers, `codeOf` what a broker
 * answers about a group's offsets; a broker that is down cannot be asked.
 */
function cluster({
  coordinatorOf,
  codeOf = () => 0,
  down = new Set<number>(),
  requestTimeoutMs = 250,
}: {
  coordinatorOf: (group: string) => number;
  codeOf?: (port: number, group: string) => number;
  down?: Set<number>;
  requestTimeoutMs?: number;
}) {
  const searches: string[] = [];
  const asked: string[] = [];
  let underway = 0;
  let mostUnderway = 0;
  const connections = {
    peer,
    requestTimeoutMs,
    to: ({ port }: { port: number }) => ({
      broker: `broker:${port}`,
      port,
      isAlive: () => !down.has(port),
    }),
    async ask({ port, broker }: { port: number; broker: string }, _api: unknown, request: unknown) {
      const { group } = request as { group: string };
      asked.push(`${group}@${port}`);
      underway += 1;
      mostUnderway = Math.max(mostUnderway, underway);
      await new Promise((resolve) => setImmediate(resolve));
      underway -= 1;
      if (down.has(port)) {
        const cause = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
        throw connectionFailed(peer, 'it is down', { broker, cause });
      }
      return { code: codeOf(port, group), refused: [], committed: [] };
    },
    async askAny(_api: unknown, group: string) {
      searches.push(group);
      return { code: 0, detail: undefined, coordinator: address(coordinatorOf(group)) };
    },
  } as unknown as Reach;
  const coordinators = new Coordinators(connections);
  return { coordinators, searches, asked, down, mostUnderway: () => mostUnderway };
}

const requests = (...groups: string[]) => groups.map((group) => ({ group }));

describe('Coordinators', () => {
  test('searches once for a group, and never for one that was listed', async () => {
    const { coordinators, searches, asked } = cluster({ coordinatorOf: () => 1 });
    coordinators.learn('listed', address(2));
    for (let call = 0; call < 2; call += 1) {
      const outcomes = await coordinators.ask(offsetFetch, requests('listed', 'other'));
      assert.deepEqual(
        outcomes.map((outcome) => outcome.ok && outcome.value.broker),
        ['broker:2', 'broker:1'],
      );
    }
    assert.deepEqual(searches, ['other']);
    assert.deepEqual(asked.toSorted(), ['listed@2', 'listed@2', 'other@1', 'other@1']);
  });

  test('asks where the group moved to, at once', async () => {
    const codeOf = (port: number) => (port === 1 ? 16 : 0);
    const { coordinators, asked } = cluster({ coordinatorOf: () => 2, codeOf });
    coordinators.learn('moved', address(1));
    const [outcome] = await coordinators.ask(offsetFetch, requests('moved'));
    assert.equal(outcome?.ok && outcome.value.broker, 'broker:2');
    assert.deepEqual(asked, ['moved@1', 'moved@2']);
  });

  test('asks for hundreds, a bounded number at a time', async () => {
    const scene = cluster({ coordinatorOf: (group) => Number(group) % 3 });
    const groups = Array.from({ length: 300 }, (_, index) => `${index}`);
    const outcomes = await scene.coordinators.ask(offsetFetch, requests(...groups));
    assert.deepEqual(
      outcomes.map((outcome) => outcome.ok && outcome.value.broker),
      groups.map((_, index) => `broker:${index % 3}`),
    );
    assert.equal(scene.mostUnderway(), 32);
  });

  test('a broker that is down costs its own groups only, and one wait', async () => {
    const scene = cluster({
      coordinatorOf: (group) => Number(group) % 2,
      down: new Set([1]),
    });
    const groups = Array.from({ length: 200 }, (_, index) => `${index}`);
    const outcomes = await scene.coordinators.ask(offsetFetch, requests(...groups));
    for (const [index, outcome] of outcomes.entries()) {
      if (index % 2 === 0) assert.ok(outcome.ok);
      else assert.equal(outcome.ok === false && outcome.error.code, 'SOURCE_UNREACHABLE');
    }
    const waits = scene.asked.filter((where) => where.endsWith('@1')).length;
    assert.ok(waits <= 32, `waited ${waits} times`);
    scene.down.clear();
    const later = await scene.coordinators.ask(offsetFetch, requests(...groups));
    assert.ok(later.every(({ ok }) => ok));
  });

  test('waits while a coordinator loads, and not for the others again', async () => {
    let loading = 2;
    const codeOf = (_port: number, group: string) =>
      group === 'loading' && loading-- > 0 ? 14 : 0;
    const scene = cluster({ coordinatorOf: () => 1, codeOf, requestTimeoutMs: 20_000 });
    const outcomes = await scene.coordinators.ask(offsetFetch, requests('loading', 'ready'));
    assert.deepEqual(
      outcomes.map((outcome) => outcome.ok && outcome.value.code),
      [0, 0],
    );
    assert.equal(scene.asked.filter((where) => where.startsWith('ready')).length, 1);
  });

  test('gives all groups together the time of one request, then tells what was said', async () => {
    const scene = cluster({ coordinatorOf: () => 1, codeOf: () => 14, requestTimeoutMs: 250 });
    const groups = Array.from({ length: 100 }, (_, index) => `${index}`);
    const startedAt = performance.now();
    const outcomes = await scene.coordinators.ask(offsetFetch, requests(...groups));
    assert.ok(performance.now() - startedAt < 2000);
    assert.ok(outcomes.every((outcome) => outcome.ok && outcome.value.code === 14));
    assert.ok(scene.asked.length > groups.length, 'asked again');
  });
});
