import {
  EventBuilder,
  type KafkaEventText,
  lambdaPayloadBytes,
  type SourceRecord,
} from '../../../lib/local/mapping/event-builder.ts';
import { RecordPool, recordShape } from '../record-pool.ts';

/** A mapping's fetches bring stretches of one partition, not records in turn. */
const stretchLength = 64;
const recordsPerMs = 10;

/**
 * Events of one source topic as an event source mapping with the largest batch size delivers them
 * of a topic that it lags behind on: as many records as 10,000 or the payload limit allow. Offsets
 * go on from event to event, so that nothing is ever a redelivery.
 */
export class EventStream {
  readonly #builder: EventBuilder;
  readonly #pool: RecordPool;
  readonly #nextOffsets = new Array<number>(recordShape.partitionCount).fill(0);
  readonly #startMs = Date.now() - 600_000;
  #recordCount = 0;

  constructor(topic: string, valueBytes: number) {
    const origin = { eventSource: 'SelfManagedKafka', bootstrapServers: ['source:9092'] } as const;
    const limits = { maxRecords: 10_000, maxBytes: lambdaPayloadBytes };
    this.#builder = new EventBuilder({ ...origin, topic }, limits);
    this.#pool = new RecordPool(valueBytes);
  }

  get recordCount(): number {
    return this.#recordCount;
  }

  /** Valid until the next call. */
  next(): KafkaEventText {
    this.#builder.reset();
    while (this.#builder.append(this.#peek()) === 'added') {
      this.#nextOffsets[this.#partition()]! += 1;
      this.#recordCount += 1;
    }
    return this.#builder.seal();
  }

  #peek(): SourceRecord {
    const partition = this.#partition();
    const timestamp = this.#startMs + Math.floor(this.#recordCount / recordsPerMs);
    const fields = this.#pool.fields(this.#recordCount);
    return {
      partition,
      timestampType: 'CreateTime',
      record: { offset: this.#nextOffsets[partition]!, timestamp, ...fields },
      bytes: this.#pool.bytes,
    };
  }

  #partition(): number {
    return Math.floor(this.#recordCount / stretchLength) % recordShape.partitionCount;
  }
}
