import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type Answer, exception } from './answer.ts';
import { applyUpdate, groupOf, sharesSource, withoutEmpty } from './descriptions.ts';
import type { LocalMapping, MappingStore, StoredMapping } from './mapping-store.ts';
import { type CreateBody, refuseTogether, type UpdateBody } from './shapes.ts';

/** What reads for a mapping, from its start on. */
export interface Pollers {
  /** Resolves when what was in flight has ended and is committed. Never rejects. */
  stop(): Promise<void>;
  /** `OK`, `No records processed`, or `PROBLEM: ` and why nothing is read. */
  lastProcessingResult(): string;
}

export interface RegistryOptions {
  store: MappingStore;
  /** Begins to read, and tries for as long as it takes. Never throws. */
  startPollers(mapping: LocalMapping): Pollers;
  /** The ARN of a function by its name or ARN; undefined where there is none. */
  functionArn(nameOrArn: string): string | undefined;
  /** In `Creating`, `Enabling` and the other states that pass, each mapping is at least so long. */
  transitionMs: number;
  /** What failed in the host itself, for a person. */
  notify(text: string): void;
}

/** The mappings of the local host: what a request does to them, and which pollers run. */
export class MappingRegistry {
  readonly #options: RegistryOptions;
  readonly #pollers = new Map<string, Pollers>();
  readonly #transitions = new Set<Promise<void>>();
  readonly #closing = new AbortController();

  /** Whatever a kill left half done is settled, and what was reading reads again. */
  static async open(options: RegistryOptions): Promise<MappingRegistry> {
    const registry = new MappingRegistry(options);
    const { mappings } = options.store;
    for (const stored of [...mappings.values()]) {
      if (stored.mapping.State === 'Deleting') mappings.delete(stored.mapping.UUID);
      else registry.#settle(stored);
    }
    await options.store.save();
    return registry;
  }

  private constructor(options: RegistryOptions) {
    this.#options = options;
  }

  async create({ FunctionName, Enabled = true, Tags = {}, ...body }: CreateBody): Promise<Answer> {
    const refused = refuseTogether({ FunctionName, ...body }, Date.now());
    if (refused !== undefined) return refused;
    const functionArn = this.#options.functionArn(FunctionName);
    if (functionArn === undefined) return noFunction(FunctionName);
    const conflict = this.#conflict(functionArn, body);
    if (conflict !== undefined) return conflict;
    const uuid = randomUUID();
    const mapping: LocalMapping = {
      BatchSize: 100,
      MaximumBatchingWindowInSeconds: 0,
      ...withoutEmpty(body),
      Topics: body.Topics!,
      UUID: uuid,
      EventSourceMappingArn: functionArn.replace(/:function:.*$/, `:event-source-mapping:${uuid}`),
      FunctionArn: functionArn,
      State: 'Creating',
      StateTransitionReason: 'USER_INITIATED',
      LastModified: Date.now() / 1000,
    };
    const stored = { mapping, tags: Tags, isEnabled: Enabled };
    this.#options.store.mappings.set(uuid, stored);
    return this.#transition(stored, 'Creating');
  }

