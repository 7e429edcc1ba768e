import { recordShape } from '../record-pool.ts';
import { type LatencyPlan, measureLatency } from './latency.ts';
import { loadTopic, type Mm2Parts } from './parts.ts';
import { type RunFlow, remoteTopic, type System } from './system.ts';
import { measureThroughput, type ThroughputPlan } from './throughput.ts';

export interface RunPlan {
  system: System;
  round: number;
  throughput: ThroughputPlan;
  latency: LatencyPlan;
}

export interface RunResult {
  recordsPerSecond: number;
  cpuUsPerRecord: number;
  latencyP50Ms: number;
  latencyP99Ms: number;
}

/** Starts the system anew, lets it catch up on the load topic, then measures latency while it is warm. */
export async function measureRun(parts: Mm2Parts, plan: RunPlan): Promise<RunResult> {
  const { target, records } = parts;
  const flow = await prepareFlow(parts, plan);
  const [load, pulse] = flow.topics as [string, string];
  const system = await plan.system.start(flow);
  try {
    const filled = { topics: target.topics, topic: remoteTopic(flow, load), pid: system.pid };
    const throughput = await measureThroughput(filled, plan.throughput);
    const route = { topic: pulse, remoteTopic: remoteTopic(flow, pulse), target: target.client };
    return { ...throughput, ...(await measureLatency({ ...route, records }, plan.latency)) };
  } finally {
    await system.stop();
    await target.topics.delete(flow.topics.map((topic) => remoteTopic(flow, topic)));
  }
}

/** The remote topics are there already, so that both systems find the same and can be watched. */
async function prepareFlow(parts: Mm2Parts, { system, round }: RunPlan): Promise<RunFlow> {
  const { source, target } = parts;
  const sourceAlias = `round${round}${system.name}`;
  const pulseTopic = `pulse-${sourceAlias}`;
  const flow = {
    sourceAlias,
    topics: [loadTopic, pulseTopic],
    sourceServers: source.bootstrapServers,
    targetServers: target.bootstrapServers,
    directory: await parts.directory(sourceAlias),
  };
  await source.topics.create(pulseTopic, recordShape.partitionCount);
  for (const topic of flow.topics) {
    await target.topics.create(remoteTopic(flow, topic), recordShape.partitionCount);
  }
  return flow;
}
