import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import {
  FlowMonitoring,
  type FlowMonitoringProps,
} from '../../../../lib/stacks/monitoring/flow-monitoring.ts';
import { type AlarmDefinition, alarms } from '../../../../lib/telemetry/alarms.ts';
import { monitoredFlow } from '../../telemetry/monitored-flow.ts';

function stackOf(lines: string[] = [], props: Partial<FlowMonitoringProps> = {}) {
  const { configuration, monitored } = monitoredFlow(lines);
  const stack = new Stack(new App(), 'flow', { env: { region: 'eu-west-1' } });
  const monitoring = new FlowMonitoring(stack, 'Monitoring', {
    configuration,
    flow: monitored.flow,
    functions: monitored.functions,
    stateTable: { tableName: monitored.stateTableName },
    ...props,
  });
  return { stack, monitoring, template: Template.fromStack(stack), monitored };
}

/** `Ref` and `Fn::Join` as one text. */
function joined(value: unknown): string {
  if (typeof value === 'string') return value;
  const [, parts] = (value as { 'Fn::Join': [string, unknown[]] })['Fn::Join'];
  return parts.map((part) => (typeof part === 'string' ? part : '(token)')).join('');
}

describe('the monitoring of a flow', () => {
  it('has all alarms of the registry, each with what it means and where to read on', () => {
    const { template, monitored } = stackOf();
    const expected = Object.entries(alarms).flatMap(
      ([name, definition]: [string, AlarmDefinition]) =>
        definition.measures(monitored).map(({ of }) => {
          const own = of === undefined ? name : `${name}-${of}`;
          const what = `us->eu${of === undefined ? '' : ` (${of})`}: ${definition.meaning}`;
          const description = `[${definition.severity}] ${what}. What to do: docs/runbook.md#${name}`;
          return { name: `mirrorless-us-eu-${own}`, description };
        }),
    );
    const found = Object.values(template.findResources('AWS::CloudWatch::Alarm')).map(
      ({ Properties: { AlarmName: name, AlarmDescription: description } }) => ({
        name,
        description,
      }),
    );
    assert.deepEqual(found, expected);
    assert.ok(found.length > 15);
  });

  it('measures what the registry says', () => {
    const { template } = stackOf(['alarms.lag.seconds: 120']);
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmName: 'mirrorless-us-eu-lag-time',
      Namespace: 'Mirrorless',
      MetricName: 'FlowLagTime',
      Dimensions: [{ Name: 'Flow', Value: 'us->eu' }],
      Statistic: 'Maximum',
      Threshold: 120_000,
      ComparisonOperator: 'GreaterThanThreshold',
      Period: 60,
      EvaluationPeriods: 5,
      TreatMissingData: 'ignore',
    });
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmName: 'mirrorless-us-eu-lag-unmeasured',
      Statistic: 'SampleCount',
      Threshold: 1,
      ComparisonOperator: 'LessThanThreshold',
      TreatMissingData: 'breaching',
    });
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmName: 'mirrorless-us-eu-function-errors-replicate',
      Namespace: 'AWS/Lambda',
      Dimensions: [{ Name: 'FunctionName', Value: 'us-eu-replicate' }],
      TreatMissingData: 'notBreaching',
    });
  });

  it('tells a topic that it creates, open to this account’s alarms alone', () => {
    const { template } = stackOf();
    const [topic] = Object.keys(template.findResources('AWS::SNS::Topic'));
    const actions = [{ Ref: topic }];
    template.allResourcesProperties('AWS::CloudWatch::Alarm', {
      AlarmActions: actions,
      OKActions: actions,
    });
    template.hasResourceProperties('AWS::SNS::TopicPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Effect: 'Deny',
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          }),
          Match.objectLike({
            Action: 'sns:Publish',
            Principal: { Service: 'cloudwatch.amazonaws.com' },
            Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
          }),
        ]),
      },
    });
  });

  it('tells the topic of the configuration, or the one that is given', () => {
    const arn = 'arn:aws:sns:eu-west-1:123456789012:on-call';
    const { template } = stackOf([`alarms.topic.arn: ${arn}`]);
    template.resourceCountIs('AWS::SNS::Topic', 0);
    template.allResourcesProperties('AWS::CloudWatch::Alarm', { AlarmActions: [arn] });
    const other = new Stack(new App(), 'other');
    const alarmTopic = Topic.fromTopicArn(other, 'Topic', `${arn}-other`);
    const given = stackOf([`alarms.topic.arn: ${arn}`], { alarmTopic });
    given.template.allResourcesProperties('AWS::CloudWatch::Alarm', {
      AlarmActions: [`${arn}-other`],
    });
  });

  it('links to the runbook of the configuration', () => {
    const url = 'https://example.com/mirrorless/docs/runbook.md';
    const { template } = stackOf([`alarms.runbook.url: ${url}`]);
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmDescription: Match.stringLikeRegexp(`${url}#lag-time$`),
    });
  });

  it('shows all that is measured on a dashboard, the alarms first', () => {
    const { template } = stackOf();
    const [dashboard] = Object.values(template.findResources('AWS::CloudWatch::Dashboard'));
    const { DashboardName, DashboardBody } = dashboard!['Properties'];
    assert.equal(DashboardName, 'mirrorless-us-eu');
    const { widgets } = JSON.parse(joined(DashboardBody));
    const types = widgets.map(({ type }: { type: string }) => type);
    assert.deepEqual(types.slice(0, 3), ['text', 'alarm', 'text']);
    const titles = widgets.map(
      ({ properties }: { properties: { title?: string } }) => properties.title,
    );
    for (const title of ['Records copied', 'Lag of the flow in time', 'State table']) {
      assert.ok(titles.includes(title), title);
    }
    const records = widgets.find(
      ({ properties }: { properties: { title?: string } }) => properties.title === 'Records copied',
    );
    const search = `SEARCH('{Mirrorless,Flow,Topic} MetricName="RecordCount" Flow="us->eu"', 'Sum', 60)`;
    assert.equal(records.properties.metrics[0][0].expression, search);
    assert.ok(widgets.every(({ x, width }: { x: number; width: number }) => x + width <= 24));
  });

  it('of a flow that only emits heartbeats is small', () => {
    const { template, monitoring } = stackOf(['enabled: false']);
    assert.equal(monitoring.alarms.length, 2);
    template.resourceCountIs('AWS::CloudWatch::Dashboard', 1);
  });
});
