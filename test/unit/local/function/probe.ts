/** A handler that does what the event tells it to. */

interface Order {
  do: string;
  value?: unknown;
  waitMs?: number;
}

interface Context {
  awsRequestId: string;
  functionName: string;
  memoryLimitInMB: string;
  getRemainingTimeInMillis(): number;
}

let invocations = 0;
const ballast: Buffer[] = [];

const actions: Record<string, (order: Order, context: Context) => unknown> = {
  echo: (order) => order.value,
  count: () => invocations,
  context: (_, context) => ({
    ...context,
    remainingMs: context.getRemainingTimeInMillis(),
    environment: process.env,
    flags: process.execArgv,
  }),
  wait: async ({ waitMs }) => {
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    return 'waited';
  },
  print: () => {
    process.stdout.write('to the log\n');
    process.stderr.write('and this\n');
  },
  throw: () => {
    throw new TypeError('as ordered');
  },
  refuse: () => {
    const error = new Error('refused [TOPIC_REFUSED] do this');
    throw Object.assign(error, { code: 'TOPIC_REFUSED', retriable: false });
  },
  exit: () => process.exit(7),
  fill: ({ value }) => {
    ballast.push(Buffer.alloc(Number(value) * 1024 * 1024, 1));
  },
};

export async function handler(order: Order, context: Context): Promise<unknown> {
  invocations += 1;
  return actions[order.do]?.(order, context);
}
