/** Topics of a flow as a look found them, written short. */
import type { ExistingMapping } from '../../../../lib/aws/mappings.ts';
import type { MeasuredPartition } from '../../../../lib/cli/flows/measure.ts';
import type { FlowSurvey, SurveyedTopic } from '../../../../lib/cli/flows/survey.ts';

/** Copied up to 100 on the source and 90 on the target, with so many records behind. */
export function behind(
  partition: number,
  records?: bigint,
  timeMs: number | undefined = records === undefined ? undefined : 2000,
): MeasuredPartition {
  const progress = { upstream: 100n, downstream: 90n };
  if (records === undefined) return { partition, progress };
  const lag = { records, ...(timeMs !== undefined && { timeMs }) };
  return { partition, progress, sourceEnd: 100n + records, lag };
}

export function mapping(topic: string, own: Partial<ExistingMapping> = {}): ExistingMapping {
  return { UUID: `of-${topic}`, Topics: [topic], State: 'Enabled', ...own };
}

/** Read, and with nothing left to copy, if not said otherwise. */
export function surveyed(topic: string, own: Partial<SurveyedTopic> = {}): SurveyedTopic {
  return {
    topic,
    remoteTopic: `us.${topic}`,
    isMirrored: true,
    isOnSource: true,
    partitions: [behind(0, 0n, 0)],
    isPaused: false,
    mapping: mapping(topic),
    states: [],
    ...own,
  };
}

export function unmapped(topic: string, own: Partial<SurveyedTopic> = {}): SurveyedTopic {
  const { mapping: _, ...others } = surveyed(topic, own);
  return others;
}

export function surveyOf(
  topics: readonly SurveyedTopic[],
  own: Partial<FlowSurvey> = {},
): FlowSurvey {
  return {
    flow: 'us->eu',
    topics,
    pauses: { flow: false, topics: new Set() },
    areMappingsListed: true,
    isSourceListed: true,
    isStateRead: true,
    failures: [],
    ...own,
  };
}
