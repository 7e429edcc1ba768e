import { Environment } from '../../../lib/local/function/environment.ts';
import type { EventStream } from './event-stream.ts';
import type { ReplicateParts } from './parts.ts';

const memorySizeMb = 256;
const eventCount = 20;

/**
 * The peak of the function's process over full events, in the local host's execution environment
 * with the heap that Lambda gives to 256 MB. One that needs more is killed, and its peak returned.
 */
export async function measureResident(parts: ReplicateParts, stream: EventStream): Promise<number> {
  const environment = new Environment(
    {
      name: 'replicate',
      entry: parts.functionFile,
      handler: 'replicate.handler',
      memorySizeMb,
      timeoutMs: 30_000,
      environment: parts.environment,
    },
    () => {},
  );
  try {
    await environment.load();
    for (let event = 0; event < eventCount && environment.alive; event += 1) {
      const outcome = await environment.invoke(stream.next());
      if (!outcome.ok && environment.alive) throw new Error(outcome.failure.message);
    }
  } finally {
    await environment.stop();
  }
  return environment.maxResidentBytes;
}
