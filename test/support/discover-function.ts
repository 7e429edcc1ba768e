/** The discover function as it is deployed, over a Lambda API whose mappings nothing reads for. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { bundleFunction } from '../../lib/bundle.ts';
import { type Configuration, type Flow, flowName } from '../../lib/config/model.ts';
import { functionEnvironment, functionLimits, functionName } from '../../lib/deployment.ts';
import type { DiscoveryAnswer } from '../../lib/discovery/report.ts';
import type { InvocationOutcome } from '../../lib/local/function/environment.ts';
import { LocalFunction } from '../../lib/local/function/local-function.ts';
import { dynamoStateStore } from '../../lib/state/dynamodb.ts';
import { createStateTable } from '../../lib/state/table.ts';
import { type ServedLambda, serveLambda } from './lambda-api.ts';
import { configured, localAws } from './local-host.ts';
import type { SharedParts } from './parts.ts';

export interface DiscoverFunction {
  flow: Flow;
  configuration: Configuration;
  lambda: ServedLambda;
  state: ReturnType<typeof dynamoStateStore>;
  /** One run to its end, which is expected to find nothing the matter. */
  run(): Promise<DiscoverRun>;
  /** One run that is killed so long after its beginning, unless it ends before. */
  killed(afterMs: number): Promise<InvocationOutcome>;
}

export interface DiscoverRun {
  /** What was done, by kind. */
  done: Record<string, number>;
  tookMs: number;
  /** The most of all runs. */
  residentBytes: number;
}

export async function deployDiscover(
  t: TestContext,
  options: { source: string; target: string; topics: string; parts: SharedParts },
): Promise<DiscoverFunction> {
  const configuration = configured([
    'clusters = source, target',
    `source.bootstrap.servers = ${options.source}`,
    `target.bootstrap.servers = ${options.target}`,
    'source->target.enabled = true',
    `source->target.topics = ${options.topics}`,
    'heartbeats.replication.enabled = false',
    'replication.factor = 1',
  ]);
  const flow = configuration.flows[0]!;
  const aws = localAws(options.parts.awsEnvironment);
  const directory = await mkdtemp(join(tmpdir(), 'mirrorless-test-'));
  const lambda = await serveLambda(t, { functionName: functionName(flow, 'replicate') });
  const entry = join(directory, 'discover.mjs');
  const from = fileURLToPath(new URL('../../functions/discover.ts', import.meta.url));
  await bundleFunction({ entry: from, outfile: entry });
  await createStateTable(aws.dynamoDb, flow.stateTable);
  const lines: string[] = [];
  const local = new LocalFunction(
    {
      name: functionName(flow, 'discover'),
      entry,
      handler: 'discover.handler',
      ...functionLimits(flow, 'discover'),
      environment: {
        ...aws.environment,
        AWS_ENDPOINT_URL_LAMBDA: lambda.endpoint,
        ...functionEnvironment(configuration, flow, 'discover'),
      },
    },
    { concurrency: 1, onLine: (line) => lines.push(line) },
  );
  t.after(async () => {
    await local.stop();
    await aws[Symbol.asyncDispose]();
    await rm(directory, { recursive: true });
  });
  const event = Buffer.from('{}');
  const invoke = () => local.invoke({ pieces: [event], sizeBytes: event.length });
  return {
    flow,
    configuration,
    lambda,
    state: dynamoStateStore({ client: aws.dynamoDb, table: flow.stateTable, flow: flowName(flow) }),
    async run() {
      lines.length = 0;
      const outcome = await invoke();
      assert.ok(outcome.ok, JSON.stringify(outcome));
      const { failures, states } = outcome.value as DiscoveryAnswer;
      const [trouble] = [...failures, ...states];
      assert.equal(trouble, undefined, JSON.stringify(trouble));
      const { done, tookMs } = JSON.parse(lines.find((line) => line.includes('mirroredTopics'))!);
      return { done, tookMs, residentBytes: local.maxResidentBytes };
    },
    async killed(afterMs) {
      const running = invoke();
      const timer = setTimeout(() => {
        for (const processId of local.processIds) process.kill(processId, 'SIGKILL');
      }, afterMs);
      const outcome = await running;
      clearTimeout(timer);
      return outcome;
    },
  };
}
