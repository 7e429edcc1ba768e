/** A consumer group moves over in the middle of its work, as users will see it on their worst day. */
import type { Configuration, Flow } from '../../config/model.ts';
import { flowAccess } from '../flow-access.ts';
import { syncFinally } from '../groups/sync.ts';
import { formatCount } from '../render/numbers.ts';
import type { Check } from './checks.ts';
import { OrdersApp } from './orders-app.ts';
import { orders } from './records.ts';
import { type Stage, sourceAlias, targetAlias } from './stage.ts';

const group = 'orders-app';
const finalTimeoutMs = 30_000;

/** What the group did, for the check of it. */
export interface Cutover {
  /** Orders handled on the source, then on the target. */
  before: readonly string[];
  after: readonly string[];
  /** Why it could not be moved. */
  problem?: string;
}

/** The group on the source; it keeps half way behind what was written. */
export async function startOrdersApp(
  { sourceServers }: Stage,
  written: () => number,
): Promise<OrdersApp> {
  const app = new OrdersApp({ bootstrapServers: sourceServers, topic: orders.topic, group });
  await app.start(() => app.handled.length < written() / 2);
  return app;
}

export interface CutoverOptions {
  stage: Stage;
  configuration: Configuration;
  flow: Flow;
  app: OrdersApp;
  /** Orders, on the source. */
  written: number;
  notify(text: string): void;
}

/** Stops it, moves it as `mirrorless groups sync --final` does, and lets it go on on the target. */
export async function cutOver(options: CutoverOptions): Promise<Cutover> {
  const { stage, configuration, flow, app, written, notify } = options;
  await app.stop();
  const before = app.handled;
  notify(`${group} has handled ${formatCount(before.length)} orders on ${sourceAlias}, and stops`);
  await using access = flowAccess({ configuration, flow }, stage.aws.dynamoDb);
  const { isDone, groups } = await syncFinally({
    access,
    groups: [group],
    dryRun: false,
    timeoutMs: finalTimeoutMs,
    signal: new AbortController().signal,
    onReport() {},
  });
  if (!isDone) return { before, after: [], problem: groups[0]?.verdict ?? 'it is not there' };
  const topic = access.policy.formatRemoteTopic(sourceAlias, orders.topic);
  const moved = new OrdersApp({ bootstrapServers: stage.targetServers, topic, group });
  await moved.start();
  notify(`${group} is moved, exactly, and goes on on ${targetAlias}`);
  await moved.untilHandled(written - before.length);
  await moved.stop();
  return { before, after: moved.handled };
}

/** Every order once, on one of the two sides. */
export function cutoverCheck({ before, after, problem }: Cutover, written: number): Check {
  const distinct = new Set([...before, ...after]).size;
  const redelivered = before.length + after.length - distinct;
  const skipped = written - distinct;
  const counts = `${formatCount(before.length)} orders on ${sourceAlias}, ${formatCount(after.length)} on ${targetAlias}`;
  const text = `${group} handled ${counts}: ${redelivered} re-delivered, ${skipped} skipped`;
  if (problem !== undefined) return { passed: false, text: `${text}; not moved: ${problem}` };
  const isHalf = before.length > 0 && after.length > 0;
  return { passed: isHalf && redelivered === 0 && skipped === 0, text };
}
