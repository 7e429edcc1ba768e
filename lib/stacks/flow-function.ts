import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import {
  Effect,
  PolicyDocument,
  PolicyStatement,
  Role,
  ServicePrincipal,
} from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  type CfnFunction,
  Function as LambdaFunction,
  Runtime,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { type FunctionName, functionName } from '../deployment.ts';
import { acknowledge } from './acknowledge.ts';
import { type FlowContext, logGroupName } from './flow-context.ts';
import { functionCode } from './function-code.ts';
import { policyStatements, type Statement } from './permissions/statements.ts';
import { acknowledgeWildcards } from './wildcard-reasons.ts';

export interface FlowFunctionProps {
  context: FlowContext;
  name: FunctionName;
  stateTableArn: string;
  /** As `writeEnvironment` makes it; nothing secret. */
  environment: Readonly<Record<string, string>>;
}

/** One function of a flow, with its log and a role of its own that is made whole at once. */
export class FlowFunction extends Construct {
  readonly function: LambdaFunction;

  constructor(scope: Construct, id: string, props: FlowFunctionProps) {
    super(scope, id);
    const { context, name, environment } = props;
    const { flow, target } = context;
    const { memorySizeMb, timeoutSeconds, reservedConcurrency } = flow.functions[name];
    this.function = new LambdaFunction(this, 'Function', {
      functionName: functionName(flow, name),
      description: `Mirrorless ${flow.source}->${flow.target}: ${descriptions[name]}`,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      code: functionCode(name),
      handler: 'index.handler',
      memorySize: memorySizeMb,
      timeout: Duration.seconds(timeoutSeconds),
      ...(reservedConcurrency !== undefined && {
        reservedConcurrentExecutions: reservedConcurrency,
      }),
      // What is invoked later finds the same work, so nothing is retried but for haste.
      ...(name !== 'replicate' && { retryAttempts: 0, maxEventAge: waitsAtMost(timeoutSeconds) }),
      environment: { ...environment, POWERTOOLS_LOG_LEVEL: flow.logs.level },
      tracing: flow.tracingEnabled ? Tracing.ACTIVE : Tracing.DISABLED,
      role: this.#role(props).withoutPolicyUpdates(),
      logGroup: this.#logGroup(props),
    });
    const { subnets, securityGroups } = target.vpc;
    if (subnets.length > 0) {
      (this.function.node.defaultChild as CfnFunction).vpcConfig = {
        subnetIds: [...subnets],
        securityGroupIds: [...securityGroups],
      };
    }
    acknowledge(this.function, {
      'Serverless-LambdaDLQ': madeUpFor,
      'Serverless-LambdaAsyncFailureDestination': madeUpFor,
      ...(!flow.tracingEnabled && {
        'Serverless-LambdaTracing': 'metrics tell latency; `tracing.enabled` turns traces on',
      }),
    });
  }

  #logGroup({ context: { flow }, name }: FlowFunctionProps): LogGroup {
    return new LogGroup(this, 'Log', {
      logGroupName: logGroupName(flow, name),
      retention: flow.logs.retentionDays as RetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
  }

  /** Its policy is a part of it: whatever needs the role finds it permitted, also while deleting. */
  #role({ context, name, stateTableArn }: FlowFunctionProps): Role {
    const permissionScope = context.permissionScope(name, stateTableArn);
    const statements = policyStatements(permissionScope, name);
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      inlinePolicies: {
        Permissions: new PolicyDocument({ statements: statements.map(policyStatement) }),
      },
    });
    acknowledgeWildcards(role, statements);
    return role;
  }
}

const madeUpFor = 'an invocation of a schedule that fails is made up for by the next';

const descriptions: Readonly<Record<FunctionName, string>> = {
  replicate: 'copies records',
  checkpoint: 'translates consumer groups',
  discover: 'keeps topics and event source mappings in step',
  heartbeat: 'emits heartbeats',
};

/** With one invocation at a time, the next one waits for its end. */
function waitsAtMost(timeoutSeconds: number): Duration {
  return Duration.seconds(timeoutSeconds + 60);
}

function policyStatement({
  id,
  effect,
  actions,
  resources,
  conditions,
}: Statement): PolicyStatement {
  return new PolicyStatement({
    sid: id,
    effect: effect === 'Deny' ? Effect.DENY : Effect.ALLOW,
    actions: [...actions],
    resources: [...resources],
    ...(conditions && { conditions }),
  });
}