  get(uuid: string): Answer {
    const stored = this.#options.store.mappings.get(uuid);
    return stored === undefined ? noMapping(uuid) : { status: 200, body: this.#describe(stored) };
  }

  /** All that match, by UUID. */
  list(filter: { functionArn?: string | undefined; eventSourceArn?: string | undefined }) {
    return [...this.#options.store.mappings.values()]
      .filter(({ mapping: { FunctionArn, EventSourceArn } }) => {
        const { functionArn = FunctionArn, eventSourceArn = EventSourceArn } = filter;
        return FunctionArn === functionArn && EventSourceArn === eventSourceArn;
      })
      .map((stored) => this.#describe(stored))
      .sort((a, b) => (a.UUID < b.UUID ? -1 : 1));
  }

  async update(uuid: string, body: UpdateBody): Promise<Answer> {
    const stored = this.#options.store.mappings.get(uuid);
    if (stored === undefined) return noMapping(uuid);
    if (!isSettled(stored)) return inUse(stored);
    const { Enabled = stored.isEnabled, ...changes } = body;
    const turned = Enabled ? 'Enabling' : 'Disabling';
    const state = Enabled === stored.isEnabled ? 'Updating' : turned;
    stored.mapping = applyUpdate(stored.mapping, changes);
    stored.isEnabled = Enabled;
    return this.#transition(stored, state);
  }

  async delete(uuid: string): Promise<Answer> {
    const stored = this.#options.store.mappings.get(uuid);
    if (stored === undefined) return noMapping(uuid);
    if (!isSettled(stored)) return inUse(stored);
    return this.#transition(stored, 'Deleting');
  }

  tagsOf(uuid: string): Answer {
    const stored = this.#options.store.mappings.get(uuid);
    return stored === undefined ? noMapping(uuid) : { status: 200, body: { Tags: stored.tags } };
  }

  async changeTags(
    uuid: string,
    change: (tags: Record<string, string>) => Record<string, string>,
  ): Promise<Answer> {
    const stored = this.#options.store.mappings.get(uuid);
    if (stored === undefined) return noMapping(uuid);
    stored.tags = change(stored.tags);
    await this.#options.store.save();
    return { status: 204 };
  }

  /** Stops all pollers; the mappings stay as they are, for the next start. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.#transitions);
    await Promise.all([...this.#pollers.keys()].map((uuid) => this.#stop(uuid)));
  }

  /** Lambda refuses a second reader of a topic for a function, and a second owner of a group. */
  #conflict(functionArn: string, body: Omit<CreateBody, 'FunctionName'>): Answer | undefined {
    for (const { mapping } of this.#options.store.mappings.values()) {
      const isSameTopic =
        mapping.FunctionArn === functionArn &&
        mapping.Topics[0] === body.Topics?.[0] &&
        sharesSource(mapping, body);
      const group = groupOf(body);
      if (!isSameTopic && (group === undefined || group !== groupOf(mapping))) continue;
      const what = isSameTopic ? 'event source and function' : `consumer group ${group}`;
      return exception(
        'ResourceConflictException',
        `An event source mapping with the same ${what} exists already: UUID ${mapping.UUID}`,
      );
    }
    return undefined;
  }

  /** Answers at once, and is at work for a while. */
  async #transition(stored: StoredMapping, state: LocalMapping['State']): Promise<Answer> {
    stored.mapping.State = state;
    stored.mapping.LastModified = Date.now() / 1000;
    const body = this.#describe(stored);
    await this.#options.store.save();
    const passing = this.#pass(stored)
      .catch((error: unknown) => this.#options.notify(`mapping ${body.UUID}: ${error}`))
      .finally(() => this.#transitions.delete(passing));
    this.#transitions.add(passing);
    return { status: 202, body };
  }

  async #pass(stored: StoredMapping): Promise<void> {
    const { transitionMs, store } = this.#options;
    const { UUID, State } = stored.mapping;
    const signal = this.#closing.signal;
    await delay(transitionMs, undefined, { signal }).catch(() => {});
    await this.#stop(UUID);
    if (State === 'Deleting') store.mappings.delete(UUID);
    else this.#settle(stored);
    await store.save();
  }

  #settle(stored: StoredMapping): void {
    const { mapping, isEnabled } = stored;
    mapping.State = isEnabled ? 'Enabled' : 'Disabled';
    if (!isEnabled || this.#closing.signal.aborted) return;
    this.#pollers.set(mapping.UUID, this.#options.startPollers(mapping));
  }

  async #stop(uuid: string): Promise<void> {
    await this.#pollers.get(uuid)?.stop();
    this.#pollers.delete(uuid);
  }

  #describe({ mapping }: StoredMapping): LocalMapping & { LastProcessingResult: string } {
    const result = this.#pollers.get(mapping.UUID)?.lastProcessingResult();
    return { ...mapping, LastProcessingResult: result ?? 'No records processed' };
  }
}

function isSettled({ mapping: { State } }: StoredMapping): boolean {
  return State === 'Enabled' || State === 'Disabled';
}

function inUse({ mapping: { UUID, State } }: StoredMapping): Answer {
  const what = `The event source mapping ${UUID} is in state ${State} and cannot be changed now.`;
  return exception('ResourceInUseException', what);
}

function noMapping(uuid: string): Answer {
  return exception('ResourceNotFoundException', `There is no event source mapping ${uuid}.`);
}

export function noFunction(name: string): Answer {
  return exception('ResourceNotFoundException', `Function not found: ${name}`);
}
