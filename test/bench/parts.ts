import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Admin, Kafka, logLevel } from 'kafkajs';

/** A folder that is gone at the end, also where the benchmark is interrupted. */
export async function temporaryDirectory(): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'mirrorless-bench-'));
  const options = { recursive: true, force: true, maxRetries: 5 };
  const removeAtExit = (): void => rmSync(path, options);
  process.once('exit', removeAtExit);
  return {
    path,
    async [Symbol.asyncDispose]() {
      await rm(path, options);
      process.off('exit', removeAtExit);
    },
  };
}

/** It logs nothing: what it cannot do it throws. */
export function kafkaClient(bootstrapServers: string): Kafka {
  return new Kafka({ brokers: bootstrapServers.split(','), logLevel: logLevel.NOTHING });
}

/** Not part of what is measured: topics and how far they are. */
export class TopicAdmin implements AsyncDisposable {
  readonly #admin: Admin;

  private constructor(admin: Admin) {
    this.#admin = admin;
  }

  static async connect(kafka: Kafka): Promise<TopicAdmin> {
    const admin = kafka.admin();
    await admin.connect();
    return new TopicAdmin(admin);
  }

  async create(
    topic: string,
    numPartitions: number,
    settings: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value }));
    await this.#admin.createTopics({ topics: [{ topic, numPartitions, configEntries }] });
  }

  async delete(topics: string[]): Promise<void> {
    await this.#admin.deleteTopics({ topics });
  }

  /** The sum of the next offsets of all partitions: of an uncompacted topic its records. */
  async countRecords(topic: string): Promise<number> {
    const offsets = await this.#admin.fetchTopicOffsets(topic);
    return offsets.reduce((sum, { high }) => sum + Number(high), 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#admin.disconnect();
  }
}
