/** On a schedule: emits heartbeats to the target, and measures those that arrive there. */
import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { readEnvironment } from '../lib/config/environment.ts';
import { scheduledAt } from '../lib/every.ts';
import { heartbeat } from '../lib/heartbeat/heartbeat.ts';
import { metricsOf } from '../lib/heartbeat/report.ts';
import type { Sighting } from '../lib/heartbeat/watch.ts';
import { openDataPlane } from '../lib/kafka/data-plane.ts';
import { topicCreation } from '../lib/kafka/topic-creation.ts';
import { replicationPolicy } from '../lib/policy/replication-policy.ts';
import { emitLine, flowMetrics } from '../lib/telemetry/emit.ts';
import { describeError } from '../lib/telemetry/report.ts';

const settings = readEnvironment(process.env);
const { source, target, producer } = settings;
const flow = `${source.alias}->${target.alias}`;

const logger = new Logger({ serviceName: 'mirrorless-heartbeat', persistentKeys: { flow } });
const metrics = flowMetrics(flow);

const policy = replicationPolicy(settings.replicationPolicy, source.alias);
const connection = {
  cluster: target,
  side: 'target',
  requestTimeoutMs: producer.requestTimeoutMs,
} as const;
const targetPlane = openDataPlane(connection);

const dependencies = {
  settings,
  policy,
  target: targetPlane,
  admin: topicCreation(targetPlane, { ...connection, requestTimeoutMs: settings.adminTimeoutMs }),
  connectTarget: () => openDataPlane(connection),
  onSighting(sighting: Sighting) {
    const topic = policy.upstreamTopic(sighting.topic) ?? sighting.topic;
    for (const values of metricsOf(sighting)) emitLine(metrics, values, { Topic: topic });
  },
  onFailure: (what: string, error: unknown) => logger.error(what, describeError(error)),
};

export const handler = middy(async (event: unknown, context: Context) => {
  const emittedCount = await heartbeat(dependencies, {
    scheduledAtMs: scheduledAt(event),
    remainingMs: () => context.getRemainingTimeInMillis(),
  });
  emitLine(metrics, { HeartbeatCount: emittedCount });
})
  .use(injectLambdaContext(logger))
  .onError(({ error }) => {
    logger.error('no heartbeat emitted', describeError(error));
  });
