import { MirrorlessError } from '../../errors.ts';
import { EventBuilder, type EventOrigin, type SourceRecord } from './event-builder.ts';
import type { FailureDestination } from './failure-destination.ts';
import type { PartitionFeed } from './partition-feed.ts';

/**
 * A record that is larger than an event may be. What Lambda does with it without a destination is
 * not documented ("can go unprocessed"); here nothing is ever skipped, so its partition halts.
 */
export async function putAside(
  feed: PartitionFeed,
  origin: EventOrigin,
  destination: FailureDestination | undefined,
): Promise<void> {
  const { topic } = origin;
  const source = feed.stoppedAt;
  const { partition } = source;
  const { offset } = source.record;
  if (destination === undefined) {
    feed.halt(
      new MirrorlessError(
        'EVENT_TOO_LARGE',
        `The record at offset ${offset} of ${topic}-${partition} does not fit an event.`,
        { place: { topic, partition, offset: String(offset) } },
      ),
    );
    return;
  }
  await destination.write({ event: eventOf(origin, source), invocations: 0 });
  feed.skip();
}

function eventOf(origin: EventOrigin, source: SourceRecord): ReturnType<EventBuilder['seal']> {
  // A header byte takes at most five characters; the rest of an event is a few hundred.
  const maxBytes = 64 * 1024 + source.bytes.length * 6;
  const builder = new EventBuilder(origin, { maxRecords: 1, maxBytes });
  builder.append(source);
  return builder.seal();
}
