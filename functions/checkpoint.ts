/** On a schedule: publishes where consumer groups go on in the target, and moves idle ones there. */
import { setFlagsFromString } from 'node:v8';
import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import {
  type CheckpointRun,
  type ClusterClients,
  checkpoint,
  type Duty,
  schedules,
} from '../lib/checkpoint/checkpoint.ts';
import { otherWays } from '../lib/checkpoint/other-ways.ts';
import { failuresOf, metricLines } from '../lib/checkpoint/report.ts';
import {
  failuresByPlace,
  furthestBehind,
  goneOf,
  refusalsOf,
  summarize,
} from '../lib/checkpoint/tell.ts';
import { readEnvironment } from '../lib/config/environment.ts';
import { deadlineAt } from '../lib/deadline.ts';
import { every, scheduledAt } from '../lib/every.ts';
import { openDataPlane } from '../lib/kafka/data-plane.ts';
import { openGroups } from '../lib/kafka/groups.ts';
import { topicCreation } from '../lib/kafka/topic-creation.ts';
import { patternFilter } from '../lib/policy/pattern-filter.ts';
import { replicationPolicy } from '../lib/policy/replication-policy.ts';
import { dynamoCheckpointStore } from '../lib/state/checkpoints.ts';
import { stateClient } from '../lib/state/client.ts';
import { dynamoStateStore } from '../lib/state/dynamodb.ts';
import { clientsByRegion } from '../lib/state/regions.ts';
import { emitLine, flowMetrics } from '../lib/telemetry/emit.ts';
import { describeError } from '../lib/telemetry/report.ts';

/** A run a minute: memory is dearer than the time of collecting what a run leaves behind. */
setFlagsFromString('--optimize-for-size');

/** Kept for metrics and answering. */
const answeringMs = 1000;
/** Enough for a few groups; what takes longer is begun all the same where time remains. */
const roundMs = 1000;

const settings = readEnvironment(process.env);
const flow = `${settings.source.alias}->${settings.target.alias}`;

const logger = new Logger({ serviceName: 'mirrorless-checkpoint', persistentKeys: { flow } });
const metrics = flowMetrics(flow);

const client = stateClient();
const stored = { client, table: settings.stateTable, flow };
const clientIn = clientsByRegion(client, process.env);
const others = otherWays(settings, ({ source, target, stateTable: table, region }) =>
  dynamoStateStore({ client: clientIn(region), table, flow: `${source}->${target}` }),
);
const dependencies = {
  source: clients('source'),
  target: clients('target'),
  state: dynamoStateStore(stored),
  checkpoints: dynamoCheckpointStore(stored),
  policy: replicationPolicy(settings.replicationPolicy, settings.source.alias),
  topicFilter: patternFilter(settings.topics),
  groupFilter: patternFilter(settings.groups),
  ...(others && { otherWays: others }),
  settings,
};

export const handler = middy(async (event: unknown, context: Context) => {
  const remainingMs = (): number => context.getRemainingTimeInMillis() - answeringMs;
  const scheduledAtMs = scheduledAt(event);
  const running = schedules(settings).map(({ intervalMs, duties }) => {
    const rounds = { intervalMs, scheduledAtMs, roundMs, remainingMs, onFailure };
    return every(rounds, () => round(duties, remainingMs()));
  });
  const ended = await Promise.allSettled(running);
  const failed = ended.find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
})
  .use(injectLambdaContext(logger))
  .onError(({ error }) => {
    logger.error('no checkpoints', describeError(error));
  });

function clients(side: 'source' | 'target'): ClusterClients {
  const options = { cluster: settings[side], side, requestTimeoutMs: settings.adminTimeoutMs };
  const dataPlane = openDataPlane(options);
  return { dataPlane, groups: openGroups(options), admin: topicCreation(dataPlane, options) };
}

async function round(duties: ReadonlySet<Duty>, remainingMs: number): Promise<void> {
  const startedAtMs = Date.now();
  const run = await checkpoint(dependencies, duties, deadlineAt(startedAtMs + remainingMs));
  for (const { values, dimensions } of metricLines(run, duties)) {
    emitLine(metrics, values, dimensions);
  }
  tell(run, Date.now() - startedAtMs);
}

function tell(run: CheckpointRun, tookMs: number): void {
  logger.info('checkpoints', { ...summarize(run, tookMs) });
  for (const { first, count } of failuresByPlace(failuresOf(run))) {
    logger.error('not all groups served', { ...describeError(first), count });
  }
  const partitions = furthestBehind(run);
  if (partitions.length > 0) logger.info('the copy is behind', { partitions });
  const gone = goneOf(run);
  if (gone.count > 0) logger.warn('groups were deleted on the source', gone);
  tellRefusals(run);
}

let lastRefusals = '';

/** Once an environment while they stay the same: RefusedPositionCount goes on counting. */
function tellRefusals(run: CheckpointRun): void {
  const refusals = refusalsOf(run);
  const text = refusals.map(({ status, topic, groups }) => `${status} ${topic} ${groups}`).join();
  if (text === lastRefusals) return;
  lastRefusals = text;
  for (const refusal of refusals) {
    logger.warn('groups cannot go on in the target', { ...refusal });
  }
}

function onFailure(error: unknown): void {
  logger.error('a run of checkpoints failed', describeError(error));
}
