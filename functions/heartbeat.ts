/** On a schedule: emits heartbeats to the target, and measures those that arrive there. */
import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { Metrics } from '@aws-lambda-powertools/metrics';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { readEnvironment } from '../lib/config/environment.ts';
import { scheduledAt } from '../lib/every.ts';
import { heartbeat } from '../lib/heartbeat/heartbeat.ts';
import { reportSighting } from '../lib/heartbeat/report.ts';
import { type NewTopic, openAdmin } from '../lib/kafka/admin.ts';
import { openDataPlane } from '../lib/kafka/data-plane.ts';
import { replicationPolicy } from '../lib/policy/replication-policy.ts';
import { namespace, metrics as registry } from '../lib/telemetry/metrics.ts';
import { describeError } from '../lib/telemetry/report.ts';

const settings = readEnvironment(process.env);
const { source, target, producer } = settings;
const flow = `${source.alias}->${target.alias}`;

const logger = new Logger({ serviceName: 'mirrorless-heartbeat', persistentKeys: { flow } });
const metrics = new Metrics({ namespace, defaultDimensions: { Flow: flow } });

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
  admin: {
    partitionCount: (topic: string) => targetPlane.partitionCount(topic),
    createTopics,
  },
  connectTarget: () => openDataPlane(connection),
  onSighting: (sighting: Parameters<typeof reportSighting>[2]) =>
    reportSighting(metrics, policy.upstreamTopic(sighting.topic) ?? sighting.topic, sighting),
  onFailure: (what: string, error: unknown) => logger.error(what, describeError(error)),
};

export const handler = middy(async (event: unknown, context: Context) => {
  const emittedCount = await heartbeat(dependencies, {
    scheduledAtMs: scheduledAt(event),
    remainingMs: () => context.getRemainingTimeInMillis(),
  });
  metrics.addMetric('HeartbeatCount', registry.HeartbeatCount.unit, emittedCount);
  metrics.publishStoredMetrics();
})
  .use(injectLambdaContext(logger))
  .onError(({ error }) => {
    logger.error('no heartbeat emitted', describeError(error));
  });

/** Once in the life of a target: its own connections are not worth keeping. */
async function createTopics(topics: readonly NewTopic[]): Promise<void> {
  const admin = openAdmin({ ...connection, requestTimeoutMs: settings.adminTimeoutMs });
  try {
    await admin.createTopics(topics);
  } finally {
    await admin.close();
  }
}
