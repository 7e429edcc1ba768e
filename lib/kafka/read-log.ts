import type { Deadline } from '../deadline.ts';
import { MirrorlessError } from '../errors.ts';
import type {
  FetchedRecords,
  FetchPosition,
  KafkaDataPlane,
  Settled,
  TopicPartition,
} from './ports.ts';
import { type BatchHeader, readBatches } from './record-batch.ts';

/** Bytes of a log that are asked for at once. */
const fetchBytes = 4 * 1024 * 1024;
const fetchWaitMs = 250;

/** Reads whole batches of one partition from offset `from` until `to` (exclusive), in log order. */
export async function* readLog(
  plane: KafkaDataPlane,
  partition: TopicPartition,
  range: { from: bigint; to: bigint },
  deadline: Deadline,
): AsyncGenerator<BatchHeader> {
  let offset = range.from;
  while (offset < range.to) {
    const { bytes } = await fetchOne(plane, { ...partition, offset }, deadline);
    for (const batch of readBatches(bytes)) {
      if (batch.baseOffset >= range.to) return;
      if (batch.lastOffset < offset) continue;
      yield batch;
      offset = batch.lastOffset + 1n;
    }
  }
}

/** The value of the one answer to a question about one partition; throws its error. */
export function answeredFor<T>(answer: Settled<T> | undefined): T {
  if (answer?.ok) return answer.value;
  throw answer?.error ?? new MirrorlessError('INTERNAL', 'A partition was not answered for.');
}

async function fetchOne(
  plane: KafkaDataPlane,
  position: FetchPosition,
  deadline: Deadline,
): Promise<FetchedRecords> {
  const fetched = plane.fetch([position], {
    maxWaitMs: fetchWaitMs,
    minBytes: 1,
    maxBytes: fetchBytes,
    maxPartitionBytes: fetchBytes,
  });
  const what = `reading ${position.topic}-${position.partition}`;
  const [answer] = await deadline.within(fetched, what);
  return answeredFor(answer);
}
