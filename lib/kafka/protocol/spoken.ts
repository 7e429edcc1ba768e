/** Every request that Mirrorless sends, at the version that it sends. */
import { createTopicAcls, describeTopicAcls } from './acls.ts';
import { clusterOperations, groupOperations } from './authorized.ts';
import { metadata } from './cluster.ts';
import { findCoordinator, listGroups, offsetCommit, offsetFetch } from './group.ts';
import { fetch, initProducerId, listOffsets, produce } from './log.ts';
import {
  createPartitions,
  createTopics,
  describeConfigs,
  incrementalAlterConfigs,
} from './topics.ts';
import type { Api } from './wire.ts';

export type SpokenApi = Pick<Api<never, unknown>, 'name' | 'key' | 'version'>;

export const spokenApis: readonly SpokenApi[] = [
  produce,
  fetch,
  listOffsets,
  metadata,
  initProducerId,
  findCoordinator,
  listGroups,
  offsetCommit,
  offsetFetch,
  createTopics,
  createPartitions,
  describeConfigs,
  incrementalAlterConfigs,
  describeTopicAcls,
  createTopicAcls,
  clusterOperations,
  groupOperations,
].map(({ name, key, version }) => ({ name, key, version }));
