/** Metrics, alarms, dashboard and runbook are one thing told four times: each must match the others. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { detectedStates } from '../../../lib/discovery/detected-states.ts';
import { type AlarmDefinition, alarms } from '../../../lib/telemetry/alarms.ts';
import { dashboardOf } from '../../../lib/telemetry/dashboard.ts';
import { type MetricName, metrics, namespace } from '../../../lib/telemetry/metrics.ts';
import type { MetricQuery } from '../../../lib/telemetry/monitored.ts';
import { monitoredFlow } from './monitored-flow.ts';

const { monitored } = monitoredFlow(['alarms.lag.records: 1']);
const destinations = (['sqs', 'sns', 's3'] as const).map((type) => ({
  ...monitored,
  failureDestination: { type, name: 'given-up' },
}));
const ofAlarms = Object.values(alarms).flatMap(({ measures }: AlarmDefinition) =>
  destinations.flatMap((each) => measures(each).map(({ metric }) => metric)),
);
const ofDashboard = dashboardOf(monitored).flatMap(({ graphs }) =>
  graphs.flatMap(({ metrics }) => metrics),
);

/** AWS's own, with the dimensions of their documentation. */
const ofAws: Readonly<Record<string, readonly string[]>> = {
  'AWS/DynamoDB ConsumedReadCapacityUnits': ['TableName'],
  'AWS/DynamoDB ConsumedWriteCapacityUnits': ['TableName'],
  'AWS/Lambda ConcurrentExecutions': ['FunctionName'],
  'AWS/Lambda Duration': ['FunctionName'],
  'AWS/Lambda Errors': ['FunctionName'],
  'AWS/Lambda Invocations': ['FunctionName'],
  'AWS/Lambda OffsetLag': ['FunctionName'],
  'AWS/Lambda Throttles': ['FunctionName'],
  'AWS/S3 PutRequests': ['BucketName', 'FilterId'],
  'AWS/SNS NumberOfMessagesPublished': ['TopicName'],
  'AWS/SQS ApproximateNumberOfMessagesVisible': ['QueueName'],
};

describe('alarms and dashboard', () => {
  it('ask for metrics with exactly the dimensions that they are sent with', () => {
    for (const query of [...ofAlarms, ...ofDashboard]) {
      const asked = [...Object.keys(query.dimensions), ...(query.each ?? [])].flat();
      const names =
        query.each === undefined ? asked : [...Object.keys(query.dimensions), query.each];
      const sets = dimensionSets(query).map((set) => [...set].sort().join());
      const what = `${query.namespace} ${query.name}: ${names}`;
      assert.ok(sets.includes([...names].sort().join()), what);
    }
  });

  it('search no metric in an alarm, which CloudWatch does not take', () => {
    assert.deepEqual(
      ofAlarms.filter(({ each }) => each !== undefined),
      [],
    );
  });

  it('leave no metric out of the dashboard, and ask for none of AWS’s in vain', () => {
    const shown = new Set(ofDashboard.map(({ namespace, name }) => `${namespace} ${name}`));
    const missing = Object.keys(metrics).filter((name) => !shown.has(`${namespace} ${name}`));
    assert.deepEqual(missing, []);
    const asked = new Set(
      [...ofAlarms, ...ofDashboard].map((one) => `${one.namespace} ${one.name}`),
    );
    assert.deepEqual(
      Object.keys(ofAws).filter((name) => !asked.has(name)),
      [],
    );
  });
});

function dimensionSets({ namespace: of, name }: MetricQuery): (readonly string[])[] {
  if (of !== namespace) return [ofAws[`${of} ${name}`] ?? []];
  const definition: { dimensions: readonly string[]; alsoOfFlow?: true } | undefined =
    metrics[name as MetricName];
  if (definition === undefined) return [];
  return [definition.dimensions, ...(definition.alsoOfFlow ? [['Flow']] : [])];
}

describe('the documentation', () => {
  it('has a section for each alarm, and no other', async () => {
    assert.deepEqual(await sectionsOf('runbook.md'), Object.keys(alarms));
  });

  it('has a section for each detected state, and no other', async () => {
    assert.deepEqual(await sectionsOf('detected-states.md'), Object.keys(detectedStates));
  });

  it('says in each section what it means, how to look, what to do, and when it is over', async () => {
    for (const page of ['runbook.md', 'detected-states.md']) {
      for (const section of (await textOf(page)).split(/^## /m).slice(1)) {
        const name = section.split('\n')[0];
        for (const part of ['Means', 'Look', 'Do', 'Over']) {
          assert.match(
            section,
            new RegExp(`^\\*\\*${part}\\.\\*\\*( |$)`, 'm'),
            `${name}: ${part}`,
          );
        }
      }
    }
  });

  it('has no link to a section that is not there', async () => {
    const pages = ['runbook.md', 'detected-states.md', 'cutover.md'];
    for (const page of pages) {
      for (const [, file, anchor] of (await textOf(page)).matchAll(
        /\]\(([\w-]+\.md)?#([\w-]+)\)/g,
      )) {
        const there = (await sectionsOf(file ?? page)).map((name) =>
          name.replaceAll(' ', '-').toLowerCase(),
        );
        assert.ok(there.includes(anchor!), `${page} → ${file ?? page}#${anchor}`);
      }
    }
  });
});

async function sectionsOf(page: string): Promise<string[]> {
  return [...(await textOf(page)).matchAll(/^## (.+)$/gm)].map(([, title]) => title!);
}

function textOf(page: string): Promise<string> {
  return readFile(new URL(`../../../docs/${page}`, import.meta.url), 'utf8');
}
