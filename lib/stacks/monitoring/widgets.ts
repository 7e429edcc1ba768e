import {
  type Alarm,
  AlarmStatusWidget,
  GraphWidget,
  GraphWidgetView,
  type IWidget,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import { flowName } from '../../config/model.ts';
import { dashboardOf, type Graph } from '../../telemetry/dashboard.ts';
import type { MonitoredFlow } from '../../telemetry/monitored.ts';
import { metricOf } from './metric.ts';

/** CloudWatch's grid has 24 columns. */
const pageWidth = 24;
const graphWidth = 8;
const graphHeight = 6;
const periodSeconds = 60;

/** The alarms on top, then a heading and graphs for each section, three in a row. */
export function widgetRows(monitored: MonitoredFlow, alarms: readonly Alarm[]): IWidget[][] {
  const { flow } = monitored;
  const sections = dashboardOf(monitored).flatMap(({ title, graphs }) => [
    [heading(`## ${title}`)],
    graphs.map(graphWidget),
  ]);
  const runbook = `What to do: ${flow.alarms.runbookUrl}`;
  const status = new AlarmStatusWidget({
    title: 'Alarms',
    alarms: [...alarms],
    width: pageWidth,
    height: 4,
  });
  return [[heading(`# Mirrorless ${flowName(flow)}\n${runbook}`, 2)], [status], ...sections];
}

function heading(markdown: string, height = 1): TextWidget {
  return new TextWidget({ markdown, width: pageWidth, height });
}

function graphWidget({ title, unit, metrics }: Graph): GraphWidget {
  return new GraphWidget({
    title,
    left: metrics.map((query) => metricOf(query, periodSeconds)),
    leftYAxis: { label: unit, min: 0, showUnits: false },
    view: GraphWidgetView.TIME_SERIES,
    width: graphWidth,
    height: graphHeight,
  });
}
