import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { errorCodes } from '../../../lib/error-codes.ts';
import { MirrorlessError } from '../../../lib/errors.ts';
import {
  connectionFailed,
  kafkaCodeOf,
  meansStaleLeader,
  refusedByBroker,
} from '../../../lib/kafka/kafka-errors.ts';

const target = { alias: 'backup', side: 'target' } as const;
const source = { alias: 'primary', side: 'source' } as const;

describe('refusedByBroker', () => {
  const produced = (code: number) => refusedByBroker(target, { api: 'Produce', code });

  test('gives each of Kafka’s codes the meaning it has for a flow', () => {
    const meanings: Record<string, number[]> = {
      TARGET_NOT_READY: [-1, 3, 5, 6, 7, 9, 14, 15, 16, 19, 20, 56, 72, 74, 75, 78, 89],
      TARGET_UNREACHABLE: [13],
      RECORD_TOO_LARGE: [10, 18],
      RECORD_REFUSED: [2, 32, 43, 87],
      SEQUENCE_REFUSED: [45, 46, 47, 48, 49, 59, 90],
      UNAUTHORIZED: [29, 30, 53],
      GROUP_ACTIVE: [22, 25, 27, 82, 110, 113],
      IDEMPOTENCE_REFUSED: [31],
      TOPIC_REFUSED: [17],
      TOPIC_MISSING: [100],
      AUTHENTICATION_FAILED: [33, 34, 58],
      RECORD_FORMAT_UNSUPPORTED: [76],
    };
    for (const [meaning, codes] of Object.entries(meanings)) {
      for (const code of codes) assert.equal(produced(code).code, meaning, `${code}`);
    }
  });

  test('is total: a code of a newer broker is worth a retry', () => {
    for (let code = -2; code < 300; code += 1) assert.ok(errorCodes[produced(code).code]);
    assert.equal(produced(4711).retriable, true);
    assert.match(produced(4711).message, /\(4711\)/);
  });

  test('a topic is missing where metadata says so, not where its leader does not know it yet', () => {
    const code = 3;
    assert.equal(refusedByBroker(target, { api: 'Metadata', code }).code, 'TOPIC_MISSING');
    assert.equal(refusedByBroker(target, { api: 'ListOffsets', code }).code, 'TARGET_NOT_READY');
    assert.equal(refusedByBroker(source, { api: 'Fetch', code }).code, 'SOURCE_NOT_READY');
  });

  test('the cluster’s permission is about idempotence only for a producer', () => {
    const code = 31;
    const allocation = refusedByBroker(target, { api: 'InitProducerId', code });
    assert.equal(allocation.code, 'IDEMPOTENCE_REFUSED');
    assert.equal(refusedByBroker(target, { api: 'CreateTopics', code }).code, 'UNAUTHORIZED');
  });

  test('a position outside the log is the target’s loss, and the reader’s mistake on the source', () => {
    const refusal = { api: 'Fetch', code: 1 };
    assert.equal(refusedByBroker(target, refusal).code, 'TARGET_TRUNCATED');
    assert.equal(refusedByBroker(source, refusal).code, 'INTERNAL');
  });

  test('says who refused what with Kafka’s name, and where', () => {
    const error = refusedByBroker(target, {
      api: 'Produce',
      code: 19,
      broker: '10.0.0.1:9092',
      topic: 'primary.orders',
      partition: 3,
      detail: 'in sync: 1',
    });
    const expected =
      '10.0.0.1:9092 of cluster backup answered Produce of primary.orders-3 with NOT_ENOUGH_REPLICAS (19), “in sync: 1”.';
    assert.ok(error.message.startsWith(expected), error.message);
    const place = {
      cluster: 'backup',
      broker: '10.0.0.1:9092',
      topic: 'primary.orders',
      partition: 3,
    };
    assert.deepEqual(error.place, place);
    assert.equal(kafkaCodeOf(error), 19);
  });

  test('only what means another leader sends for metadata', () => {
    assert.deepEqual([3, 6, 13, 74].map(meansStaleLeader), [true, true, true, true]);
    assert.deepEqual([10, 19, 29, 45].map(meansStaleLeader), [false, false, false, false]);
  });
});

describe('connectionFailed', () => {
  const failed = (cause: unknown) => connectionFailed(target, 'Produce failed', { cause });
  const coded = (code: string, cause?: unknown) =>
    Object.assign(new Error(`saw ${code}`, { cause }), { code });

  test('knows the ways in which sockets fail', () => {
    for (const code of [
      'ECONNREFUSED',
      'ECONNRESET',
      'ENOTFOUND',
      'EAI_AGAIN',
      'ETIMEDOUT',
      'EPIPE',
    ]) {
      assert.equal(failed(coded(code)).code, 'TARGET_UNREACHABLE', code);
      assert.equal(failed(coded('PLT_KFK_NETWORK', coded(code))).code, 'TARGET_UNREACHABLE', code);
    }
    assert.equal(
      connectionFailed(source, 'x', { cause: coded('EPIPE') }).code,
      'SOURCE_UNREACHABLE',
    );
  });

  test('finds a refused handshake inside a broken connection', () => {
    const causes = [
      coded('PLT_KFK_AUTHENTICATION'),
      coded('PLT_KFK_USER'),
      coded('DEPTH_ZERO_SELF_SIGNED_CERT'),
      coded('CERT_HAS_EXPIRED'),
      coded('UNABLE_TO_VERIFY_LEAF_SIGNATURE'),
      coded('ERR_TLS_CERT_ALTNAME_INVALID'),
      coded('EPROTO'),
    ];
    for (const cause of causes) {
      const error = failed(coded('PLT_KFK_NETWORK', cause));
      assert.equal(error.code, 'AUTHENTICATION_FAILED', cause.code);
      assert.match(error.message, new RegExp(`saw ${cause.code}`), 'the innermost reason is told');
    }
  });

  test('looks into aggregates, as of a host with two addresses', () => {
    const both = new AggregateError([coded('ECONNREFUSED'), coded('ECONNREFUSED')], '');
    const error = failed(both);
    assert.equal(error.code, 'TARGET_UNREACHABLE');
    assert.match(error.message, /saw ECONNREFUSED/);
  });

  test('is total over everything that can be thrown', () => {
    const circular: Error & { cause?: unknown } = new Error('round');
    circular.cause = circular;
    for (const cause of [undefined, null, 'text', 42, {}, new TypeError('defect'), circular]) {
      const error = failed(cause);
      assert.ok(error instanceof MirrorlessError);
      assert.equal(error.code, 'INTERNAL');
      assert.equal(error.cause, cause);
    }
  });
});
