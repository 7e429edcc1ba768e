/** The constructs for CDK apps: `import { ReplicationFlow } from 'mirrorless'`. */
export type { ClusterInCode, FlowInCode, FlowInFile } from './stacks/loaded-flow.ts';
export {
  type RemovalProps,
  ReplicationFlow,
  type ReplicationFlowProps,
} from './stacks/replication-flow.ts';
