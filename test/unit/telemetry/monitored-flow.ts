import { loadConfiguration } from '../../../lib/config/load.ts';
import type { Configuration } from '../../../lib/config/model.ts';
import type { FunctionName } from '../../../lib/deployment.ts';
import type { MonitoredFlow } from '../../../lib/telemetry/monitored.ts';
import { hasSourceHeartbeats } from '../../../lib/telemetry/source-heartbeats.ts';

export interface LoadedFlow {
  configuration: Configuration;
  monitored: MonitoredFlow;
}

/** The flow us->eu with all its functions; `lines` are keys of it, `others` more flows. */
export function monitoredFlow(lines: string[] = [], others: string[] = []): LoadedFlow {
  const text = [
    'clusters:',
    "  us: { bootstrap.servers: ['us:9092'] }",
    "  eu: { bootstrap.servers: ['eu:9092'] }",
    'flows:',
    '  us->eu:',
    ...['enabled: true', ...lines].map((line) => `    ${line}`),
    ...others.map((line) => `  ${line}`),
  ].join('\n');
  const file = 'mirrorless.yaml';
  const { configuration, problems } = loadConfiguration({ text, file, environment: {} });
  if (configuration === undefined) throw new Error(JSON.stringify(problems));
  const flow = configuration.flows.find(({ source }) => source === 'us')!;
  const names: FunctionName[] = flow.enabled
    ? ['replicate', 'discover', 'checkpoint', 'heartbeat']
    : ['heartbeat'];
  const monitored = {
    flow,
    functions: new Map(names.map((name) => [name, { functionName: `us-eu-${name}` }])),
    stateTableName: flow.stateTable,
    hasSourceHeartbeats: hasSourceHeartbeats(configuration, flow),
  };
  return { configuration, monitored };
}
