import { Alarm, ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { flowName } from '../../config/model.ts';
import {
  type AlarmDefinition,
  type AlarmName,
  alarms,
  type Measure,
} from '../../telemetry/alarms.ts';
import type { MonitoredFlow } from '../../telemetry/monitored.ts';
import { metricOf } from './metric.ts';

/** In the order of the registry. */
export function flowAlarms(scope: Construct, monitored: MonitoredFlow, topic: ITopic): Alarm[] {
  const action = new SnsAction(topic);
  return (Object.keys(alarms) as AlarmName[]).flatMap((name) =>
    alarms[name].measures(monitored).map((measure) => {
      const alarm = flowAlarm(scope, { name, measure, monitored });
      alarm.addAlarmAction(action);
      alarm.addOkAction(action);
      return alarm;
    }),
  );
}

interface Named {
  name: AlarmName;
  measure: Measure;
  monitored: MonitoredFlow;
}

function flowAlarm(scope: Construct, { name, measure, monitored }: Named): Alarm {
  const { source, target } = monitored.flow;
  const { threshold, periodSeconds, periods } = measure;
  const definition: AlarmDefinition = alarms[name];
  const own = measure.of === undefined ? name : `${name}-${measure.of}`;
  const [value, comparisonOperator] =
    'above' in threshold
      ? [threshold.above, ComparisonOperator.GREATER_THAN_THRESHOLD]
      : [threshold.below, ComparisonOperator.LESS_THAN_THRESHOLD];
  return new Alarm(scope, own, {
    alarmName: `mirrorless-${source}-${target}-${own}`,
    alarmDescription: describe({ name, measure, monitored }, definition),
    metric: metricOf(measure.metric, periodSeconds),
    threshold: value,
    comparisonOperator,
    evaluationPeriods: periods,
    treatMissingData: missingData[definition.missing.is],
  });
}

/** What is wrong, how bad it is, and where it says what to do. */
function describe({ name, measure, monitored: { flow } }: Named, definition: AlarmDefinition) {
  const of = measure.of === undefined ? '' : ` (${measure.of})`;
  const what = `${flowName(flow)}${of}: ${definition.meaning}`;
  return `[${definition.severity}] ${what}. What to do: ${flow.alarms.runbookUrl}#${name}`;
}

const missingData: Readonly<Record<AlarmDefinition['missing']['is'], TreatMissingData>> = {
  breaching: TreatMissingData.BREACHING,
  notBreaching: TreatMissingData.NOT_BREACHING,
  ignore: TreatMissingData.IGNORE,
};
