/** The topic in which Kafka Connect keeps where MirrorMaker 2 stands: read whole, and written to. */
import type { Deadline } from '../deadline.ts';
import { MirrorlessError } from '../errors.ts';
import { defaultPartition } from '../kafka/default-partitioner.ts';
import type { KafkaDataPlane } from '../kafka/ports.ts';
import {
  type ConnectOffset,
  type ConnectPlace,
  decodeConnectOffset,
  encodeConnectKey,
  encodeConnectOffset,
} from '../mm2/connect-offsets.ts';
import { appendTo, type NewRecord, readOn } from '../mm2/topics.ts';

/** The last of each place, as Connect reads them: of all partitions, the newest record of a key. */
export async function readConnectOffsets(
  plane: KafkaDataPlane,
  topic: string,
  deadline: Deadline,
): Promise<ConnectOffset[] | undefined> {
  const count = await deadline.within(plane.partitionCount(topic), `the partitions of ${topic}`);
  if (count === undefined) return undefined;
  const newest = new Map<string, ConnectOffset>();
  for (let partition = 0; partition < count; partition += 1) {
    for await (const record of readOn(plane, { topic, partition, offset: 0n }, deadline)) {
      const found = decodeConnectOffset(record);
      if (found !== undefined) newest.set(String(encodeConnectKey(found)), found);
    }
  }
  return [...newest.values()];
}

/**
 * Each where Connect's own producer would put it. No offset takes a position away. Where it fails,
 * some of them may have been written.
 */
export async function writeConnectOffsets(
  plane: KafkaDataPlane,
  topic: string,
  offsets: readonly ConnectOffset[],
): Promise<void> {
  const count = await plane.partitionCount(topic);
  if (count === undefined) {
    const place = { topic };
    throw new MirrorlessError('TOPIC_MISSING', `The target has no topic ${topic}.`, { place });
  }
  const records = offsets.map((each): NewRecord => {
    return { ...encodeConnectOffset(each, each.offset), timestampMs: Date.now() };
  });
  const byPartition = Map.groupBy(records, ({ key }) => defaultPartition(key!, count));
  for (const [partition, some] of byPartition) await appendTo(plane, { topic, partition }, some);
}

/** Names of connectors that keep positions of the same source, and whether two of them overlap. */
export function connectorsOf(offsets: readonly ConnectOffset[]): {
  names: string[];
  contested?: ConnectPlace;
} {
  const held = offsets.filter(({ offset }) => offset !== undefined);
  const byPlace = Map.groupBy(held, ({ topic, partition }) => `${topic}-${partition}`);
  const contested = [...byPlace.values()].find((same) => same.length > 1)?.[0];
  const names = [...new Set(held.map(({ connector }) => connector))].sort();
  return { names, ...(contested === undefined ? {} : { contested }) };
}
