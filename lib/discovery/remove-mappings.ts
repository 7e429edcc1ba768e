import type { MappingsApi } from '../aws/mappings.ts';
import { MirrorlessError } from '../errors.ts';
import { consumerGroupId } from './consumer-group.ts';
import { groupOf } from './mapping-differences.ts';
import type { MappedFlow } from './mapping-parameters.ts';

export interface RemoveMappingsOptions {
  api: MappingsApi;
  flow: MappedFlow;
  /** Of the replicate function. */
  functionName: string;
  isRemoved(topic: string): boolean;
  /** Until Lambda has done what it was asked; resolves false where no time is left. */
  waitForLambda(): Promise<boolean>;
}

/** Deletes the flow’s own mappings, and resolves when they are gone. Throws MAPPING_BUSY where not. */
export async function removeMappings(options: RemoveMappingsOptions): Promise<void> {
  const { api, flow, functionName, isRemoved, waitForLambda } = options;
  while (true) {
    const existing = await api.list(functionName);
    const left = existing.filter((mapping) => {
      const topic = mapping.Topics?.[0] ?? '';
      return groupOf(mapping) === consumerGroupId(flow, topic) && isRemoved(topic);
    });
    if (left.length === 0) return;
    for (const { UUID, State } of left) if (State !== 'Deleting') await remove(api, UUID);
    if (await waitForLambda()) continue;
    const topics = left
      .map(({ Topics }) => Topics?.[0])
      .sort()
      .join(', ');
    throw new MirrorlessError('MAPPING_BUSY', `Lambda has not deleted the mappings of ${topics}.`);
  }
}

/** What is gone already, or is being changed just now, is looked at again. */
async function remove(api: MappingsApi, uuid: string): Promise<void> {
  try {
    await api.delete(uuid);
  } catch (error) {
    const { code } = error as MirrorlessError;
    if (code !== 'MAPPING_MISSING' && code !== 'MAPPING_BUSY') throw error;
  }
}
