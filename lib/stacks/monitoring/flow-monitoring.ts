import { type Alarm, Dashboard, PeriodOverride } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { Configuration, Flow } from '../../config/model.ts';
import type { FunctionName } from '../../deployment.ts';
import type { MonitoredFlow } from '../../telemetry/monitored.ts';
import { hasSourceHeartbeats } from '../../telemetry/source-heartbeats.ts';
import { AlarmTopic } from './alarm-topic.ts';
import { flowAlarms } from './flow-alarms.ts';
import { widgetRows } from './widgets.ts';

export interface FlowMonitoringProps {
  configuration: Configuration;
  flow: Flow;
  /** Those that the flow has. */
  functions: ReadonlyMap<FunctionName, Pick<IFunction, 'functionName'>>;
  stateTable: { tableName: string };
  /**
   * Where Lambda reports events that it gives up. A bucket must measure its requests with a filter of
   * the id `mirrorless`.
   */
  failureDestination?: NonNullable<MonitoredFlow['failureDestination']>;
  /**
   * Where alarms go, when they are raised and when they end.
   * @default - `alarms.topic.arn` of the configuration; where it has none, a topic that is created
   */
  alarmTopic?: ITopic;
}

/** The dashboard and the alarms of one flow: what `lib/telemetry` says, as CloudWatch has it. */
export class FlowMonitoring extends Construct {
  readonly alarms: readonly Alarm[];
  readonly alarmTopic: ITopic;
  readonly dashboard: Dashboard;

  constructor(scope: Construct, id: string, props: FlowMonitoringProps) {
    super(scope, id);
    const { configuration, flow, functions, stateTable, failureDestination } = props;
    const monitored: MonitoredFlow = {
      flow,
      functions,
      stateTableName: stateTable.tableName,
      ...(failureDestination !== undefined && { failureDestination }),
      hasSourceHeartbeats: hasSourceHeartbeats(configuration, flow),
    };
    this.alarmTopic = props.alarmTopic ?? this.#topic(flow);
    this.alarms = flowAlarms(this, monitored, this.alarmTopic);
    this.dashboard = new Dashboard(this, 'Dashboard', {
      dashboardName: `mirrorless-${flow.source}-${flow.target}`.replaceAll('.', '_'),
      periodOverride: PeriodOverride.AUTO,
      widgets: widgetRows(monitored, this.alarms),
    });
  }

  #topic({ source, target, alarms: { topicArn } }: Flow): ITopic {
    if (topicArn !== undefined) return Topic.fromTopicArn(this, 'Topic', topicArn);
    const displayName = `Mirrorless ${source}->${target}`;
    return new AlarmTopic(this, 'Topic', { displayName }).topic;
  }
}
