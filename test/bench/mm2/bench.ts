import type { Bench } from '../bench.ts';
import { describeRecords, recordShape } from '../record-pool.ts';
import { median, rounded } from '../statistics.ts';
import { mirrorMaker } from './mirror-maker.ts';
import { mirrorless } from './mirrorless.ts';
import { preload, startParts } from './parts.ts';
import { measureRun, type RunPlan, type RunResult } from './run.ts';
import type { System } from './system.ts';

interface Plan extends Pick<RunPlan, 'throughput' | 'latency'> {
  /** Before the others, of both systems: the brokers’ code is compiled in them. Not counted. */
  warmUpRounds: number;
  rounds: number;
}

const plans: Record<'full' | 'quick', Plan> = {
  full: {
    warmUpRounds: 1,
    rounds: 3,
    throughput: { recordCount: 400_000, warmUpRecords: 100_000 },
    latency: { perSecond: 350, recordCount: 5250, warmUpRecords: 1050 },
  },
  quick: {
    warmUpRounds: 0,
    rounds: 1,
    throughput: { recordCount: 60_000, warmUpRecords: 20_000 },
    latency: { perSecond: 350, recordCount: 1400, warmUpRecords: 350 },
  },
};

const valueBytes = 1024;

/** The same source topic through the local host and through MirrorMaker 2, in turn, in one run. */
export const mm2Bench: Bench = {
  async run({ quick, mm2Settings, notify }) {
    const plan = quick ? plans.quick : plans.full;
    const systems = [mirrorless, mirrorMaker(mm2Settings)];
    notify(conditions(plan, systems));
    await using parts = await startParts(valueBytes, notify);
    await preload(parts, plan.throughput);
    const results: Record<System['name'], RunResult[]> = { mirrorless: [], mm2: [] };
    for (let round = 1 - plan.warmUpRounds; round <= plan.rounds; round += 1) {
      // Each goes first in its turn.
      for (const system of round % 2 !== 0 ? systems : systems.toReversed()) {
        const result = await measureRun(parts, { system, round, ...plan });
        notify(`round ${round}, ${system.name}: ${JSON.stringify(roundedResult(result))}`);
        if (round > 0) results[system.name].push(result);
      }
    }
    return systems.map(({ name }) => ({ system: name, ...medianResult(results[name]) }));
  },
};

function medianResult(results: readonly RunResult[]): RunResult {
  const of = (field: keyof RunResult) => median(results.map((result) => result[field]));
  return roundedResult({
    recordsPerSecond: of('recordsPerSecond'),
    cpuUsPerRecord: of('cpuUsPerRecord'),
    latencyP50Ms: of('latencyP50Ms'),
    latencyP99Ms: of('latencyP99Ms'),
  });
}

function roundedResult(result: RunResult): RunResult {
  return {
    recordsPerSecond: rounded(result.recordsPerSecond, 0),
    cpuUsPerRecord: rounded(result.cpuUsPerRecord, 2),
    latencyP50Ms: rounded(result.latencyP50Ms, 1),
    latencyP99Ms: rounded(result.latencyP99Ms, 1),
  };
}

function conditions(plan: Plan, systems: readonly System[]): string {
  const { throughput, latency, warmUpRounds, rounds } = plan;
  const { recordCount, warmUpRecords } = throughput;
  return [
    `records: value ${valueBytes} B, ${describeRecords()}; ${recordShape.partitionCount} partitions`,
    'source Kafka 3.9.2, target Kafka 4.3.1, one broker each, on this machine with all else',
    ...systems.map(({ name, settings }) => `${name}: ${settings}`),
    'every run starts the system anew, with no state, on a topic that is full already',
    `throughput: from record ${warmUpRecords} to record ${recordCount} on the target, so that neither`,
    'start-up nor a cold JVM counts; CPU in that time of all processes of the system but the brokers',
    `latency: ${latency.perSecond} records/s after that, from the producer’s timestamp to a consumer on`,
    `the target; ${latency.warmUpRecords} of ${latency.recordCount} records first, not counted`,
    `median of ${rounds} rounds, in turn; ${warmUpRounds} before them, of both, for the brokers’ code to be compiled`,
  ].join('\n');
}
