/** Ways to break an invocation. A dead one answers nothing and does nothing more. */
import type { Environment, Fault } from './flow.ts';

/** What `deliver` rejects with when the invocation died on its way. */
export class Death extends Error {
  constructor(step: Step) {
    super(`died ${step}`);
  }
}

export const steps = [
  'before reading the state',
  'after reading the state',
  'before producing',
  'after the first batch was acknowledged',
  'after producing, before recording',
  'after recording',
] as const;
export type Step = (typeof steps)[number];

/** The process dies at a step; what it had sent is on its way or has arrived. */
export function deathAt(step: Step): Fault {
  const dying = Promise.withResolvers<never>();
  // Whoever delivers races with it; a death that nobody waits for is none.
  dying.promise.catch(() => {});
  const live = async (at: Step): Promise<void> => {
    if (at !== step) return;
    dying.reject(new Death(step));
    await new Promise(() => {});
  };
  let acknowledged = 0;
  const fault = overriding({
    target: (target) => ({
      async produce(batches) {
        await live('before producing');
        if (acknowledged > 0) await live('after the first batch was acknowledged');
        const answers = await target.produce(batches);
        acknowledged += 1;
        return answers;
      },
    }),
    state: (state) => ({
      async read(partitions) {
        await live('before reading the state');
        const states = await state.read(partitions);
        await live('after reading the state');
        return states;
      },
      async advance(partition, from, advance) {
        await live('after producing, before recording');
        const advanced = await state.advance(partition, from, advance);
        await live('after recording');
        return advanced;
      },
    }),
  });
  return (environment) => ({ ...fault(environment), death: dying.promise });
}

/** Holds the invocation before it produces, as a frozen environment, until `thaw` is called. */
export function frozenBeforeProducing(): { fault: Fault; reached: Promise<void>; thaw(): void } {
  const reached = Promise.withResolvers<void>();
  const thawed = Promise.withResolvers<void>();
  const fault = overriding({
    target: (target) => ({
      async produce(batches) {
        // The bytes lie in the environment's own arena, which nobody else writes to.
        reached.resolve();
        await thawed.promise;
        return target.produce(batches);
      },
    }),
  });
  return { fault, reached: reached.promise, thaw: thawed.resolve };
}

interface Overrides {
  target?: (target: Environment['target']) => Partial<Environment['target']>;
  state?: (state: Environment['state']) => Partial<Environment['state']>;
}

/** An environment in which some methods are replaced and all others are the real ones. */
export function overriding(overrides: Overrides): Fault {
  return (environment) => ({
    ...environment,
    target: delegating(environment.target, overrides.target?.(environment.target)),
    state: delegating(environment.state, overrides.state?.(environment.state)),
  });
}

function delegating<T extends object>(real: T, replaced: Partial<T> = {}): T {
  return new Proxy(real, {
    get(target, name) {
      const value = Reflect.get(name in replaced ? replaced : target, name) as unknown;
      return typeof value === 'function' ? value.bind(name in replaced ? replaced : target) : value;
    },
  });
}
