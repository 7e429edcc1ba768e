import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { schedulePeriodMs } from '../every.ts';
import { acknowledge } from './acknowledge.ts';

/**
 * Invokes a function once a minute; what it does less often it counts itself, by the event’s `time`,
 * which EventBridge sets to when the invocation was due.
 */
export function schedule(scope: Construct, id: string, invoked: IFunction): Rule {
  const rule = new Rule(scope, id, {
    description: `Invokes ${invoked.node.scope?.node.id} once a minute`,
    schedule: Schedule.rate(Duration.millis(schedulePeriodMs)),
    targets: [new LambdaFunction(invoked, { retryAttempts: 0, maxEventAge: Duration.minutes(1) })],
  });
  acknowledge(rule, { 'Serverless-EventBusDLQ': 'what is missed is made up for a minute later' });
  return rule;
}
