import { recordShape } from '../record-pool.ts';
import { medianCost, RoundCost } from './cost.ts';
import { EventStream } from './event-stream.ts';
import { type ReplicateParts, remoteTopicOf } from './parts.ts';
import { measureResident } from './resident.ts';
import { WorkerProcess } from './worker-process.ts';

export interface PathPlan {
  /** Handled by every path before the first round. */
  warmUpEvents: number;
  rounds: number;
  eventsPerRound: number;
}

/** The two clients put all records of a partition into one batch, whatever its size. */
const maxMessageBytes = 8 * 1024 * 1024;

const pathNames = ['mirrorless', 'kafkajs', 'platformatic', 'json-parse'] as const;

interface Runner {
  name: (typeof pathNames)[number];
  remoteTopic: string;
  worker: WorkerProcess;
  rounds: RoundCost[];
}

/** The cost of each path for records of one size; a path that did not deliver exactly all is an error. */
export async function measurePaths(parts: ReplicateParts, valueBytes: number, plan: PathPlan) {
  const topic = `records-${valueBytes}`;
  const stream = new EventStream(topic, valueBytes);
  const runners: Runner[] = [];
  try {
    for (const name of pathNames) runners.push(await startRunner(parts, name, topic));
    for (let event = 0; event < plan.warmUpEvents; event += 1) await handleNext(stream, runners);
    for (let round = 0; round < plan.rounds; round += 1) await measureRound(stream, runners, plan);
    for (const runner of runners) await checkDelivered(parts, runner, stream.recordCount);
  } finally {
    await Promise.all(runners.map(({ worker }) => worker.stop()));
  }
  const residentBytes = await measureResident(parts, stream);
  await parts.topics.delete(runners.map(({ remoteTopic }) => remoteTopic));
  return runners.map(({ name, rounds }) => ({
    recordBytes: valueBytes,
    path: name,
    ...medianCost(rounds),
    ...(name === 'mirrorless' ? { residentBytes } : {}),
  }));
}

async function startRunner(
  parts: ReplicateParts,
  name: Runner['name'],
  topic: string,
): Promise<Runner> {
  const remoteTopic = remoteTopicOf(name, topic);
  await parts.topics.create(remoteTopic, recordShape.partitionCount, {
    'max.message.bytes': String(maxMessageBytes),
  });
  const { bootstrapServers, functionFile, environment } = parts;
  const target = { bootstrapServers, remoteTopic, functionFile };
  const worker = await WorkerProcess.start({ path: name, target, environment });
  return { name, remoteTopic, worker, rounds: [] };
}

async function measureRound(stream: EventStream, runners: Runner[], plan: PathPlan): Promise<void> {
  for (const { rounds } of runners) rounds.push(new RoundCost());
  for (let index = 0; index < plan.eventsPerRound; index += 1) {
    // Nobody is always the one that comes after the same other.
    const turn = index % runners.length;
    await handleNext(stream, [...runners.slice(turn), ...runners.slice(0, turn)]);
  }
}

/** The same event through every path, one after the other. */
async function handleNext(stream: EventStream, runners: readonly Runner[]): Promise<void> {
  const event = stream.next();
  for (const { worker, rounds } of runners) {
    const cost = await worker.handle(event);
    rounds.at(-1)?.add(cost, event.recordCount);
  }
}

async function checkDelivered(
  parts: ReplicateParts,
  { name, remoteTopic }: Runner,
  recordCount: number,
): Promise<void> {
  const delivered = await parts.topics.countRecords(remoteTopic);
  if (delivered === (name === 'json-parse' ? 0 : recordCount)) return;
  throw new Error(`${name} wrote ${delivered} of ${recordCount} records`);
}
