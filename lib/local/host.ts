import { createWriteStream, type WriteStream } from 'node:fs';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { bundleFunction } from '../bundle.ts';
import { type Configuration, type Flow, flowName } from '../config/model.ts';
import { functionsOf } from '../deployment.ts';
import { functionsAws } from './account.ts';
import type { LocalAws } from './aws.ts';
import { ensureHeartbeatsTopics } from './heartbeats-topics.ts';
import { type LambdaApi, openLambdaApi } from './lambda-api/server.ts';
import { type FlowStatus, LocalFlow, type LocalFlowOptions } from './local-flow.ts';
import { Mirror } from './mirror.ts';

export interface LocalHostOptions {
  configuration: Configuration;
  /** Those of the configuration that are to run. */
  flows: readonly Flow[];
  /** Where the state of the flows is; stays open when the host has ended. */
  aws: LocalAws;
  /** The state folder: for the functions, what they print, and the mappings. */
  directory: string;
  /** What happened, for a person: one sentence a call. */
  notify(text: string): void;
}

/** Lambda takes seconds for what it answers at once; here that is not worth waiting for. */
const transitionMs = 50;
const account = 'arn:aws:lambda:us-east-1:123456789012:function:';

/**
 * The flows of a configuration on this machine, through the same functions as on Lambda. A
 * development host: what it does not have is Lambda's fleet.
 */
export class LocalHost {
  readonly #flows: readonly LocalFlow[];
  readonly #ending: AsyncDisposableStack;

  /**
   * Everything is found and mapped when it is open. Throws what a cluster or DynamoDB answers where
   * a flow cannot be started.
   */
  static async open(options: LocalHostOptions): Promise<LocalHost> {
    const { directory, flows, notify } = options;
    const entryOf = await bundles(options);
    await ensureHeartbeatsTopics(options);
    await using opening = new AsyncDisposableStack();
    const log = createWriteStream(join(directory, 'functions.log'), { flags: 'a' });
    opening.defer(() => end(log));
    const optionsOf = (flow: Flow): LocalFlowOptions => ({
      ...options,
      flow,
      entryOf,
      log: (name, line) => log.write(`${flowName(flow)} ${name} ${line}\n`),
    });
    const mirrors = await openMirrors(flows.map(optionsOf), opening);
    const api = opening.use(await serveMappings(mirrors, directory, notify));
    const visible = await functionsAws(options.configuration, flows, options.aws);
    const environment = { ...visible, AWS_ENDPOINT_URL_LAMBDA: api.endpoint };
    const opened = flows.map((flow) => {
      const known = { ...optionsOf(flow), aws: { ...options.aws, environment } };
      return new LocalFlow(known, mirrors.get(flow));
    });
    try {
      await Promise.all(opened.map((flow) => flow.discover()));
    } catch (error) {
      for (const flow of opened) flow.stop();
      throw error;
    }
    return new LocalHost(opened, opening.move());
  }

  private constructor(flows: readonly LocalFlow[], ending: AsyncDisposableStack) {
    this.#flows = flows;
    this.#ending = ending;
  }

  /** Runs until `stop`, and until what was in flight then has ended. Rejects only by a defect. */
  async run(): Promise<void> {
    try {
      await Promise.all(this.#flows.map((flow) => flow.run()));
    } finally {
      this.stop();
      await this.#ending.disposeAsync();
    }
  }

  /** Publishes the positions of all groups as they are now; what fails is in the statuses. */
  async publishPositions(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#flows.map((flow) => flow.publishPositions(signal)));
  }

  stop(): void {
    for (const flow of this.#flows) flow.stop();
  }

  /** Of the replicate functions that are started now. */
  get replicateProcessIds(): number[] {
    return this.#flows.flatMap((flow) => flow.replicateProcessIds);
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

/** Of the flows that copy. */
async function openMirrors(
  flows: readonly LocalFlowOptions[],
  opening: AsyncDisposableStack,
): Promise<ReadonlyMap<Flow, Mirror>> {
  const copying = flows.filter(({ flow }) => flow.enabled);
  const opened = await Promise.allSettled(copying.map((options) => Mirror.open(options)));
  const mirrors = new Map<Flow, Mirror>();
  for (const [index, mirror] of opened.entries()) {
    if (mirror.status === 'rejected') continue;
    mirrors.set(copying[index]!.flow, mirror.value);
    opening.defer(() => mirror.value.close());
  }
  const failed = opened.find((mirror) => mirror.status === 'rejected');
  if (failed) throw failed.reason;
  return mirrors;
}

/** A mapping of an earlier run may be of a function that does not run now: nothing reads for it. */
function serveMappings(
  mirrors: ReadonlyMap<Flow, Mirror>,
  directory: string,
  notify: (text: string) => void,
): Promise<LambdaApi> {
  const byArn = new Map([...mirrors.values()].map((one) => [account + one.functionName, one]));
  const absent = {
    stop: async () => {},
    lastProcessingResult: () => 'PROBLEM: the local host does not run the function now',
  };
  return openLambdaApi({
    directory,
    transitionMs,
    startPollers: (mapping) => byArn.get(mapping.FunctionArn)?.start(mapping) ?? absent,
    functionArn: (name) => [...byArn.keys()].find((arn) => arn === name || arn === account + name),
    notify,
  });
}

async function end(log: WriteStream): Promise<void> {
  log.end();
  await finished(log);
}
