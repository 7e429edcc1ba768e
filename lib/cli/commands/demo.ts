import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import { flowName } from '../../config/model.ts';
import { LocalHost } from '../../local/host.ts';
import { type CliCommand, type ExitCode, exitCodes, type Io } from '../command.ts';
import { readConfiguration } from '../configuration-file.ts';
import { checks } from '../demo/checks.ts';
import { type Cutover, cutOver, startOrdersApp } from '../demo/cutover.ts';
import { DemoProducer } from '../demo/producer.ts';
import { invoices, orders } from '../demo/records.ts';
import { type Stage, setStage, sourceAlias } from '../demo/stage.ts';
import { Interruption } from '../interruption.ts';
import { LiveBlock } from '../render/live.ts';
import { formatDuration } from '../render/numbers.ts';
import { paintFor } from '../render/table.ts';
import { Watch } from '../watch.ts';

interface DemoOptions {
  once?: true;
}

const about = `
Starts an Apache Kafka 3.9 broker as the source, a 4.3 broker as the target and an emulated
DynamoDB, copies topics of every kind through the functions that run on Lambda, kills the one that copies
now and then, finds a topic that appears on the way, moves a consumer group over in the middle of its work, and compares both sides in the
end. The first run downloads what it needs.`;

const ordersPerSecond = 2000;
const onceOrders = 20_000;
const pauseBetweenKillsMs = { once: 1500, watched: 20_000 };
const appearsAfterMs = 2000;
const copiedWithinMs = 60_000;

/** `mirrorless demo`: what \`npm start\` shows. */
export const demo: CliCommand<DemoOptions> = {
  name: 'demo',
  summary: 'two real Kafka clusters, records flowing, and a check that both sides are equal',
  configure(command: Command) {
    command
      .option('--once', 'the same story to its end without a person')
      .addHelpText('after', about);
  },
  async run({ once = false }, io) {
    const startedAt = Date.now();
    const live = new LiveBlock(io.stderr);
    const notify = (text: string): void => live.say(text);
    using interruption = new Interruption(notify);
    const { signal } = interruption;
    await using stack = new AsyncDisposableStack();
    const stage = await setStage(stack, notify);
    if (signal.aborted) return exitCodes.interrupted;
    const played = await play({ stage, once, live, signal }, io);
    if (once && signal.aborted) return exitCodes.interrupted;
    notify('comparing both sides');
    return await report(stage, { ...played, startedAt, notify }, io);
  },
};

interface Play {
  stage: Stage;
  once: boolean;
  live: LiveBlock;
  signal: AbortSignal;
}

interface Played {
  stateTable: string;
  kills: number;
  written: ReadonlyMap<string, number>;
  cutover: Cutover;
}

/** Writes, copies and kills, until everything that was written is copied. */
async function play({ stage, once, live, signal }: Play, io: Io): Promise<Played> {
  const configuration = await readConfiguration(stage.configurationFile, io);
  const { flows } = configuration!;
  const flow = flows.find(({ enabled }) => enabled)!;
  const notify = (text: string): void => live.say(text);
  const { aws, directory } = stage;
  const producer = new DemoProducer(stage.source);
  await producer.writeInitial();
  const host = await LocalHost.open({
    configuration: configuration!,
    flows,
    aws,
    directory,
    notify,
  });
  const running = host.run();
  const watch = new Watch(live, paintFor(io.stderr), () => host.statuses());
  notify(`copying ${flowName(flow)}; ${once ? 'ends by itself' : 'Ctrl-C ends'}`);
  const over = new AbortController();
  const killing = killFunctions(host, once, AbortSignal.any([signal, over.signal]));
  try {
    const app = await startOrdersApp(stage, () => producer.written.get(orders.topic) ?? 0);
    const countMax = once ? onceOrders : Number.POSITIVE_INFINITY;
    const appearing = appearLater(stage, producer, notify);
    await producer.writeOrders(signal, { perSecond: ordersPerSecond, countMax });
    await appearing;
    over.abort();
    await untilCopied(host, producer.written);
    const written = producer.written.get(orders.topic) ?? 0;
    const moving = { stage, configuration: configuration!, flow, app, written };
    const cutover = await cutOver({ ...moving, notify });
    return {
      stateTable: flow.stateTable,
      kills: await killing,
      written: producer.written,
      cutover,
    };
  } finally {
    over.abort();
    host.stop();
    await running;
    watch.stop();
  }
}

/** A topic that nobody has named to a mapping: discovery finds it, creates its copy and maps it. */
async function appearLater(
  stage: Stage,
  producer: DemoProducer,
  notify: (text: string) => void,
): Promise<void> {
  await delay(appearsAfterMs);
  await stage.createInvoices();
  await producer.writeInvoices();
  notify(`${invoices.topic} was created on ${sourceAlias} and written to`);
}

/** As crashes of Lambda's environments: whatever they are doing. Returns how often it did. */
async function killFunctions(host: LocalHost, once: boolean, signal: AbortSignal): Promise<number> {
  let kills = 0;
  const pauseMs = once ? pauseBetweenKillsMs.once : pauseBetweenKillsMs.watched;
  while (!signal.aborted) {
    await delay(pauseMs, undefined, { signal }).catch(() => {});
    if (signal.aborted) break;
    for (const processId of host.replicateProcessIds) {
      process.kill(processId, 'SIGKILL');
      kills += 1;
    }
  }
  return kills;
}

/** Or until it takes too long: the comparison then says what is missing. */
async function untilCopied(host: LocalHost, written: ReadonlyMap<string, number>): Promise<void> {
  const deadline = Date.now() + copiedWithinMs;
  const isCopied = (): boolean => {
    const topics = host.statuses().flatMap((flow) => flow.topics);
    const copied = new Map(topics.map(({ topic, recordCount }) => [topic, recordCount]));
    return [...written].every(([topic, count]) => (copied.get(topic) ?? 0) >= count);
  };
  while (!isCopied() && Date.now() < deadline) await delay(50);
}

interface Ending extends Played {
  startedAt: number;
  notify(text: string): void;
}

/** One check a line; the last line on either output counts them. */
async function report(stage: Stage, ending: Ending, { stdout }: Io): Promise<ExitCode> {
  const paint = paintFor(stdout);
  let passed = 0;
  let failed = 0;
  for await (const check of checks(stage, ending)) {
    if (check.passed) passed += 1;
    else failed += 1;
    const mark = check.passed ? paint('green', 'ok    ') : paint('red', 'FAILED');
    stdout.write(`${mark}  ${check.text}\n`);
  }
  ending.notify(`after ${formatDuration(Date.now() - ending.startedAt)}`);
  stdout.write(`${passed} passed, ${failed} failed\n`);
  return failed === 0 ? exitCodes.done : exitCodes.checkFailed;
}
