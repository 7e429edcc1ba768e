import { Stack } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { Flow } from '../config/model.ts';
import { type FunctionName, functionEnvironment } from '../deployment.ts';
import { literalTopics } from '../discovery/literal-topics.ts';
import { Discovery } from './discovery.ts';
import { FailureDestination } from './failure-destination.ts';
import { type FlowContext, flowContext } from './flow-context.ts';
import { FlowFunction } from './flow-function.ts';
import { type FlowInCode, type FlowInFile, loadedFlow } from './loaded-flow.ts';
import { FlowMonitoring, type FlowMonitoringProps } from './monitoring/flow-monitoring.ts';
import { schedule } from './scheduled.ts';
import { StateTable } from './state-table.ts';
import { TopicMappings } from './topic-mappings.ts';

export interface RemovalProps {
  /**
   * The state table, and a failure destination that the stack creates, go with it.
   * @default - they stay, and the table is protected: without positions records would be copied again
   */
  removeState?: boolean;
}

export type ReplicationFlowProps = (FlowInCode | FlowInFile) & RemovalProps;

/**
 * One flow, `source->target`: everything that copies its records and keeps its groups, in the region
 * and account of its stack, which are to be the target’s. Throws CONFIGURATION_INVALID with every
 * problem of the configuration.
 */
export class ReplicationFlow extends Construct {
  /** By name; a flow that exists only for its heartbeats has no others. */
  readonly functions: ReadonlyMap<FunctionName, IFunction>;

  /** A flow of a configuration file, mirrorless.yaml or mm2.properties. */
  static fromConfig(
    scope: Construct,
    id: string,
    file: string,
    options: Omit<FlowInFile, 'file'> & RemovalProps = {},
  ): ReplicationFlow {
    return new ReplicationFlow(scope, id, { file, ...options });
  }

  constructor(scope: Construct, id: string, props: ReplicationFlowProps) {
    super(scope, id);
    const { removeState = false } = props;
    const { configuration, flow } = loadedFlow(this, props);
    const failures = this.#failureDestination(flow, removeState);
    const context = flowContext(Stack.of(this), { configuration, flow: sendingTo(failures, flow) });
    // Of a flow that mirrors nothing there is nothing to be kept.
    const state = flow.enabled && new StateTable(this, 'State', { flow, removeState });
    this.functions = this.#functions(context, state ? state.table.tableArn : '');
    const replicate = this.functions.get('replicate');
    const discover = this.functions.get('discover');
    const schedules = [...this.functions].flatMap(([name, invoked]) =>
      name === 'replicate' ? [] : [schedule(this, `${capitalized(name)}Schedule`, invoked)],
    );
    if (replicate === undefined || discover === undefined || !state) return;
    const failureDestination = monitored(failures, flow);
    new FlowMonitoring(this, 'Monitoring', {
      ...{ configuration, flow, functions: this.functions, stateTable: state.table },
      ...(failureDestination && { failureDestination }),
    });
    const discovery = new Discovery(this, 'Discovery', { configuration, flow, discover });
    discovery.node.addDependency(replicate);
    new TopicMappings(this, 'Mappings', { context, replicate }).node.addDependency(discovery);
    // So that nothing discovers before the first run, nor after the last one.
    for (const rule of schedules) rule.node.addDependency(discovery);
  }

  #failureDestination(flow: Flow, removeState: boolean): FailureDestination | undefined {
    const { failureDestination: settings } = flow.mapping;
    if (settings === undefined || !flow.enabled) return undefined;
    return new FailureDestination(this, 'Failures', { settings, flow, removeState });
  }

  #functions(context: FlowContext, stateTableArn: string): Map<FunctionName, IFunction> {
    const { configuration, flow, names } = context;
    return new Map(
      names.map((name) => {
        const environment = functionEnvironment(configuration, flow, name, literalTopics(flow));
        const props = { context, name, stateTableArn, environment };
        return [name, new FlowFunction(this, capitalized(name), props).function];
      }),
    );
  }
}

/** As if the configuration named what the stack creates. */
function sendingTo(failures: FailureDestination | undefined, flow: Flow): Flow {
  if (failures === undefined) return flow;
  return { ...flow, mapping: { ...flow.mapping, failureDestinationArn: failures.arn } };
}

/** A bucket that somebody else made need not measure its requests. */
function monitored(
  failures: FailureDestination | undefined,
  { mapping: { failureDestination, failureDestinationArn = '' } }: Flow,
): FlowMonitoringProps['failureDestination'] | undefined {
  if (failures && failureDestination) return { type: failureDestination.type, name: failures.name };
  const [, , type, , , name = ''] = failureDestinationArn.split(':');
  return type === 'sqs' || type === 'sns' ? { type, name } : undefined;
}

function capitalized(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
