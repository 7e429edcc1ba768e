/** The data plane: invoked by event source mappings with the records of one source topic. */
import { setFlagsFromString } from 'node:v8';
import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { readEnvironment } from '../lib/config/environment.ts';
import { deadlineAt } from '../lib/deadline.ts';
import { openDataPlane } from '../lib/kafka/data-plane.ts';
import { replicationPolicy } from '../lib/policy/replication-policy.ts';
import { Provenance } from '../lib/provenance/provenance.ts';
import { replicate } from '../lib/replicate.ts';
import { answer } from '../lib/source/failures.ts';
import { stateClient } from '../lib/state/client.ts';
import { dynamoClusterIds } from '../lib/state/cluster-ids.ts';
import { dynamoStateStore } from '../lib/state/dynamodb.ts';
import { clientsByRegion } from '../lib/state/regions.ts';
import { RememberedStates } from '../lib/state/remembered.ts';
import { Arena } from '../lib/target/arena.ts';
import type { PartitionCopy } from '../lib/target/partition-copy.ts';
import { flowMetrics } from '../lib/telemetry/emit.ts';
import { describeError, emitMetrics } from '../lib/telemetry/report.ts';

/**
 * The records of an event are garbage together, megabytes at once: marking the heap step by step
 * beside them costs a fifth of the CPU of an invocation and frees nothing earlier.
 */
setFlagsFromString('--no-incremental-marking');

/** Kept for recording progress and answering after the target has acknowledged. */
const recordingMs = 2000;

const settings = readEnvironment(process.env);
const { source, target, producer, provenance } = settings;
const flow = `${source.alias}->${target.alias}`;

const logger = new Logger({ serviceName: 'mirrorless-replicate', persistentKeys: { flow } });
const metrics = flowMetrics(flow);

const client = stateClient();
const clientIn = clientsByRegion(client, process.env);
const policy = replicationPolicy(settings.replicationPolicy, source.alias);

const dependencies = {
  target: openDataPlane({
    cluster: target,
    side: 'target',
    requestTimeoutMs: producer.requestTimeoutMs,
  }),
  state: dynamoStateStore({
    client,
    table: settings.stateTable,
    flow,
    timeoutMs: recordingMs - 200,
  }),
  policy,
  sourceAlias: source.alias,
  targetAlias: target.alias,
  ...(provenance && {
    provenance: new Provenance({
      settings,
      provenance,
      policy,
      clusterIdsOf: (of) =>
        dynamoClusterIds({
          client: clientIn(of.region),
          table: of.stateTable,
          flow: `${of.source}->${of.target}`,
        }),
    }),
  }),
  compressionType: producer.compressionType,
  arena: new Arena(),
  remembered: new RememberedStates(),
};

export const handler = middy(async (event: unknown, context: Context) => {
  const receivedAtMs = Date.now();
  const deadline = deadlineAt(receivedAtMs + context.getRemainingTimeInMillis() - recordingMs);
  const copies = await replicate(event, dependencies, deadline);
  emitMetrics(metrics, copies, receivedAtMs);
  for (const { failure } of copies) {
    if (failure) logger.error('partition not replicated', describeError(failure));
  }
  tellLostHeaders(copies);
  return answer(copies, settings.reportBatchItemFailures);
})
  .use(injectLambdaContext(logger))
  .onError(({ error }) => {
    logger.error('event not replicated', describeError(error));
  });

let hasToldLostHeaders = false;

/** Once an environment: LostHeaderCount goes on counting. */
function tellLostHeaders(copies: readonly PartitionCopy[]): void {
  const lossy = copies.find(({ counts }) => counts.lostHeaders > 0);
  if (!lossy || hasToldLostHeaders) return;
  hasToldLostHeaders = true;
  const { topic, partition } = lossy.source;
  logger.warn('headers with a null value are left out: the event does not carry their names', {
    topic,
    partition,
    lostHeaders: lossy.counts.lostHeaders,
  });
}
