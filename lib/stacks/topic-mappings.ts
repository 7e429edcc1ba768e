import { createHash } from 'node:crypto';
import { CfnEventSourceMapping, type IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { literalTopics } from '../discovery/literal-topics.ts';
import { mappedFlow, mappingParameters } from '../discovery/mapping-parameters.ts';
import { acknowledge } from './acknowledge.ts';
import type { FlowContext } from './flow-context.ts';
import { mappingProperties } from './mapping-properties.ts';

/** The mappings of topics that the configuration names; discovery has those of all others. */
export class TopicMappings extends Construct {
  readonly mappings: readonly CfnEventSourceMapping[];

  constructor(
    scope: Construct,
    id: string,
    { context, replicate }: { context: FlowContext; replicate: IFunction },
  ) {
    super(scope, id);
    const mapped = mappedFlow(context.configuration, context.flow);
    this.mappings = literalTopics(context.flow).map((topic) => {
      const parameters = mappingParameters(mapped, topic, replicate.functionName);
      const mapping = new CfnEventSourceMapping(this, idOf(topic), mappingProperties(parameters));
      if (parameters.DestinationConfig === undefined) {
        acknowledge(mapping, {
          'Serverless-LambdaEventSourceMappingDestination':
            'nothing is given up: with a destination Lambda would drop batches after ten attempts',
        });
      }
      return mapping;
    });
  }
}

/**
 * CloudFormation takes a change of `Topics` for one that is made in place, and makes none: so the
 * topic is in the id, and another topic is another mapping. Of a name, CloudFormation’s ids have
 * letters and digits only.
 */
function idOf(topic: string): string {
  const digest = createHash('sha256').update(topic).digest('hex').slice(0, 8);
  return `${topic.replaceAll(/[^a-zA-Z0-9]/g, '')}${digest}`;
}
