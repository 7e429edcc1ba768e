import { loadConfiguration } from '../../../lib/config/load.ts';
import { type MappedFlow, mappedFlow } from '../../../lib/discovery/mapping-parameters.ts';

/** The flow us->eu, with more keys for its source cluster and for itself: lines of YAML. */
export function loadFlow({ cluster = [], flow = [] }: { cluster?: string[]; flow?: string[] }) {
  const text = [
    'clusters:',
    '  us:',
    ...["bootstrap.servers: ['us-1:9092', 'us-2:9092']", ...cluster].map((line) => `    ${line}`),
    "  eu: { bootstrap.servers: ['eu:9092'] }",
    'flows:',
    '  us->eu:',
    ...['enabled: true', ...flow].map((line) => `    ${line}`),
  ].join('\n');
  return loadConfiguration({ text, file: 'mirrorless.yaml', environment: {} });
}

export function loadMappedFlow(keys: { cluster?: string[]; flow?: string[] } = {}): MappedFlow {
  const { configuration, problems } = loadFlow(keys);
  if (configuration === undefined) throw new Error(JSON.stringify(problems));
  return mappedFlow(configuration, configuration.flows[0]!);
}
