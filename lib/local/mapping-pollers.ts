/** Reads for the event source mappings that the local host serves. */
import type { MappingParameters } from '../aws/mappings.ts';
import type { LocalMapping } from './lambda-api/mapping-store.ts';
import {
  EventSourceMapping,
  type EventSourceMappingDependencies,
  type EventSourceMappingSettings,
} from './mapping/event-source-mapping.ts';
import { SupervisedMapping } from './mapping/supervised.ts';
import { pollerSettings } from './settings.ts';

/** A function of this host, and how its source is reached. */
export interface MappedFunction extends Omit<EventSourceMappingDependencies, 'failureDestination'> {
  bootstrapServers: readonly string[];
  /** How many mappings share this machine's memory. */
  topicCount(): number;
  /** Where its mappings put what they give up, if they have a failure destination. */
  failureDestination: NonNullable<EventSourceMappingDependencies['failureDestination']>;
  /** What it throws keeps the mapping from beginning, and is tried again. */
  beforeOpening?(settings: EventSourceMappingSettings): Promise<void>;
  /** From a failure to begin, of a mapping, to the next attempt. */
  retryMs: number;
}

/** Begins at once or as soon as the source lets it. What happens is in its processing result. */
export function startMapping(mapping: LocalMapping, host: MappedFunction): SupervisedMapping {
  const { bootstrapServers, topicCount, retryMs, beforeOpening, failureDestination, ...reading } =
    host;
  const settings = pollerSettings(parametersOf(mapping), bootstrapServers, topicCount());
  const destination = mapping.DestinationConfig !== undefined && { failureDestination };
  return new SupervisedMapping({
    open: async () => {
      await beforeOpening?.(settings);
      return EventSourceMapping.open(settings, { ...reading, ...destination });
    },
    retryMs,
  });
}

/** The mapping as it was created and changed; times as the API has them. */
function parametersOf(mapping: LocalMapping): MappingParameters {
  const { FunctionArn: FunctionName, StartingPositionTimestamp: startSeconds } = mapping;
  const start = startSeconds !== undefined && {
    StartingPositionTimestamp: new Date(startSeconds * 1000),
  };
  return { ...(mapping as unknown as MappingParameters), FunctionName, ...start };
}
