/** A cluster's topics, settings and ACLs in memory, as far as discovery can tell it from brokers. */
import { randomUUID } from 'node:crypto';
import type { ErrorCode } from '../../../lib/error-codes.ts';
import { MirrorlessError } from '../../../lib/errors.ts';
import type { Settled } from '../../../lib/kafka/ports.ts';
import type {
  ConfigChanges,
  NewTopic,
  TopicAcl,
  TopicAdmin,
  TopicConfig,
  TopicListing,
} from '../../../lib/kafka/topic-admin.ts';

interface Topic {
  partitionCount: number;
  replicationFactor: number;
  topicId: string;
  own: Map<string, string>;
}

export const noSettings = { isReadOnly: false, isSensitive: false };

export class ModelledCluster implements TopicAdmin {
  id: string | undefined = randomUUID();
  readonly topics = new Map<string, Topic>();
  acls: TopicAcl[] | undefined = [];
  /** What its brokers know of settings, with their defaults. */
  readonly defaults: Map<string, string>;
  /** Settings that it refuses to be given. */
  refusedSettings = new Set<string>();
  /** Topics that the principal may see and nothing else. */
  forbidden = new Set<string>();
  /** What was written, and how. */
  readonly writes: string[] = [];
  /** Every write after this many fails as if the run was killed. */
  writesUntilKilled = Number.POSITIVE_INFINITY;

  constructor(defaults: Record<string, string> = {}) {
    this.defaults = new Map(Object.entries(defaults));
  }

  add(topic: string, partitionCount = 1, own: Record<string, string> = {}): this {
    const topicId = `id ${this.topics.size} of ${topic}`;
    const settings = new Map(Object.entries(own));
    this.topics.set(topic, { partitionCount, replicationFactor: 1, topicId, own: settings });
    return this;
  }

  async clusterId() {
    return this.id;
  }

  async brokerIds() {
    return [1];
  }

  async listTopics(): Promise<TopicListing[]> {
    return [...this.topics.keys()].sort().map((topic) => this.#listing(topic));
  }

  async describeTopics(topics: readonly string[]): Promise<Settled<TopicListing>[]> {
    return topics.map((topic) => {
      if (this.forbidden.has(topic)) return refused('UNAUTHORIZED', topic);
      if (!this.topics.has(topic)) return refused('TOPIC_MISSING', topic);
      return { ok: true, value: this.#listing(topic) };
    });
  }

  async topicConfigs(topics: readonly string[]): Promise<Settled<TopicConfig[]>[]> {
    return topics.map((topic) => {
      const known = this.topics.get(topic);
      if (known === undefined) return refused('TOPIC_MISSING', topic);
      if (this.forbidden.has(topic)) return refused('UNAUTHORIZED', topic);
      const value = [...this.defaults].map(([name, fallback]): TopicConfig => {
        const own = known.own.get(name);
        return { name, value: own ?? fallback, origin: own ? 'topic' : 'default', ...noSettings };
      });
      return { ok: true, value };
    });
  }

  async createTopics(topics: readonly NewTopic[]): Promise<Settled<boolean>[]> {
    return topics.map((created) => {
      const outcome = this.#check(created);
      if (!outcome.ok || !outcome.value) return outcome;
      this.#write(`create ${created.topic}`);
      this.add(created.topic, created.partitionCount, created.configs);
      return outcome;
    });
  }

  async checkTopics(topics: readonly NewTopic[]): Promise<Settled<boolean>[]> {
    return topics.map((created) => this.#check(created));
  }

  async createPartitions(
    topics: readonly { topic: string; partitionCount: number }[],
  ): Promise<Settled<boolean>[]> {
    return topics.map(({ topic, partitionCount }) => {
      const known = this.topics.get(topic);
      if (known === undefined) return refused('TOPIC_MISSING', topic);
      if (this.forbidden.has(topic)) return refused('UNAUTHORIZED', topic);
      if (known.partitionCount >= partitionCount) return { ok: true, value: false };
      this.#write(`grow ${topic}`);
      known.partitionCount = partitionCount;
      return { ok: true, value: true };
    });
  }

  async alterConfigs(
    topics: readonly { topic: string; changes: ConfigChanges }[],
  ): Promise<Settled<undefined>[]> {
    return topics.map(({ topic, changes }) => {
      const known = this.topics.get(topic);
      if (known === undefined) return refused('TOPIC_MISSING', topic);
      if (this.#refuses(Object.keys(changes))) return refused('SETTING_REFUSED', topic);
      this.#write(`alter ${topic} ${Object.keys(changes)}`);
      for (const [name, value] of Object.entries(changes)) {
        if (value === null) known.own.delete(name);
        else known.own.set(name, value);
      }
      return { ok: true, value: undefined };
    });
  }

  async topicAcls(): Promise<TopicAcl[] | undefined> {
    return this.acls;
  }

  async createAcls(acls: readonly TopicAcl[]): Promise<Settled<undefined>[]> {
    return acls.map((acl) => {
      this.#write(`permit ${acl.topic}`);
      const isNew = !this.acls?.some((one) => JSON.stringify(one) === JSON.stringify(acl));
      if (isNew) this.acls?.push(acl);
      return { ok: true, value: undefined };
    });
  }

  async close(): Promise<void> {}

  /** All that a run can have changed. */
  state(): unknown {
    const topics = [...this.topics].map(([topic, { partitionCount, own }]) => {
      return { topic, partitionCount, own: [...own].sort() };
    });
    return {
      topics: topics.sort((a, b) => (a.topic < b.topic ? -1 : 1)),
      acls: this.acls?.map((acl) => JSON.stringify(acl)).sort(),
    };
  }

  #listing(topic: string): TopicListing {
    const { partitionCount, replicationFactor, topicId } = this.topics.get(topic)!;
    return { topic, topicId, partitionCount, replicationFactor };
  }

  #check({ topic, configs }: NewTopic): Settled<boolean> {
    if (this.topics.has(topic)) return { ok: true, value: false };
    if (this.forbidden.has(topic)) return refused('UNAUTHORIZED', topic);
    const isRefused = this.#refuses(Object.keys(configs));
    return isRefused ? refused('SETTING_REFUSED', topic) : { ok: true, value: true };
  }

  #refuses(names: readonly string[]): boolean {
    return names.some((name) => this.refusedSettings.has(name) || !this.defaults.has(name));
  }

  #write(what: string): void {
    if (this.writes.length >= this.writesUntilKilled) throw new Error('killed');
    this.writes.push(what);
  }
}

function refused(code: ErrorCode, topic: string): { ok: false; error: MirrorlessError } {
  return {
    ok: false,
    error: new MirrorlessError(code, `${topic} is refused`, { place: { topic } }),
  };
}
