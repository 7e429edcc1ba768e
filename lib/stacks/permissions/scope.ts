import type { Cluster, Flow } from '../../config/model.ts';
import type { FunctionName } from '../../deployment.ts';

/** What the ARNs of a flow are made of. */
export interface PermissionScope {
  partition: string;
  region: string;
  accountId: string;
  flow: Flow;
  source: Cluster;
  target: Cluster;
  stateTableArn: string;
  /** Of the flows that make a loop with this one. */
  others: readonly OtherState[];
  logGroupArn: string;
  /** Of the function that has the permissions, and of the one that the mappings invoke. */
  functionArn: string;
  replicateArn: string;
  failureDestination?: { type: 's3' | 'sqs' | 'sns'; arn: string };
}

/** The state of another flow. */
export interface OtherState {
  tableArn: string;
  /** True where only there it is told which cluster a record was first written to. */
  hasClusterIds: boolean;
  kmsKeyArn?: string;
  region: string;
}

/** As in a policy: by operator and key. */
export type Conditions = Record<string, Record<string, string | readonly string[]>>;

/** One statement of the policies of the functions. */
export interface Permission {
  /** Name of the statement. */
  id: string;
  functions: readonly FunctionName[];
  actions: readonly string[];
  /** What `resources` are, for people. */
  on: string;
  why: string;
  /** ARNs; none where the flow does not need it. */
  resources(scope: PermissionScope, name: FunctionName): readonly string[];
  conditions?(scope: PermissionScope): Conditions;
  effect?: 'Deny';
}
