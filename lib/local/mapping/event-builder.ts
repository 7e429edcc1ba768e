import type { HeaderRange, RecordRange } from '../../kafka/record-batch.ts';
import type { EventText } from '../function/environment.ts';
import {
  ascii,
  asciiJson,
  base64Length,
  decimalLength,
  signedByteLength,
  writeBase64,
  writeDecimal,
  writeSignedBytes,
} from './event-text.ts';
import { type EventPartition, PartitionText, partitionEnd } from './partition-text.ts';

/** What the events of a mapping say of where they come from. */
export interface EventOrigin {
  eventSource: 'aws:kafka' | 'SelfManagedKafka';
  /** MSK only. */
  eventSourceArn?: string;
  bootstrapServers: readonly string[];
  topic: string;
}

export interface EventLimits {
  maxRecords: number;
  /** Of the event's JSON text. */
  maxBytes: number;
  /** Where an event that holds a record already is full; `maxBytes` where it is absent. */
  targetBytes?: number;
}

/** A payload of Lambda: 6 MiB and 100 bytes, the limit that its own emulator enforces. */
export const lambdaPayloadBytes = 6 * 1024 * 1024 + 100;

export interface KafkaEventText extends EventText {
  topic: string;
  recordCount: number;
  partitions: readonly EventPartition[];
}

/** `oversized` is a record that no event can hold; `full` one that belongs in the next. */
export type Appended = 'added' | 'full' | 'oversized';

export interface SourceRecord {
  partition: number;
  timestampType: 'CreateTime' | 'LogAppendTime';
  record: RecordRange;
  /** What the ranges of the record lie in. */
  bytes: Buffer;
}

const timestampField = ascii(',"timestamp":');
const timestampTypeField = {
  CreateTime: ascii(',"timestampType":"CREATE_TIME"'),
  LogAppendTime: ascii(',"timestampType":"LOG_APPEND_TIME"'),
};
const keyField = ascii(',"key":"');
const valueField = ascii(',"value":"');
const headersField = ascii(',"headers":[');
const quote = 0x22;
const comma = 0x2c;
const recordEnd = ascii(']}');
const headerEnd = ascii(']}');
const lostHeader = ascii('{}');
const eventEnd = ascii('}}');
const separator = ascii(',');
/** Names are few; a topic that makes up ever new ones must not fill the memory. */
const headerNamesMax = 1000;

/**
 * Builds the JSON text of one event while records arrive, in the exact shape of Lambda: ASCII only,
 * null key and value absent, header bytes signed and the name of a null header lost, limits
 * measured on the text itself. The text of all partitions lies in one arena in order of arrival and
 * is put in the order of the `records` map when it is sealed, without a copy.
 */
export class EventBuilder {
  readonly #limits: EventLimits;
  readonly #topic: string;
  readonly #head: Buffer;
  readonly #arena: Buffer;
  readonly #headerNames = new Map<string, Buffer>();
  /** By partition number; kept between events for their constant texts. */
  readonly #texts: PartitionText[] = [];
  #inEvent: PartitionText[] = [];
  #position = 0;
  #sizeBytes = 0;
  #recordCount = 0;

  constructor(origin: EventOrigin, limits: EventLimits) {
    this.#limits = limits;
    this.#topic = origin.topic;
    this.#head = eventHead(origin);
    this.#arena = Buffer.allocUnsafeSlow(limits.maxBytes);
    this.reset();
  }

  get recordCount(): number {
    return this.#recordCount;
  }

