/** What functions and pollers may do on MSK clusters that authorize with IAM. */
import type { Cluster } from '../../config/model.ts';
import type { FunctionName } from '../../deployment.ts';
import { type AclUser, neededAcls, type RequiredAcl } from '../../discovery/required-acls.ts';
import type { PermissionScope } from './scope.ts';

type Resource = RequiredAcl['resource'];

/**
 * By the operation of Kafka that each is the permission for, with those that it asks for besides:
 * https://docs.aws.amazon.com/msk/latest/developerguide/kafka-actions.html
 */
export const kafkaActions: Readonly<Record<Resource, Readonly<Record<string, readonly string[]>>>> =
  {
    cluster: {
      Describe: ['DescribeCluster'],
      Alter: ['AlterCluster', 'DescribeCluster'],
      DescribeConfigs: ['DescribeClusterDynamicConfiguration'],
      IdempotentWrite: ['WriteDataIdempotently'],
    },
    topic: {
      Read: ['ReadData', 'DescribeTopic'],
      Write: ['WriteData', 'DescribeTopic'],
      Create: ['CreateTopic', 'DescribeTopic'],
      Alter: ['AlterTopic', 'DescribeTopic'],
      Describe: ['DescribeTopic'],
      DescribeConfigs: ['DescribeTopicDynamicConfiguration', 'DescribeTopic'],
      AlterConfigs: ['AlterTopicDynamicConfiguration', 'DescribeTopicDynamicConfiguration'],
    },
    group: { Read: ['AlterGroup', 'DescribeGroup'], Describe: ['DescribeGroup'] },
  };

/** Lambda’s pollers act with the role of the function that they invoke. */
const users: Readonly<Record<FunctionName, readonly AclUser[]>> = {
  replicate: ['replicate', 'event source mapping'],
  checkpoint: ['checkpoint'],
  discover: ['discover'],
  heartbeat: ['heartbeat'],
};

export interface KafkaStatement {
  id: string;
  actions: string[];
  resources: string[];
}

/** As few statements as there are sets of actions: of each side, what may be done to what. */
export function kafkaStatements(scope: PermissionScope, name: FunctionName): KafkaStatement[] {
  const acls = neededAcls(scope.flow).filter(({ needs }) =>
    needs.some(({ user }) => users[name].includes(user)),
  );
  return (['source', 'target'] as const).flatMap((side) => {
    const cluster = scope[side];
    const ofSide = acls.filter((acl) => acl.side === side);
    const { sasl } = cluster.authentication;
    if (ofSide.length === 0) return [];
    // A role of its own has the permissions, which a function may assume.
    if (sasl?.mechanism !== 'AWS_MSK_IAM' || sasl.roleArn !== undefined) return [];
    return statementsOf(cluster, ofSide).map((statement) => ({
      ...statement,
      id: `${side === 'source' ? 'Source' : 'Target'}${statement.id}`,
    }));
  });
}

function statementsOf(cluster: Cluster, acls: readonly RequiredAcl[]): KafkaStatement[] {
  const actionsOf = new Map<string, Set<string>>([
    [kafkaArn(cluster, { resource: 'cluster' }), new Set(['Connect'])],
  ]);
  for (const acl of acls) {
    const arn = kafkaArn(cluster, acl);
    const actions = actionsOf.get(arn) ?? new Set();
    for (const action of kafkaActions[acl.resource][acl.operation] ?? []) actions.add(action);
    actionsOf.set(arn, actions);
  }
  const alike = Map.groupBy(actionsOf, ([arn, actions]) => {
    return [arn.split(':')[5]!.split('/')[0]!, ...[...actions].sort()].join();
  });
  return [...alike.values()].map((some, index) => ({
    id: `Kafka${index}`,
    actions: [...some[0]![1]].sort().map((action) => `kafka-cluster:${action}`),
    resources: some.map(([arn]) => arn),
  }));
}

/** What an ACL is on a cluster that authorizes with IAM; undefined on others. */
export function iamPermission(
  cluster: Cluster,
  acl: Pick<RequiredAcl, 'resource' | 'pattern' | 'name' | 'operation'>,
): { actions: string[]; resource: string } | undefined {
  if (cluster.authentication.sasl?.mechanism !== 'AWS_MSK_IAM') return undefined;
  const actions = kafkaActions[acl.resource][acl.operation] ?? [];
  return {
    actions: actions.map((action) => `kafka-cluster:${action}`),
    resource: kafkaArn(cluster, acl),
  };
}

/** `…:cluster/NAME/UUID`, `…:topic/NAME/UUID/TOPIC`, `…:group/NAME/UUID/GROUP`. */
function kafkaArn(
  { mskClusterArn }: Cluster,
  acl: Pick<RequiredAcl, 'resource'> & Partial<Pick<RequiredAcl, 'pattern' | 'name'>>,
): string {
  const arn = mskClusterArn ?? 'arn:aws:kafka:REGION:ACCOUNT:cluster/NAME/UUID';
  if (acl.resource === 'cluster') return arn;
  const name = acl.pattern === 'PREFIXED' ? `${acl.name}*` : acl.name;
  return `${arn.replace(':cluster/', `:${acl.resource}/`)}/${name}`;
}
