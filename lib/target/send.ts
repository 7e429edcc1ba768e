import type { Deadline } from '../deadline.ts';
import { MirrorlessError } from '../errors.ts';
import type {
  KafkaDataPlane,
  ProduceAnswer,
  ProduceBatch,
  ProducerIdentity,
} from '../kafka/ports.ts';
import type { EventRecord } from '../source/event.ts';
import { type EncodedBatch, sealBatch } from './encode.ts';
import { acknowledge, type PartitionCopy, sequenceOf } from './partition-copy.ts';

/** A broker keeps the last five batches of a producer and partition to recognise duplicates. */
const pipelinedMax = 5;

/**
 * Sends the encoded batches of every copy once. Each first batch goes alone: after its
 * acknowledgement the broker is known to know the producer, so that a batch behind a refused one is
 * refused too (a broker that has forgotten the producer accepts any sequence). The rest follows
 * pipelined in order.
 *
 * Afterwards each copy is done, or has a `doubt` that the target's log must settle, or a `failure`.
 */
export async function sendOnce(
  copies: readonly PartitionCopy[],
  target: KafkaDataPlane,
  deadline: Deadline,
): Promise<void> {
  await sendRound(firsts(copies), target, deadline);
  const rounds: Outgoing[][] = [];
  for (const copy of copies.filter((healthy) => !healthy.doubt && !healthy.failure)) {
    for (const [round, batch] of copy.batches.slice(1).entries()) {
      const bytes = sealBatch(batch, identityOf(copy), sequenceOf(copy, batch));
      rounds[round] ??= [];
      rounds[round].push({ copy, batch, bytes });
    }
  }
  for (let from = 0; from < rounds.length; from += pipelinedMax) {
    const window = rounds.slice(from, from + pipelinedMax);
    await Promise.all(window.map((round) => sendRound(round, target, deadline)));
  }
}

interface Outgoing {
  copy: PartitionCopy;
  batch: EncodedBatch;
  bytes: Buffer;
}

function firsts(copies: readonly PartitionCopy[]): Outgoing[] {
  return copies.map((copy) => {
    const batch = copy.batches[0] as EncodedBatch;
    return { copy, batch, bytes: sealBatch(batch, identityOf(copy), sequenceOf(copy, batch)) };
  });
}

async function sendRound(
  round: readonly Outgoing[],
  target: KafkaDataPlane,
  deadline: Deadline,
): Promise<void> {
  const batches = round.map(({ copy, bytes }): ProduceBatch => ({ ...copy.remote, bytes }));
  const waiting = deadline.within(target.produce(batches), 'acknowledgement by the target');
  const answers = await waiting.catch((error: MirrorlessError): ProduceAnswer[] =>
    round.map(() => ({ ok: false, error, kafkaCode: -1 })),
  );
  for (const [index, { copy, batch }] of round.entries()) {
    take(copy, batch, answers[index] as ProduceAnswer);
  }
}

function take(copy: PartitionCopy, batch: EncodedBatch, answer: ProduceAnswer): void {
  // An earlier batch of this partition is in doubt: what became of this one, the log tells.
  if (copy.doubt || copy.failure) return;
  if (answer.ok && answer.baseOffset >= copy.position.downstreamEnd) {
    acknowledge(copy, batch, answer);
  } else if (answer.ok) {
    copy.doubt = knownSequence(copy, answer.baseOffset);
  } else if (refusesRecords(answer.error)) {
    takeRefused(copy, batch, answer.error);
  } else if (isWorthAnotherTry(answer.error)) {
    copy.doubt = answer.error;
  } else {
    copy.failure = answer.error;
  }
}

function refusesRecords(error: MirrorlessError): boolean {
  return error.code === 'RECORD_TOO_LARGE' || error.code === 'RECORD_REFUSED';
}

/**
 * The target refuses a batch for one of its records, or for its size: it is cut in two until the
 * record stands alone, so that everything before it is copied and the message can name it.
 */
function takeRefused(copy: PartitionCopy, batch: EncodedBatch, cause: MirrorlessError): void {
  if (batch.recordCount > 1) {
    copy.maxBatchBytes = Math.max(1, Math.floor(batch.bytes.length / 2));
    copy.doubt = cause;
    return;
  }
  const { topic, partition, offset } = copy.source.records[batch.firstIndex] as EventRecord;
  copy.failure = new MirrorlessError(
    cause.code,
    `${copy.remote.topic} does not take the record at offset ${offset} of ${topic}-${partition}, a batch of ${batch.bytes.length} bytes.`,
    { cause, place: { topic, partition, offset: String(offset) } },
  );
}

/** Worth it within this invocation; what is retriable otherwise is left to the mapping's retry. */
export function isWorthAnotherTry(error: MirrorlessError): boolean {
  return (
    error.code === 'TARGET_NOT_READY' ||
    error.code === 'TARGET_UNREACHABLE' ||
    error.code === 'SEQUENCE_REFUSED'
  );
}

function identityOf(copy: PartitionCopy): ProducerIdentity {
  return copy.state as ProducerIdentity;
}

function knownSequence(copy: PartitionCopy, baseOffset: bigint): MirrorlessError {
  const { topic, partition } = copy.remote;
  return new MirrorlessError(
    'SEQUENCE_REFUSED',
    `${topic}-${partition} answered with offset ${baseOffset} below progress ${copy.position.downstreamEnd}.`,
    { place: { topic, partition, offset: String(baseOffset) } },
  );
}
