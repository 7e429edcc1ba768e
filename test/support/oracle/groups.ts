/** Consumer groups seen and used through Apache Kafka's own Java clients. */
import { randomUUID } from 'node:crypto';
import type { CommittedOffset } from '../../../lib/kafka/ports.ts';

/** Sends one command to the Java process; its answer comes in parts. */
export type Call = <Part>(command: string, request: object) => Promise<Part[]>;

export interface GroupCommands {
  /** Brings a member into the group; it reads and commits in the background until it leaves. */
  joinGroup(group: string, options: JoinOptions): Promise<GroupMember>;
  /** As an application does: reads on where the group stands, commits what was read, and leaves. */
  readGroup(group: string, options: ReadOptions): Promise<ReadRecord[]>;
  /** By a consumer that assigns the partitions to itself; such a group has no members. */
  commitOffsets(group: string, positions: readonly CommittedOffset[]): Promise<void>;
  committedOffsets(group: string): Promise<CommittedOffset[]>;
  deleteGroup(group: string): Promise<void>;
}

export interface JoinOptions {
  topic: string;
  /** A `share` member is told when it has polled: it may not have joined yet. */
  protocol: 'classic' | 'consumer' | 'share';
}

export interface GroupMember {
  /** Returns when the coordinator knows that it is gone. */
  leave(): Promise<void>;
}

export interface ReadOptions {
  topic: string;
  /** So many records, waited for if need be. */
  count: number;
  protocol?: 'classic' | 'consumer';
  /** Where a partition without a committed offset is begun; by default it is an error. */
  reset?: 'none' | 'earliest';
}

export interface ReadRecord {
  partition: number;
  offset: bigint;
  value: string;
}

export function groupCommands(call: Call): GroupCommands {
  const order = async (command: string, request: object): Promise<void> => {
    await call(command, request);
  };
  return {
    async joinGroup(group, { topic, protocol }) {
      const member = randomUUID();
      await order('joinGroup', { group, member, topic, protocol });
      return { leave: () => order('leaveGroup', { member }) };
    },
    async readGroup(group, { protocol = 'classic', reset = 'none', ...options }) {
      type Row = [partition: number, offset: number, value: string];
      const rows = await call<Row>('readGroup', { group, protocol, reset, ...options });
      return rows.map(([partition, offset, value]) => ({
        partition,
        offset: BigInt(offset),
        value: Buffer.from(value, 'base64').toString(),
      }));
    },
    commitOffsets: (group, positions) =>
      order('commitOffsets', {
        group,
        positions: positions.map(({ topic, partition, offset, metadata }) => [
          topic,
          partition,
          Number(offset),
          metadata,
        ]),
      }),
    async committedOffsets(group) {
      type Row = [topic: string, partition: number, offset: number, metadata: string];
      const rows = await call<Row>('committedOffsets', { group });
      return rows.map(([topic, partition, offset, metadata]) => ({
        topic,
        partition,
        offset: BigInt(offset),
        metadata,
      }));
    },
    deleteGroup: (group) => order('deleteGroup', { group }),
  };
}
