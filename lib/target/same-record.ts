import type { LogRecord } from '../kafka/record-batch.ts';
import { originHeader } from '../provenance/header.ts';
import type { EventRecord } from '../source/event.ts';

/**
 * Whether a record read back from the target is the copy of an event's record: key, value, headers
 * and timestamp, byte for byte. A target topic with `message.timestamp.type=LogAppendTime` has
 * overwritten the timestamp, which then says nothing. Headers that the event could not carry (`{}`)
 * were never written and are not expected. Where a record was before may be told on one side
 * only, since that can be switched on and off between the two.
 */
export function isCopy(source: EventRecord, copy: LogRecord, logAppendTime: boolean): boolean {
  return (
    (logAppendTime || source.timestamp === copy.timestamp) &&
    isSameField(source.key, copy.key) &&
    isSameField(source.value, copy.value) &&
    areSameHeaders(source.headers ?? [], copy.headers)
  );
}

function isSameField(base64: string | null | undefined, bytes: Buffer | null): boolean {
  if (base64 === null || base64 === undefined) return bytes === null;
  return bytes?.equals(Buffer.from(base64, 'base64')) ?? false;
}

function areSameHeaders(
  source: NonNullable<EventRecord['headers']>,
  copy: LogRecord['headers'],
): boolean {
  const isContent = ([name]: readonly [string, unknown]) => name !== originHeader;
  const sources = source.flatMap((header) => Object.entries(header)).filter(isContent);
  const copies = copy.filter(isContent);
  return (
    sources.length === copies.length &&
    sources.every(([name, bytes], index) => {
      const [copyName, copyBytes] = copies[index] as LogRecord['headers'][number];
      if (name !== copyName) return false;
      return bytes === null ? copyBytes === null : isSameBytes(bytes, copyBytes);
    })
  );
}

function isSameBytes(signed: readonly number[], bytes: Buffer | null): boolean {
  return bytes?.equals(Buffer.from(signed as number[])) ?? false;
}
