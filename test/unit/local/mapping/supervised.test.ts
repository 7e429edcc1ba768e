import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MirrorlessError } from '../../../../lib/errors.ts';
import type { MappingStatus } from '../../../../lib/local/mapping/event-source-mapping.ts';
import { SupervisedMapping } from '../../../../lib/local/mapping/supervised.ts';
import { until } from '../../../support/until.ts';

const idle: MappingStatus = {
  topic: 'orders',
  partitionCount: 1,
  recordCount: 0,
  eventCount: 0,
  lagRecords: 0,
  problems: [],
};

/** Reads until it is stopped. */
function reader(status: Partial<MappingStatus> = {}) {
  const { promise, resolve } = Promise.withResolvers<void>();
  return {
    run: () => promise,
    stop: resolve,
    status: () => ({ ...idle, ...status }),
    hasProcessed: () => false,
  };
}

const missing = new MirrorlessError('TOPIC_MISSING', 'There is no topic orders.');

describe('a supervised mapping', () => {
  it('tries again until it can begin, and says meanwhile what keeps it', async () => {
    const third = Promise.withResolvers<void>();
    let attempts = 0;
    const supervised = new SupervisedMapping({
      retryMs: 1,
      open: async () => {
        attempts += 1;
        if (attempts < 3) throw missing;
        await third.promise;
        return reader();
      },
    });
    await until(() => supervised.lastProcessingResult().includes('There is no topic orders'));
    third.resolve();
    await until(() => supervised.lastProcessingResult() === 'No records processed');
    await supervised.stop();
    assert.equal(attempts, 3);
  });

  it('says how it is going in Lambda’s words', async () => {
    const say = async (status: Partial<MappingStatus>) => {
      const supervised = new SupervisedMapping({ retryMs: 1, open: async () => reader(status) });
      await until(() => supervised.lastProcessingResult() !== 'No records processed');
      await supervised.stop();
      return supervised.lastProcessingResult();
    };
    assert.equal(await say({ recordCount: 1 }), 'OK');
    const failure = { code: 'FUNCTION_FAILED', message: 'it crashed', retriable: true } as const;
    const failing = { failure, attempts: 1 };
    assert.equal(await say({ recordCount: 1, failing }), 'PROBLEM: it crashed');
    const problems = [{ partition: 0, message: 'too large', isHalted: true }];
    assert.equal(await say({ problems }), 'PROBLEM: too large');
  });

  it('is stopped while it begins, too', async () => {
    const { promise, resolve } = Promise.withResolvers<ReturnType<typeof reader>>();
    const supervised = new SupervisedMapping({ retryMs: 1, open: () => promise });
    const stopped = supervised.stop();
    resolve(reader());
    await stopped;
  });
});
