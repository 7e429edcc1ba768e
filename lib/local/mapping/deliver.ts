import { setTimeout as delay } from 'node:timers/promises';
import type { InvocationFailure, InvocationOutcome } from '../function/environment.ts';
import { judge, type RetrySettings } from './batch-outcome.ts';
import type { KafkaEventText } from './event-builder.ts';
import type { FailureDestination } from './failure-destination.ts';

export interface DeliverDependencies {
  invoke(event: KafkaEventText): Promise<InvocationOutcome>;
  retry: Omit<RetrySettings, 'hasFailureDestination'>;
  failureDestination?: FailureDestination | undefined;
  /** `attempts` failed in a row; the event is sent again after `delayMs`. */
  onFailure(failure: InvocationFailure, attempts: number): void;
  /** Given up after the last attempt that the settings allow. */
  onGivenUp(failure: InvocationFailure, event: KafkaEventText): void;
}

const firstDelayMs = 200;
const longestDelayMs = 10_000;

/**
 * Sends one event until it is dealt with: again and again by default, in halves or in part where the
 * mapping is set so. False where `stopping` came before that.
 */
export async function deliver(
  event: KafkaEventText,
  dependencies: DeliverDependencies,
  stopping: AbortSignal,
): Promise<boolean> {
  const { retry, failureDestination } = dependencies;
  const settings = { ...retry, hasFailureDestination: failureDestination !== undefined };
  const waiting = [event];
  let retries = 0;
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    if (stopping.aborted) return false;
    const outcome = await dependencies.invoke(next);
    const verdict = judge(next, outcome, { retries, settings });
    if (verdict.kind === 'done') {
      retries = 0;
      continue;
    }
    const { failure } = verdict;
    dependencies.onFailure(failure, retries + 1);
    if (verdict.kind === 'exhausted') {
      await failureDestination?.write({ event: next, failure, invocations: retries + 1 });
      dependencies.onGivenUp(failure, next);
      retries = 0;
      continue;
    }
    if (verdict.kind === 'split') waiting.unshift(...verdict.halves);
    else {
      waiting.unshift(verdict.event);
      retries += 1;
    }
    await pause(retries, stopping);
  }
  return true;
}

async function pause(retries: number, signal: AbortSignal): Promise<void> {
  const delayMs = Math.min(longestDelayMs, firstDelayMs * 2 ** Math.max(0, retries - 1));
  await delay(delayMs, undefined, { signal }).catch(() => {});
}
