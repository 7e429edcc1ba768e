/** On a schedule, and when the flow is deployed: remote topics and mappings follow the source. */
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { answerCustomResource, customResourceRequest } from '../lib/aws/custom-resource.ts';
import { lambdaClient, lambdaMappings } from '../lib/aws/lambda-mappings.ts';
import { readEnvironment } from '../lib/config/environment.ts';
import { type DeploymentSteps, deploymentStep } from '../lib/discovery/deployment-step.ts';
import {
  type DiscoveryRun,
  type Duty,
  discover,
  dutiesOf,
  schedules,
} from '../lib/discovery/discover.ts';
import { removeMappings } from '../lib/discovery/remove-mappings.ts';
import {
  answerOf,
  type DiscoveryAnswer,
  describeState,
  failuresOf,
  metricLines,
  stoppedMappings,
  summarize,
} from '../lib/discovery/report.ts';
import { readDiscoveryEnvironment } from '../lib/discovery/settings.ts';
import { MirrorlessError } from '../lib/errors.ts';
import { every, scheduledAt } from '../lib/every.ts';
import { openDataPlane } from '../lib/kafka/data-plane.ts';
import { openTopicAdmin } from '../lib/kafka/topic-admin.ts';
import { mirrors } from '../lib/policy/mirrored.ts';
import { patternFilter } from '../lib/policy/pattern-filter.ts';
import { replicationPolicy } from '../lib/policy/replication-policy.ts';
import { stateClient } from '../lib/state/client.ts';
import { dynamoClusterIds } from '../lib/state/cluster-ids.ts';
import { dynamoStateStore } from '../lib/state/dynamodb.ts';
import { dynamoKnownTopics } from '../lib/state/known-topics.ts';
import { dynamoPauses } from '../lib/state/pauses.ts';
import { emitLine, flowMetrics } from '../lib/telemetry/emit.ts';
import { describeError } from '../lib/telemetry/report.ts';

/** A run in ten minutes: memory is dearer than the time of collecting what a run leaves behind. */
setFlagsFromString('--optimize-for-size');

/** Kept for metrics and answering. */
const answeringMs = 1000;
/** Enough for a few topics; what takes longer is begun all the same where time remains. */
const roundMs = 1000;
/** Lambda takes seconds to create or delete a mapping. */
const lambdaWaitMs = 2000;
/** Kept for answering the stack, with all attempts. */
const answerToStackMs = 25_000;
const linesMax = 20;

const settings = readEnvironment(process.env);
const discovery = readDiscoveryEnvironment(process.env);
const { source, target } = settings;
const flow = `${source.alias}->${target.alias}`;

const logger = new Logger({ serviceName: 'mirrorless-discover', persistentKeys: { flow } });
const metrics = flowMetrics(flow);

const stored = { client: stateClient(), table: settings.stateTable, flow };
const policy = replicationPolicy(settings.replicationPolicy, source.alias);
const mirrored = {
  policy,
  topicFilter: patternFilter(settings.topics),
  targetAlias: target.alias,
  heartbeatsReplicationEnabled: settings.heartbeatsReplicationEnabled,
};
const dependencies = {
  source: clients('source'),
  target: clients('target'),
  state: dynamoStateStore(stored),
  clusterIds: dynamoClusterIds(stored),
  knownTopics: dynamoKnownTopics(stored),
  pauses: dynamoPauses(stored),
  mappings: lambdaMappings(lambdaClient()),
  patterns: settings.topics.include,
  mirrors: (topic: string) => mirrors(topic, mirrored),
  formatRemoteTopic: (topic: string) => policy.formatRemoteTopic(source.alias, topic),
  settings: discovery,
};

/**
 * Invoked by hand, without a scheduled time, it does all it is for, and answers what it found. The
 * stack invokes it too, and is answered elsewhere.
 */
