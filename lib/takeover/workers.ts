/** Who is at work on the flow: workers of Kafka Connect and event source mappings are members of groups. */
import { isIdle } from '../checkpoint/group-sync-plan.ts';
import { consumerGroupId } from '../discovery/consumer-group.ts';
import { MirrorlessError } from '../errors.ts';
import type { KafkaGroups } from '../kafka/ports.ts';

export interface ConnectWorkers {
  /** The group of a dedicated MirrorMaker 2 of this source has members. */
  isMirrorMakerAlive: boolean;
  /** Other groups of workers with members: whether they run a MirrorMaker 2, nobody can see. */
  others: readonly string[];
  failures: readonly MirrorlessError[];
}

/** In its dedicated mode, MirrorMaker 2's workers of a flow are the group `<source>-mm2`. */
export async function findWorkers(
  target: Pick<KafkaGroups, 'listGroups'>,
  sourceAlias: string,
): Promise<ConnectWorkers> {
  const { groups, failures } = await target.listGroups();
  const alive = groups
    .filter((group) => group.protocolType === 'connect' && !isIdle(group))
    .map(({ group }) => group);
  const own = `${sourceAlias}-mm2`;
  return {
    isMirrorMakerAlive: alive.includes(own),
    others: alive.filter((group) => group !== own).sort(),
    failures,
  };
}

interface Aliases {
  source: { alias: string };
  target: { alias: string };
}

/** The consumer group of a topic's event source mapping. */
export function mappingGroup(topic: string, { source, target }: Aliases): string {
  return consumerGroupId({ source: source.alias, target: target.alias }, topic);
}

/** Throws TAKEOVER_REFUSED where a mapping of one of the topics is at work. */
export async function checkNobodyReads(
  topics: readonly { topic: string }[],
  { source, settings }: { source: { groups: Pick<KafkaGroups, 'listGroups'> }; settings: Aliases },
): Promise<void> {
  const { groups } = await source.groups.listGroups();
  const wanted = new Set(topics.map(({ topic }) => mappingGroup(topic, settings)));
  const reading = groups.find((group) => wanted.has(group.group) && !isIdle(group));
  if (reading === undefined) return;
  const { group } = reading;
  const what = `Group ${group} has members: an event source mapping of the flow is at work. Pause the flow first.`;
  throw new MirrorlessError('TAKEOVER_REFUSED', what, { place: { group } });
}
