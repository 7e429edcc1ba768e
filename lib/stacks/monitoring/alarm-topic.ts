import { Stack } from 'aws-cdk-lib';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';

/**
 * Where the alarms of a flow go: somebody must subscribe. Only alarms of this account publish to it,
 * and only over TLS. It is not encrypted: names of clusters and topics are all that alarms hold, and a
 * key of AWS's own would keep CloudWatch out.
 */
export class AlarmTopic extends Construct {
  readonly topic: Topic;

  constructor(scope: Construct, id: string, { displayName }: { displayName: string }) {
    super(scope, id);
    this.topic = new Topic(this, 'Resource', { displayName, enforceSSL: true });
    const { account } = Stack.of(this);
    this.topic.grantPublish(
      new ServicePrincipal('cloudwatch.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': account } },
      }),
    );
  }
}
