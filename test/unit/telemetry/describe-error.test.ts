import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Logger } from '@aws-lambda-powertools/logger';
import { MirrorlessError } from '../../../lib/errors.ts';
import { describeError } from '../../../lib/telemetry/report.ts';

test('a logged error has its reason in the line, and takes no name that is the logger’s', (t) => {
  const lines: string[] = [];
  const take = (line: string) => void lines.push(line);
  t.mock.method(console, 'error', take);
  t.mock.method(console, 'warn', take);
  process.env['POWERTOOLS_DEV'] = 'true'; // Else it prints past the console.
  const logger = new Logger({ serviceName: 'test' });
  logger.error('not replicated', describeError(new MirrorlessError('TOPIC_MISSING', 'No a-0.')));
  logger.error('not replicated', describeError(new TypeError('x is no function')));
  const told = lines.map((line) => JSON.parse(line));
  assert.deepEqual(
    told.map(({ level, message }) => [level, message]),
    [
      ['ERROR', 'not replicated'],
      ['ERROR', 'not replicated'],
    ],
  );
  assert.match(told[0].reason, /^No a-0\. \[TOPIC_MISSING\] create the topic/);
  assert.equal(told[1].reason, 'TypeError: x is no function');
});
