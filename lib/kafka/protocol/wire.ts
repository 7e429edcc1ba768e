/**
 * The only file that reaches into @platformatic/kafka. Its exports map offers nothing but the
 * index, which takes 450 ms to import; a connection with the two codecs takes a tenth of that.
 */
import { Connection } from '../../../node_modules/@platformatic/kafka/dist/network/connection.js';
import { Reader } from '../../../node_modules/@platformatic/kafka/dist/protocol/reader.js';
import * as oauthBearer from '../../../node_modules/@platformatic/kafka/dist/protocol/sasl/oauth-bearer.js';
import * as plain from '../../../node_modules/@platformatic/kafka/dist/protocol/sasl/plain.js';
import * as scram from '../../../node_modules/@platformatic/kafka/dist/protocol/sasl/scram-sha.js';
import { Writer } from '../../../node_modules/@platformatic/kafka/dist/protocol/writer.js';

export { Connection, Reader, Writer };

/** Both its options and how it is let in, by mechanism. */
export type ConnectionOptions = NonNullable<ConstructorParameters<typeof Connection>[1]>;
export type SaslOptions = NonNullable<ConnectionOptions['sasl']>;
export const sasl = { oauthBearer, plain, scram };

/**
 * One request of Kafka's protocol at one version. Every version used is in all brokers from 2.8 to
 * 4.3 and is a flexible one (KIP-482): both headers end with tagged fields.
 */
export interface Api<Request, Response> {
  readonly name: string;
  readonly key: number;
  readonly version: number;
  write(writer: Writer, request: Request): void;
  read(reader: Reader): Response;
}

/** Kafka nests partitions in topics; returns them so, topics in the order of first mention. */
export function byTopic<T extends { topic: string }>(items: readonly T[]): [string, T[]][] {
  return [...Map.groupBy(items, ({ topic }) => topic)];
}
