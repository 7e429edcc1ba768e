import { createHash } from 'node:crypto';
import { CfnOutput, CustomResource, Duration } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { Configuration, Flow } from '../config/model.ts';
import { functionEnvironment, functionName } from '../deployment.ts';
import { literalTopics } from '../discovery/literal-topics.ts';
import { mappedFlow, mappingParameters } from '../discovery/mapping-parameters.ts';

export interface DiscoveryProps {
  configuration: Configuration;
  /** As the configuration has it: of what the stack creates, the ARN tells no change. */
  flow: Flow;
  discover: IFunction;
}

/**
 * Discovery as a step of the deployment: it runs where the stack is created, where its settings have
 * changed, and at the end, when it takes away the mappings that it made. See deployment-step.ts.
 */
export class Discovery extends Construct {
  constructor(scope: Construct, id: string, { configuration, flow, discover }: DiscoveryProps) {
    super(scope, id);
    const answersWithin = flow.functions.discover.timeoutSeconds + 60;
    const step = new CustomResource(this, 'Step', {
      serviceToken: discover.functionArn,
      resourceType: 'Custom::MirrorlessDiscovery',
      serviceTimeout: Duration.seconds(answersWithin),
      properties: {
        settings: digest(functionEnvironment(configuration, flow, 'discover')),
        mappings: JSON.stringify(fixedDigests(configuration, flow)),
      },
    });
    const output = new CfnOutput(this, 'Outcome', {
      description: `What discovery found when ${flow.source}->${flow.target} was deployed last`,
      value: step.getAttString('Outcome'),
    });
    output.overrideLogicalId('Discovery');
  }
}

/** Of the topics that have their mapping in the stack: what makes CloudFormation replace it. */
function fixedDigests(configuration: Configuration, flow: Flow): Record<string, string> {
  const mapped = mappedFlow(configuration, flow);
  const digests = literalTopics(flow).map((topic) => {
    const parameters = mappingParameters(mapped, topic, functionName(flow, 'replicate'));
    return [
      topic,
      digest([
        parameters.EventSourceArn,
        parameters.SelfManagedEventSource,
        parameters.AmazonManagedKafkaEventSourceConfig,
        parameters.SelfManagedKafkaEventSourceConfig,
        parameters.StartingPosition,
        parameters.StartingPositionTimestamp,
      ]),
    ];
  });
  return Object.fromEntries(digests);
}

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16);
}
