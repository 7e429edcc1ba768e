import { randomUUID } from 'node:crypto';
import { pathToFileURL } from 'node:url';
import type { Context } from 'aws-lambda';
import type { OpenPath } from './path.ts';

type Function = typeof import('../../../../functions/replicate.ts');

/**
 * The deployed handler itself: middy, logger and metrics included. Where the target is it reads
 * from its environment variables.
 */
export const openPath: OpenPath = async ({ functionFile }) => {
  const { handler } = (await import(pathToFileURL(functionFile).href)) as Function;
  return {
    async handle(text) {
      const result = await handler(JSON.parse(text), newContext());
      if (result.batchItemFailures.length > 0) throw new Error('a partition was not replicated');
    },
  };
};

function newContext(): Context {
  const endsAt = Date.now() + 60_000;
  return {
    awsRequestId: randomUUID(),
    functionName: 'replicate',
    functionVersion: '$LATEST',
    invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:replicate',
    memoryLimitInMB: '512',
    logGroupName: '/aws/lambda/replicate',
    logStreamName: 'bench',
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => endsAt - Date.now(),
    done() {},
    fail() {},
    succeed() {},
  };
}