  holds(partition: number): boolean {
    return (this.#texts[partition]?.recordCount ?? 0) > 0;
  }

  append(source: SourceRecord): Appended {
    const text = this.#texts[source.partition] ?? this.#newText(source.partition);
    // A leading comma is part of a record's text, and left out before the first of its partition.
    const recordBytes = this.#recordBytes(text, source);
    const aloneBytes = this.#head.length + text.frameBytes + recordBytes - 1 + eventEnd.length;
    if (aloneBytes > this.#limits.maxBytes) return 'oversized';
    if (this.#recordCount === this.#limits.maxRecords) return 'full';
    const addedBytes = text.recordCount > 0 ? recordBytes : this.#openBytes(text) + recordBytes - 1;
    const { maxBytes, targetBytes = maxBytes } = this.#limits;
    const limit = this.#recordCount === 0 ? maxBytes : targetBytes;
    if (this.#sizeBytes + addedBytes > limit) return 'full';
    if (text.recordCount === 0) this.#inEvent.push(text);
    const start = this.#position;
    this.#position = this.#writeRecord(text, source);
    text.add(source.record, start, this.#position);
    this.#sizeBytes += addedBytes;
    this.#recordCount += 1;
    return 'added';
  }

  /** The event as it is now. Its pieces are valid until `reset`. */
  seal(): KafkaEventText {
    const pieces: Uint8Array[] = [this.#head];
    for (const [index, text] of this.#inEvent.entries()) {
      if (index > 0) pieces.push(separator);
      pieces.push(text.open);
      for (let slice = 0; slice < text.slices.length; slice += 2) {
        const start = text.slices[slice]! + (slice === 0 ? 1 : 0);
        pieces.push(this.#arena.subarray(start, text.slices[slice + 1]!));
      }
      pieces.push(partitionEnd);
    }
    pieces.push(eventEnd);
    return {
      pieces,
      topic: this.#topic,
      sizeBytes: this.#sizeBytes,
      recordCount: this.#recordCount,
      partitions: this.#inEvent.map((text) => text.summary()),
    };
  }

  reset(): void {
    for (const text of this.#inEvent) text.clear();
    this.#inEvent = [];
    this.#position = 0;
    this.#recordCount = 0;
    this.#sizeBytes = this.#head.length + eventEnd.length;
  }

  #newText(partition: number): PartitionText {
    const text = new PartitionText(this.#topic, partition);
    this.#texts[partition] = text;
    return text;
  }

  #openBytes(text: PartitionText): number {
    return text.frameBytes + (this.#inEvent.length > 0 ? separator.length : 0);
  }

  #recordBytes(text: PartitionText, { record, timestampType, bytes }: SourceRecord): number {
    let size = text.prefix.length + decimalLength(record.offset);
    size += timestampField.length + decimalLength(record.timestamp);
    size += timestampTypeField[timestampType].length + headersField.length + recordEnd.length;
    if (record.keyStart !== -1) {
      size += keyField.length + base64Length(record.keyEnd - record.keyStart) + 1;
    }
    if (record.valueStart !== -1) {
      size += valueField.length + base64Length(record.valueEnd - record.valueStart) + 1;
    }
    const { headers } = record;
    for (const header of headers) size += this.#headerBytes(header, bytes);
    return headers.length > 1 ? size + headers.length - 1 : size;
  }

  #headerBytes(header: HeaderRange, bytes: Buffer): number {
    if (header.valueStart === -1) return lostHeader.length;
    const length = signedByteLength(bytes, header.valueStart, header.valueEnd);
    return this.#headerName(header, bytes).length + length + headerEnd.length;
  }

  #writeRecord(text: PartitionText, source: SourceRecord): number {
    const out = this.#arena;
    const { record, bytes } = source;
    let at = put(out, this.#position, text.prefix);
    at = writeDecimal(out, at, record.offset);
    at = put(out, at, timestampField);
    at = writeDecimal(out, at, record.timestamp);
    at = put(out, at, timestampTypeField[source.timestampType]);
    if (record.keyStart !== -1) {
      at = put(out, at, keyField);
      at = writeBase64(out, at, { from: bytes, start: record.keyStart, end: record.keyEnd });
      out[at++] = quote;
    }
    if (record.valueStart !== -1) {
      at = put(out, at, valueField);
      at = writeBase64(out, at, { from: bytes, start: record.valueStart, end: record.valueEnd });
      out[at++] = quote;
    }
    at = put(out, at, headersField);
    for (let index = 0; index < record.headers.length; index += 1) {
      if (index > 0) out[at++] = comma;
      at = this.#writeHeader(at, record.headers[index]!, bytes);
    }
    return put(out, at, recordEnd);
  }

  #writeHeader(start: number, header: HeaderRange, bytes: Buffer): number {
    const out = this.#arena;
    if (header.valueStart === -1) return put(out, start, lostHeader);
    let at = put(out, start, this.#headerName(header, bytes));
    at = writeSignedBytes(out, at, {
      from: bytes,
      start: header.valueStart,
      end: header.valueEnd,
    });
    return put(out, at, headerEnd);
  }

  /** `{"<name>":[` */
  #headerName({ nameStart, nameEnd }: HeaderRange, bytes: Buffer): Buffer {
    const key = bytes.toString('latin1', nameStart, nameEnd);
    const known = this.#headerNames.get(key);
    if (known !== undefined) return known;
    if (this.#headerNames.size === headerNamesMax) this.#headerNames.clear();
    const text = ascii(`{${asciiJson(bytes.toString('utf8', nameStart, nameEnd))}:[`);
    this.#headerNames.set(key, text);
    return text;
  }
}

function eventHead({ eventSource, eventSourceArn, bootstrapServers }: EventOrigin): Buffer {
  const arn = eventSourceArn === undefined ? '' : `"eventSourceArn":${asciiJson(eventSourceArn)},`;
  const servers = asciiJson(bootstrapServers.join(','));
  return ascii(`{"eventSource":"${eventSource}",${arn}"bootstrapServers":${servers},"records":{`);
}

function put(out: Buffer, at: number, text: Buffer): number {
  out.set(text, at);
  return at + text.length;
}
