import { createWriteStream, type WriteStream } from 'node:fs';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { bundleFunction } from '../bundle.ts';
import { type Configuration, type Flow, flowName } from '../config/model.ts';
import type { LocalAws } from './aws.ts';
import { ensureHeartbeatsTopics } from './heartbeats-topics.ts';
import { type FlowStatus, LocalFlow, type LocalFlowOptions } from './local-flow.ts';
import { functionsOf } from './settings.ts';

export interface LocalHostOptions {
  configuration: Configuration;
  /** Those of the configuration that are to run. */
  flows: readonly Flow[];
  /** Where the state of the flows is; stays open when the host has ended. */
  aws: LocalAws;
  /** For the functions and what they print. */
  directory: string;
  /** What happened, for a person: one sentence a call. */
  notify(text: string): void;
}

/**
 * The flows of a configuration on this machine, through the same functions as on Lambda. A
 * development host: what it does not have is Lambda's fleet.
 */
export class LocalHost {
  readonly #log: WriteStream;
  readonly #flows: readonly LocalFlow[];

  /** Throws what a cluster or DynamoDB answers where a flow cannot be started. */
  static async open(options: LocalHostOptions): Promise<LocalHost> {
    const { directory } = options;
    const entryOf = await bundles(options);
    await ensureHeartbeatsTopics(options);
    const log = createWriteStream(join(directory, 'functions.log'), { flags: 'a' });
    try {
      return new LocalHost(log, await openFlows(options, { log, entryOf }));
    } catch (error) {
      await end(log);
      throw error;
    }
  }

  private constructor(log: WriteStream, flows: readonly LocalFlow[]) {
    this.#log = log;
    this.#flows = flows;
  }

  /** Runs until `stop`, and until what was in flight then has ended. Rejects only by a defect. */
  async run(): Promise<void> {
    try {
      await Promise.all(this.#flows.map((flow) => flow.run()));
    } finally {
      this.stop();
      await end(this.#log);
    }
  }

  /** Publishes the positions of all groups as they are now; what fails is in the statuses. */
  async publishPositions(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#flows.map((flow) => flow.publishPositions(signal)));
  }

  stop(): void {
    for (const flow of this.#flows) flow.stop();
  }

  /** Of the functions that are started now. */
  get processIds(): number[] {
    return this.#flows.flatMap((flow) => flow.processIds);
  }

  statuses(): FlowStatus[] {
    return this.#flows.map((flow) => flow.status());
  }
}

type EntryOf = LocalFlowOptions['entryOf'];

/** Bundles every function that one of the flows needs. */
async function bundles({ flows, directory }: LocalHostOptions): Promise<EntryOf> {
  const entryOf: EntryOf = (name) => join(directory, 'functions', `${name}.mjs`);
  await Promise.all(
    [...new Set(flows.flatMap(functionsOf))].map((name) => {
      const entry = fileURLToPath(new URL(`../../functions/${name}.ts`, import.meta.url));
      return bundleFunction({ entry, outfile: entryOf(name) });
    }),
  );
  return entryOf;
}

async function openFlows(
  { configuration, flows, aws, notify }: LocalHostOptions,
  { log, entryOf }: { log: WriteStream; entryOf: EntryOf },
): Promise<LocalFlow[]> {
  const opening = flows.map((flow) =>
    LocalFlow.open({
      configuration,
      flow,
      aws,
      entryOf,
      notify,
      log: (name, line) => log.write(`${flowName(flow)} ${name} ${line}\n`),
    }),
  );
  const opened = await Promise.allSettled(opening);
  const failed = opened.find((flow) => flow.status === 'rejected');
  const open = opened.filter((flow) => flow.status === 'fulfilled').map(({ value }) => value);
  if (failed === undefined) return open;
  for (const flow of open) flow.stop();
  await Promise.all(open.map((flow) => flow.run()));
  throw failed.reason;
}

async function end(log: WriteStream): Promise<void> {
  log.end();
  await finished(log);
}
