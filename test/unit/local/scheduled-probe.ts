/** Handlers of a scheduled function, for tests. */

export async function tell(event: unknown): Promise<void> {
  process.stdout.write(`${JSON.stringify({ event })}\n`);
}

export async function fail(): Promise<void> {
  throw new Error('as ordered');
}

export function endless(): Promise<void> {
  process.stdout.write('begun\n');
  return new Promise((resolve) => setTimeout(resolve, 600_000));
}

export async function endlessBySchedule(event: object): Promise<void> {
  if ('time' in event) await endless();
  else process.stdout.write('by hand\n');
}
