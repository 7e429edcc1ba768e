import { Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import type { Statement } from './permissions/statements.ts';

/** Findings of cdk-nag about wildcards, each by its own id, with the reason of its statement. */
export function acknowledgeWildcards(role: IConstruct, statements: readonly Statement[]): void {
  const stack = Stack.of(role);
  const reasons: Record<string, string> = {};
  for (const { effect, resources, wildcard = '' } of statements) {
    if (effect === 'Deny') continue;
    for (const arn of resources.filter((resource) => resource.includes('*'))) {
      reasons[`AwsSolutions-IAM5[Resource::${named(stack.resolve(arn))}]`] = wildcard;
    }
  }
  acknowledge(role, {
    ...reasons,
    ...(Object.keys(reasons).length > 0 && {
      'Serverless-LambdaStarPermissions': 'each has a reason of its own, as AwsSolutions-IAM5',
    }),
  });
}

/** References by their names, as cdk-nag has them: `<AWS::Partition>`, `<Bucket.Arn>`. */
function named(resolved: unknown): string {
  if (typeof resolved !== 'object' || resolved === null) return String(resolved);
  const [[kind, value] = []] = Object.entries(resolved);
  if (kind === 'Ref') return `<${value}>`;
  if (kind === 'Fn::GetAtt') return `<${(value as string[]).join('.')}>`;
  if (kind !== 'Fn::Join') return JSON.stringify(resolved);
  const [separator, parts] = value as [string, unknown[]];
  return parts.map(named).join(separator);
}