export const handler = middy(
  async (event: unknown, context: Context): Promise<DiscoveryAnswer | undefined> => {
    const remainingMs = (): number => context.getRemainingTimeInMillis() - answeringMs;
    const request = customResourceRequest(event);
    if (request !== undefined) {
      const outcome = await deploymentStep(request, deploymentSteps(remainingMs));
      logger.info('deployment', { requestType: request.RequestType, outcome });
      await answerCustomResource(request, outcome);
      return undefined;
    }
    const scheduledAtMs = scheduledAt(event);
    if (scheduledAtMs === undefined) return answerOf(await round(dutiesOf(discovery), remainingMs));
    const running = schedules(discovery).map(({ intervalMs, duties }) => {
      const rounds = { intervalMs, scheduledAtMs, roundMs, remainingMs, onFailure };
      return every(rounds, () => round(duties, remainingMs));
    });
    const ended = await Promise.allSettled(running);
    const failed = ended.find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') throw failed.reason;
    return undefined;
  },
)
  .use(injectLambdaContext(logger))
  .onError(({ error }) => {
    logger.error('nothing discovered', describeError(error));
  });

function clients(side: 'source' | 'target') {
  const options = { cluster: settings[side], side, requestTimeoutMs: settings.adminTimeoutMs };
  return { admin: openTopicAdmin(options), dataPlane: openDataPlane(options) };
}

function deploymentSteps(remainingMs: () => number): DeploymentSteps {
  const { functionName, mapped: mappedFlow } = discovery;
  const { mappings: api } = dependencies;
  const waitForLambda = waitingForLambda(remainingMs);
  return {
    discover: () => inTime(remainingMs, round(dutiesOf(discovery), remainingMs, true)),
    removeMappings: (isRemoved) =>
      removeMappings({ api, flow: mappedFlow, functionName, isRemoved, waitForLambda }),
  };
}

/** Whoever waits for an answer gets one, also where a cluster keeps everybody waiting. */
async function inTime<T>(remainingMs: () => number, work: Promise<T>): Promise<T> {
  const late = sleep(Math.max(0, remainingMs() - answerToStackMs), undefined, { ref: false });
  return Promise.race([
    work,
    late.then(() => {
      throw new MirrorlessError('TIME_EXHAUSTED', 'Discovery was not done in time.');
    }),
  ]);
}

function waitingForLambda(remainingMs: () => number): () => Promise<boolean> {
  return async () => {
    if (remainingMs() < 2 * lambdaWaitMs) return false;
    return sleep(lambdaWaitMs, true);
  };
}

async function round(
  duties: ReadonlySet<Duty>,
  remainingMs: () => number,
  isDeploying = false,
): Promise<DiscoveryRun> {
  const nowMs = Date.now();
  const waitForLambda = waitingForLambda(remainingMs);
  const run = await discover(dependencies, duties, { nowMs, waitForLambda, isDeploying });
  for (const { values, dimensions } of metricLines(run, duties)) {
    emitLine(metrics, values, dimensions);
  }
  tell(run, Date.now() - nowMs);
  return run;
}

function tell(run: DiscoveryRun, tookMs: number): void {
  logger.info('discovery', { ...summarize(run, tookMs) });
  for (const { error } of failuresOf(run).slice(0, linesMax)) {
    logger.error('not all discovered', describeError(error));
  }
  tellNew('states', run.watched.states.slice(0, linesMax).map(describeState));
  tellNew('stopped mappings', stoppedMappings(run).slice(0, linesMax));
  tellNew('unmatched patterns', run.topics.unmatched.map(unmatched));
  tellNew('settings the target does not know', run.plan.unknownConfigs.slice(0, linesMax));
  const { withoutAcls } = run.plan;
  tellNew('clusters without ACLs', withoutAcls === undefined ? [] : [{ cluster: withoutAcls }]);
}

const told = new Map<string, string>();

/** Once an environment while it stays the same: the metrics go on counting. */
function tellNew(what: string, found: readonly object[]): void {
  const text = JSON.stringify(found);
  if (text === (told.get(what) ?? '[]')) return;
  told.set(what, text);
  logger.warn(what, { found });
}

function unmatched({ pattern, error }: DiscoveryRun['topics']['unmatched'][number]): object {
  return { pattern, ...(error && describeError(error)) };
}

function onFailure(error: unknown): void {
  logger.error('a run of discovery failed', describeError(error));
}
